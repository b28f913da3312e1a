// For tests of payouts: an account that a simulated Paystack pays, by the code that it gives it.
import type { Merchant, Stage } from './stage.ts';

export async function paystackRecipient(
  { pspUrl }: Pick<Stage, 'pspUrl'>,
  merchant: Pick<Merchant, 'secretKeyOf'>,
  connection: string,
  account = '62000000001',
): Promise<string> {
  const made = await fetch(`${pspUrl}/simulators/paystack/transferrecipient`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${merchant.secretKeyOf(connection)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      type: 'basa',
      name: 'Tunde Bello',
      account_number: account,
      bank_code: '632005',
      currency: 'ZAR',
    }),
  });
  const { data } = (await made.json()) as { data: { recipient_code: string } };
  return data.recipient_code;
}
