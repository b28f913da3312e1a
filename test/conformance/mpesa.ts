// M-Pesa and its simulator (psp/mpesa.md sections 2, 3, 6 and 8).
import type { Instrument, PayoutInput } from '../../src/connectors/contract.ts';
import { mpesa as connector } from '../../src/connectors/mpesa/index.ts';
import type { DeclineCode } from '../../src/domain/attempt/decline.ts';
import { money } from '../../src/kernel/money.ts';
import type { Answer, Journey, Patch, Subject } from './subject.ts';

const nothing: Instrument = {
  token: null,
  phone: null,
  network: null,
  bankCode: null,
  accountNumber: null,
};

const PHONE = '+254708374149';

function push(phone: string): Patch {
  return {
    amount: money(15_000n, 'KES'),
    method: 'mobile_money',
    instrument: { ...nothing, phone },
  };
}

/** What the payer sees of our reference. */
function names(reference: string): readonly string[] {
  return ['S', 'P'].map((kind) => `${kind}${reference.slice(-11).toUpperCase()}`);
}

const onPhone: Answer = async ({ reference, input }, button, psps) => {
  const number = input.instrument?.phone ?? '';
  const url = `${psps.url}/simulators/phone/${encodeURIComponent(number)}`;
  const reply = await fetch(url, { headers: { accept: 'application/json' } });
  const { prompts } = (await reply.json()) as { prompts: { id: string; reference: string }[] };
  const prompt = prompts.find((one) => names(reference).includes(one.reference));
  if (!prompt) throw new Error(`nothing waits on ${number}`);
  return psps.press(url, button, { prompt: prompt.id });
};

function prompt(name: string, phone = PHONE): Journey {
  return {
    name,
    row: 'prompt',
    patch: push(phone),
    asks: 'wait',
    answer: onPhone,
    declined: 'authentication_failed',
    cancelled: 'user_cancelled',
    expires: { afterMs: 60_000, code: 'payer_timeout' },
  };
}

/** The payer does everything right, and it is refused. */
function refused(phone: string, code: DeclineCode): Journey {
  return { ...prompt(`phone ${phone.slice(-3)}`, phone), refusedAfterAll: code, expires: null };
}

/** The payer goes to the PayBill by himself. The sandbox does it for the merchant, whose token it ends thereby. */
const atPayBill: Answer = async ({ belief, input }, button, psps, credentials) => {
  const action = belief?.kind === 'requires_action' ? belief.action : null;
  if (action?.type !== 'bank_transfer') throw new Error('no account to pay into');
  if (button === 'success') {
    const at = `${psps.url}/simulators/mpesa`;
    const { consumer_key: key, consumer_secret: secret, business_short_code } = credentials;
    const basic = Buffer.from(`${key}:${secret}`).toString('base64');
    const token = await fetch(`${at}/oauth/v1/generate?grant_type=client_credentials`, {
      headers: { authorization: `Basic ${basic}` },
    });
    const { access_token: bearer } = (await token.json()) as { access_token: string };
    const paid = await fetch(`${at}/mpesa/c2b/v2/simulate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ShortCode: business_short_code,
        CommandID: 'CustomerPayBillOnline',
        Amount: String(input.amount.amountMinor / 100n),
        Msisdn: '254708374149',
        BillRefNumber: action.accountNumber,
      }),
    });
    await paid.arrayBuffer();
    return { status: paid.status, location: null };
  }
  return { status: 200, location: null };
};

function phone(accountNumber: string): NonNullable<PayoutInput['beneficiary']> {
  return { type: 'mobile_money', name: 'Wanjiru Kamau', accountNumber, bankCode: 'mpesa' };
}

const SUM = money(15_000n, 'KES');

export const mpesa: Subject = {
  connector,
  tokenPath: '/oauth/',
  booksNames: names,
  takesNoMetadata: true,
  answersByWebhook: true,
  hasNoChargeKey: true,
  credentialsOf: (name) => ({
    consumer_key: `consumerkey${name}A1B2C3D4E5F6`,
    consumer_secret: `consumersecret${name}a1b2c3d4e5f6`,
    passkey: `passkey${name}bfb279f9aa9bdbcf158e97dd71a467cd`,
    business_short_code: '600000',
    initiator_name: 'testapi',
    security_credential: `credential${name}c2VjdXJpdHkgY3JlZGVudGlhbA`,
    b2c_short_code: '600992',
  }),
  bookKeyOf: ({ consumer_key: key }) => key!,
  webhookSecretOf: () => null,
  wrong: {
    consumer_key: 'invalidconsumerkey0123456789',
    consumer_secret: 'consumersecret0123456789',
    passkey: 'passkey0123456789',
    business_short_code: '600000',
  },
  direct: null,
  late: null,
  journeys: [
    prompt('STK push'),
    {
      name: 'PayBill',
      row: 'bank_transfer',
      patch: { amount: money(15_000n, 'KES'), method: 'mobile_money' },
      asks: 'bank_transfer',
      calls: 0,
      answer: atPayBill,
      // Nobody is told that somebody did not pay in.
      declined: 'open',
      cancelled: 'open',
      expires: null,
    },
    refused('+254700000001', 'insufficient_funds'),
    refused('+254700000901', 'authentication_failed'),
  ],
  // The PSP cannot be asked about a push whose id was lost with the reply, until somebody has paid it.
  silentPage: true,
  refusals: [
    {
      name: 'phone of another country',
      patch: push('+233551234987'),
      code: 'invalid_phone',
    },
  ],
  authorize: null,
  refunds: {
    settlesMs: 2_000,
    late: { patch: push(PHONE), afterMs: 2_000 },
    failing: { patch: push('+254700000902'), afterMs: 2_000 },
    stuck: null,
  },
  payouts: {
    ways: [
      { name: 'M-PESA wallet', input: { amount: SUM, beneficiary: phone('0712345678') } },
      {
        name: 'wallet of a new number',
        input: { amount: SUM, beneficiary: phone('+254112345678') },
      },
    ],
    settlesMs: 2_000,
    beforehand: null,
    refused: [
      { name: 'nobody to pay', input: { beneficiary: null }, code: 'invalid_account' },
      { name: 'no phone', input: { beneficiary: phone('0001234567') }, code: 'invalid_phone' },
      {
        name: 'a bank',
        input: { beneficiary: { ...phone('0001234567'), type: 'bank', bankCode: '01' } },
        code: 'merchant_config',
      },
    ],
    failing: [
      {
        name: 'the account is short',
        input: { beneficiary: phone('+254700000001') },
        code: 'merchant_balance_insufficient',
        afterMs: 2_000,
      },
      {
        name: 'not registered',
        input: { beneficiary: phone('+254700000040') },
        code: 'invalid_phone',
        afterMs: 2_000,
      },
    ],
    stuck: [{ name: 'no result', input: { beneficiary: phone('+254700000044') } }],
  },
  currencies: [{ currency: 'KES' }],
  methods: [{ method: 'mobile_money', patch: push(PHONE) }],
  impossible: [money(1_050n, 'KES'), money(15_001n, 'KES'), money(1_000n, 'GHS')],
  signs: 'nothing',
  webhookToleranceMs: null,
  refusedWithoutCall: [
    {
      name: 'a card',
      run: async (merchant) => (await merchant.charge({ ...push(PHONE), method: 'card' })).last!,
    },
    {
      name: 'a token',
      run: async (merchant) => {
        const instrument = { ...nothing, phone: PHONE, token: 'pm_card_visa' };
        return (await merchant.charge({ ...push(PHONE), instrument })).last!;
      },
    },
    {
      name: 'a transfer between own accounts',
      run: async (merchant) => (await merchant.payOut({ kind: 'transfer' })).last!,
    },
  ],
  cannot: {
    history: 'its list is of payments to the short code, for 48 hours (section 2.6)',
    page: 'no page: the payer is asked on the phone (section 2.1)',
    client: 'no browser library (section 8)',
    expiry: 'no page (section 2.1)',
    direct: 'nothing can be saved: every payment is a prompt (section 2.1)',
    authentication: 'the PIN on the phone is all (section 2.1)',
    answer: 'no OTP passes through us (section 2.1)',
    ussd: 'the code of the PayBill menu is not told by the API (section 2.3)',
    qr: 'a QR code is no payment by itself (section 2.3)',
    late: 'every push ends within three minutes (section 2.1)',
    authorize: 'no authorizations (section 2.6)',
    capture_part: 'no authorizations (section 2.6)',
    void: 'no void (section 2.6)',
    close: 'an open prompt cannot be closed by us (section 2.6)',
    refund_part: 'a part is given back as a payout (section 2.4)',
    refund_stuck: 'no state of a reversal waits for a person (section 2.4)',
    webhook_age: 'callbacks are not signed (section 4)',
    dispute: 'no dispute API (section 2.6)',
  },
};
