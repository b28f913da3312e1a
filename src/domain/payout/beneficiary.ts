// Who is paid. What is stored for answers and shown is masked; the account itself is sealed (vault) and opened only for
// the PSP.

export interface Beneficiary {
  readonly type: 'bank' | 'mobile_money';
  readonly name: string;
  /** Of mobile money: the phone number. */
  readonly accountNumber: string;
  /** Of mobile money: the network. */
  readonly bankCode: string;
}

export function maskBeneficiary(beneficiary: Beneficiary): Beneficiary {
  return { ...beneficiary, accountNumber: maskAccount(beneficiary.accountNumber) };
}

/** The last four characters, and never more than a third of them. */
function maskAccount(account: string): string {
  const characters = [...account];
  const shown = Math.min(4, Math.floor(characters.length / 3));
  const hidden = characters.length - shown;
  return '*'.repeat(hidden) + characters.slice(hidden).join('');
}
