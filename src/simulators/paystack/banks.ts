// Banks, name enquiry, card BINs and settlements: reads that a merchant's software makes around payments
// (psp/paystack.md sections 2.7 and 2.8).
import type { FastifyInstance } from 'fastify';
import { type Fields, invalidParams, merchantOf, ok, refuse, required, textOf } from './wire.ts';

/** An account that does not exist: name enquiry and recipient refuse it. */
export const NO_ACCOUNT = '9990000005';

interface Bank {
  readonly id: number;
  readonly name: string;
  readonly code: string;
  readonly country: string;
  readonly currency: string;
  readonly type: string;
}

const bank = (
  id: number,
  name: string,
  code: string,
  country: string,
  currency: string,
  type: string,
) => ({
  id,
  name,
  code,
  country,
  currency,
  type,
});

const BANKS: readonly Bank[] = [
  bank(1, 'Access Bank', '044', 'Nigeria', 'NGN', 'nuban'),
  bank(7, 'First Bank of Nigeria', '011', 'Nigeria', 'NGN', 'nuban'),
  bank(9, 'Guaranty Trust Bank', '058', 'Nigeria', 'NGN', 'nuban'),
  bank(21, 'Zenith Bank', '057', 'Nigeria', 'NGN', 'nuban'),
  bank(67, 'Kuda Bank', '50211', 'Nigeria', 'NGN', 'nuban'),
  bank(24, 'Test Bank', '001', 'Nigeria', 'NGN', 'nuban'),
  bank(30, 'GCB Bank', '040100', 'Ghana', 'GHS', 'ghipss'),
  bank(28, 'MTN', 'MTN', 'Ghana', 'GHS', 'mobile_money'),
  bank(29, 'ATMoney & Airtel Money', 'ATL', 'Ghana', 'GHS', 'mobile_money'),
  bank(66, 'Telecel', 'VOD', 'Ghana', 'GHS', 'mobile_money'),
  bank(140, 'Absa Bank', '632005', 'South Africa', 'ZAR', 'basa'),
  bank(231, 'Equity Bank', '68', 'Kenya', 'KES', 'kepss'),
  bank(232, 'M-PESA', 'MPESA', 'Kenya', 'KES', 'mobile_money'),
  bank(233, 'M-PESA Till', 'MPTILL', 'Kenya', 'KES', 'mobile_money_business'),
  bank(301, 'MTN', 'MTN_CI', "Côte d'Ivoire", 'XOF', 'mobile_money'),
  bank(302, 'Orange', 'ORANGE_CI', "Côte d'Ivoire", 'XOF', 'mobile_money'),
  bank(303, 'Wave', 'WAVE_CI', "Côte d'Ivoire", 'XOF', 'mobile_money'),
];

export function bankName(code: string): string | null {
  return BANKS.find((one) => one.code === code)?.name ?? null;
}

type Query = { Querystring: Fields };

export function bankRoutes(app: FastifyInstance): void {
  app.get<Query>('/bank', (request) => {
    merchantOf(request);
    const { currency, country, type, perPage } = request.query;
    const wanted = (one: Bank) =>
      (currency === undefined || one.currency === currency) &&
      (textOf(country) === null || one.country.toLowerCase() === String(country).toLowerCase()) &&
      (type === undefined || one.type === type);
    const count = perPage === undefined ? BANKS.length : Number(perPage);
    return ok(
      'Banks retrieved',
      BANKS.filter(wanted)
        .slice(0, count || 50)
        .map(render),
    );
  });

  app.get<Query>('/bank/resolve', (request) => {
    merchantOf(request);
    const account = required(request.query, 'account_number');
    const code = required(request.query, 'bank_code');
    const found = BANKS.find((one) => one.code === code);
    if (!found) throw invalidParams('Unknown bank code');
    if (account === NO_ACCOUNT || !/^\d{9,13}$/.test(account))
      throw refuse(422, 'Could not resolve account name. Check parameters or try again.');
    const data = { account_number: account, account_name: 'ADA OBI', bank_id: found.id };
    return ok('Account number resolved', data);
  });

  app.get<{ Params: { bin: string } }>('/decision/bin/:bin', (request) => {
    merchantOf(request);
    const { bin } = request.params;
    if (!/^\d{6}$/.test(bin)) throw invalidParams('bin has six digits');
    const brand = bin.startsWith('4') ? 'Visa' : bin.startsWith('50') ? 'Verve' : 'Mastercard';
    return ok('Bin resolved', {
      bin,
      brand,
      sub_brand: '',
      country_code: 'NG',
      country_name: 'Nigeria',
      card_type: 'DEBIT',
      bank: 'Test Bank',
      linked_bank_id: 24,
    });
  });

  // None in test mode.
  app.get('/settlement', (request) => {
    merchantOf(request);
    const meta = { total: 0, skipped: 0, perPage: 50, page: 1, pageCount: 1 };
    return ok('Settlements retrieved', [], meta);
  });

  app.get<{ Params: { id: string } }>('/settlement/:id/transactions', (request) => {
    merchantOf(request);
    throw refuse(404, 'Settlement not found', { code: 'not_found' });
  });

  app.get('/address_verification/states', (request) => {
    merchantOf(request);
    const states = [
      { name: 'California', slug: 'california', abbreviation: 'CA' },
      { name: 'New York', slug: 'new-york', abbreviation: 'NY' },
    ];
    return ok('States retrieved', states);
  });
}

function render(one: Bank): object {
  const slug = one.name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const flags = { pay_with_bank: false, supports_transfer: true, active: true, is_deleted: false };
  return { ...one, slug, longcode: '', gateway: null, ...flags };
}
