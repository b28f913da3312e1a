// The demo of one country: a payment the way people pay there. Nothing is signed at some of these PSPs, so what is shown
// is also whom the server believes.
import { randomBytes } from 'node:crypto';
import type { Client, Json } from './client.ts';
import { expectEqual, expectThat } from './expect.ts';
import type { Country, LocalWay } from './market.ts';
import { lookAround, money, Teller } from './stage.ts';

interface Stage {
  readonly client: Client;
  readonly country: Country;
  readonly way: LocalWay;
  readonly tell: (text: string) => void;
  /** Names the books at the PSP. */
  readonly bookKey: string;
}

/** Plays it all; throws a DemoFailure at the first thing that did not happen. Answers how to look around. */
export async function playLocal(
  client: Client,
  country: Country,
  write: (text: string) => void,
): Promise<string> {
  const teller = new Teller(write);
  const { tell } = teller;
  let payment: Json = null;
  for (const way of country.ways) {
    const random = randomBytes(6).toString('hex');
    const credentials = way.credentials(random);
    const stage = { client, country, way, tell, bookKey: credentials[way.bookKey] ?? '' };
    teller.scene(`${country.name}: an account at ${way.name.split(',')[0]} is connected`);
    await connect(stage, credentials);
    teller.scene(`A payment by ${way.name}`);
    payment = await begin(stage);
    teller.scene(way.customer === 'phone' ? 'The customer looks at his phone' : 'He transfers it');
    await payAsCustomer(stage, payment);
    teller.scene('The PSP tells, and is asked');
    await seeSuccess(stage, payment);
    teller.scene('It is given back');
    await refund(stage, payment);
    teller.scene("Our record against the PSP's books");
    await compareBooks(stage, payment);
  }
  teller.scene('Why it went the way it went');
  await explain(client, payment, tell);
  teller.end();
  return lookAround(client, payment, country.ways[0].phone);
}

async function connect(
  { client, country, way, tell }: Stage,
  credentials: Readonly<Record<string, string>>,
): Promise<void> {
  const capabilities = { methods: [way.intent.method], countries: [country.country] };
  const body = { provider: way.provider, credentials, capabilities };
  const connection = await client.post('/v1/connections', body);
  expectEqual(`the status of the ${way.provider} connection`, connection.status, 'active');
  tell(`${connection.id}  (${connection.mode}, its keys encrypted)`);
  const { last_validation_status: checked } = await client.post(
    `/v1/connections/${connection.id}/validate`,
    {},
  );
  expectEqual('what the PSP says of the keys', checked, 'valid');
  tell('The PSP accepts its keys.');
}

async function begin({ client, country, way, tell }: Stage): Promise<Json> {
  const payment = await client.post('/v1/payments/intents', {
    amount: country.amount,
    currency: country.currency,
    country: country.country,
    customer_id: 'customer@example.com',
    reference: `order-${randomBytes(3).toString('hex')}`,
    policy: { allowed_providers: [way.provider] },
    ...way.intent,
  });
  tell(`${payment.id}  ${money(country.amount, country.currency)}`);
  expectEqual('the status of the payment', payment.status, 'requires_action');
  const { next_action: action } = payment;
  tell(`The customer is told: ${action.message || `pay to ${action.account_number}`}`);
  expectEqual(
    'what he has to do',
    action.type,
    way.customer === 'phone' ? 'wait' : 'bank_transfer',
  );
  return payment;
}

async function payAsCustomer({ client, way, tell }: Stage, payment: Json): Promise<void> {
  const { next_action: action } = payment;
  if (way.customer === 'account') {
    tell(`${action.bank_name} ${action.account_number}, ${action.account_name}`);
    await client.press(`${client.url}${way.accountPage}/${action.account_number}`);
    return;
  }
  const page = `${client.url}/simulators/phone/${way.phone}`;
  tell(page);
  const { prompts } = await client.getPage(page);
  expectEqual('the prompts on his phone', prompts.length, 1);
  tell(`[ ${prompts[0].merchant}: ${prompts[0].amount}?  Refuse | Accept ]`);
  await client.press(page);
  tell('He accepts.');
}

async function seeSuccess({ client, tell }: Stage, { id }: Json): Promise<void> {
  const { status } = await client.until(
    `/v1/payments/${id}`,
    (body) => body.status === 'succeeded',
    'the payment did not succeed within 20 s',
  );
  const events = await client.until(
    '/v1/webhooks/events',
    (list) => list.some((one: Json) => one.payment_id === id && one.status === 'applied'),
    'no callback was applied within 20 s',
  );
  for (const { id: event, event_type: type, authenticity } of events)
    tell(`${event}  ${type}: ${authenticity}`);
  const isSigned = events.some((one: Json) => one.authenticity === 'verified');
  tell(
    isSigned
      ? 'Its signature is right.'
      : 'Nobody has signed it: it was the reason to ask, and the answer is what counts.',
  );
  tell(`The payment is ${status}.`);
}

async function refund({ client, country, way, tell }: Stage, { id }: Json): Promise<void> {
  const amount = way.refund ?? country.amount;
  const made = await client.post(`/v1/payments/${id}/refund`, { amount, reason: 'sent back' });
  tell(`${made.id}  ${money(amount, country.currency)}, ${made.status}`);
  const { status } = await client.until(
    `/v1/payments/${id}`,
    (body) => body.refunded_amount === amount,
    'the refund did not succeed within 20 s',
  );
  tell(`The payment is ${status}.`);
}

async function compareBooks({ client, country, way, tell, bookKey }: Stage, { id }: Json) {
  const { captured_amount: charged, refunded_amount: refunded } = await client.get(
    `/v1/payments/${id}`,
  );
  const { currency } = country;
  const key = encodeURIComponent(bookKey);
  const books = await client.get(`/simulators/${way.provider}/_simulator/books?key=${key}`);
  const theirs = books.totals[currency] ?? {};
  const said = (a: number, b: number) =>
    `charged ${money(a, currency)}, refunded ${money(b, currency)}`;
  tell(`ours:   ${said(charged, refunded)}`);
  tell(`theirs: ${said(Number(theirs.charged), Number(theirs.refunded))}`);
  const sums = [Number(theirs.charged), Number(theirs.refunded)];
  expectEqual(`the books of ${way.provider}`, sums, [charged, refunded]);
}

async function explain(client: Client, { id }: Json, tell: (text: string) => void): Promise<void> {
  const { story } = await client.get(`/v1/payments/${id}/explain`);
  for (const line of story) tell(line);
  expectThat(story.length >= 4, 'the story of the payment is too short');
}
