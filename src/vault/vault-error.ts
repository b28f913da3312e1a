// The one error of the vault. Its texts are constants or counts: never plaintext, ciphertext or key material, because
// errors reach logs.

export type VaultErrorCode =
  | 'unknown_key'
  | 'tampered'
  | 'malformed'
  | 'bad_master_key'
  | 'bad_file';

export class VaultError extends Error {
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode, message: string) {
    super(message);
    this.name = 'VaultError';
    this.code = code;
  }
}
