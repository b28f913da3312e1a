// What the matrix tells of a connector, row by row. Every row is either proved by at least one case or named in the
// connector's `cannot` with the PSP's reason: a new capability without a proof does not pass.

export const rows = {
  validate: 'Credentials are checked before they are used',
  page: "Payment on the PSP's own page",
  client: "Payment in the PSP's browser library",
  expiry: 'A page that nobody pays expires at the PSP',
  direct: 'Saved instrument, charged at once',
  authentication: 'Bank asks the payer on a page (3-D Secure)',
  answer: "Payer's answer passed on (OTP, birthday)",
  prompt: "Prompt on the payer's phone",
  bank_transfer: 'Account for a bank transfer',
  ussd: 'USSD code',
  qr: 'QR code',
  late: 'Payment that the PSP confirms later',
  decline: 'Refusals told apart',
  authorize: 'Authorization, captured later',
  capture_part: 'Capture of a part',
  void: 'Authorization released',
  close: 'Open payment closed at the PSP',
  refund: 'Refund of the whole payment',
  refund_part: 'Refunds in parts',
  refund_late: 'Refund that is settled later',
  refund_failed: 'Refund that fails later',
  refund_stuck: 'Refund that waits for a person',
  payout: 'Payout',
  payout_failed: 'Payout that fails later',
  webhook: 'Webhooks, believed when the raw bytes are signed',
  webhook_age: 'Old webhooks are refused',
  dispute: 'Disputes are noticed',
  repeat: 'A lost call may be repeated under its key',
  ask: 'A lost call is found by asking',
  history: 'What it has made, read by itself',
  methods: 'Methods',
  currencies: 'Currencies, at the smallest and the largest amount',
} as const;

export type Row = keyof typeof rows;

/** What a case proves; the detail is listed in the cell. */
export interface Proof {
  readonly row: Row;
  readonly detail?: string;
}
