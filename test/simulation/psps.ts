// What a merchant enters to connect an account at each PSP, and what anybody can make up about it.
import type { Dice } from './dice.ts';

export interface Opened {
  /** What the PSP's books know the account by. */
  readonly key: string;
  /** For whoever acts as the merchant at the PSP; null: the key alone will do. */
  readonly secret: string | null;
  readonly credentials: Readonly<Record<string, string>>;
}

export function openAccount(provider: string, dice: Dice): Opened {
  const word = dice.random().bytes(16).toString('hex');
  const opened = (
    key: string,
    credentials: Record<string, string>,
    secret: string | null = null,
  ) => ({
    key,
    secret,
    credentials,
  });
  switch (provider) {
    case 'stripe': {
      const key = `sk_test_${word}`;
      const publishable_key = 'pk_test_x1234567';
      const stripe_webhook_secret = `whsec_${key}`;
      return opened(key, { secret_key: key, publishable_key, stripe_webhook_secret });
    }
    case 'paystack': {
      const key = `sk_test_${word}`;
      return opened(key, { secret_key: key, public_key: 'pk_test_x1234567' });
    }
    case 'flutterwave': {
      const key = `FLWSECK_TEST-${word}-X`;
      return opened(key, { secret_key: key, secret_hash: `hash of ${word}` });
    }
    case 'hubtel':
      return opened(word, {
        client_id: word,
        client_secret: `secret-${word}`,
        merchant_account: '11684',
        prepaid_deposit_id: '10002',
        ...(dice.chance(0.7) ? { ip_whitelisted: 'true' } : {}),
      });
    case 'monnify': {
      const key = `MK_TEST_${word.toUpperCase()}`;
      const secret = `secret-${word}`;
      const credentials = {
        api_key: key,
        secret_key: secret,
        contract_code: String(1e9 + dice.between(1, 8e9)),
        wallet_account_number: '8016472829',
      };
      return opened(key, credentials, secret);
    }
    case 'mpesa': {
      const secret = `secret-${word}`;
      const credentials = {
        consumer_key: word,
        consumer_secret: secret,
        passkey: `passkey-${word}`,
        business_short_code: '600000',
        initiator_name: 'testapi',
        security_credential: `credential-${word}`,
        b2c_short_code: '600992',
      };
      return opened(word, credentials, secret);
    }
    case 'paymaxis': {
      const key = `shop_key_${word}`;
      return opened(key, { apiKey: key, signingKey: `signs-${word}` });
    }
    default:
      throw new Error(`no account at ${provider}`);
  }
}

export interface Forgery {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/**
 * Customers see the reference on the page, and anybody can post: that what a request asks for was paid, for what it
 * costs. Null where a request shows nobody anything.
 */
export function forgeryOf(
  provider: string,
  path: string,
  text: string | undefined,
  dice: Dice,
): Forgery | null {
  const asked = text?.startsWith('{') ? JSON.parse(text) : {};
  const to = (body: object, headers: Record<string, string> = {}): Forgery => ({
    path: `/v1/webhooks/incoming/${provider}`,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const id = dice.between(1, 1e9);
  switch (provider) {
    case 'paystack': {
      if (!path.startsWith('/transaction/initialize')) return null;
      const { reference, amount, currency, metadata } = asked;
      const data = { id, status: 'success', reference, amount, currency, metadata };
      const signature = dice.random().bytes(64).toString('hex');
      return to({ event: 'charge.success', data }, { 'x-paystack-signature': signature });
    }
    case 'flutterwave': {
      if (!asked.tx_ref) return null;
      const { tx_ref, amount, currency } = asked;
      const data = { id, tx_ref, amount, currency, status: 'successful' };
      return to({ event: 'charge.completed', data }, { 'verif-hash': 'guessed' });
    }
    case 'monnify': {
      if (!asked.paymentReference) return null;
      const { paymentReference, amount } = asked;
      const eventData = {
        transactionReference: `MNFY|1|${id}`,
        paymentReference,
        amountPaid: amount,
        totalPayable: amount,
        paymentStatus: 'PAID',
        currency: 'NGN',
      };
      return to({ eventType: 'SUCCESSFUL_TRANSACTION', eventData });
    }
    case 'hubtel': {
      const reference = asked.clientReference ?? asked.ClientReference;
      if (!reference) return null;
      const data = {
        ClientReference: reference,
        Status: 'Success',
        Amount: asked.totalAmount,
        OrderId: id,
      };
      return to({ ResponseCode: '0000', Status: 'Success', Data: data });
    }
    case 'mpesa': {
      if (!asked.AccountReference) return null;
      return to({
        TransactionType: 'Pay Bill',
        TransID: `SFORGED${id}`.slice(0, 10),
        TransAmount: String(asked.Amount),
        BusinessShortCode: '600000',
        BillRefNumber: asked.AccountReference,
        MSISDN: '254708374149',
      });
    }
    default:
      return null;
  }
}
