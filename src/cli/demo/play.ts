// The demo's scenes, in order. Each does one thing through the API, checks what came of it, and tells it.
import { randomBytes } from 'node:crypto';
import type { Client, Json } from './client.ts';
import { expectEqual, expectThat } from './expect.ts';
import type { Market } from './market.ts';
import { lookAround, money, Teller } from './stage.ts';

/** Everything a scene needs to know of those before it. */
interface Stage {
  readonly client: Client;
  readonly market: Market;
  readonly tell: (text: string) => void;
  /** The connections, and the secret key of each at its PSP. */
  readonly paystack: { readonly id: string; readonly secretKey: string };
  readonly stripe: { readonly id: string; readonly secretKey: string };
}

const SHOP = 'https://shop.example/thanks';

/** Plays it all; throws a DemoFailure at the first thing that did not happen. Answers how to look around. */
export async function play(
  client: Client,
  market: Market,
  write: (text: string) => void,
): Promise<string> {
  const teller = new Teller(write);
  const scene = (title: string) => teller.scene(title);
  const { tell } = teller;

  scene('Two PSP accounts are connected');
  const stage = { client, market, tell, ...(await connect(client, market, tell)) };
  scene(`A rule: cards in ${market.name} go to Paystack first`);
  await addRule(stage);
  scene('A payment: Paystack declines, Stripe takes over');
  const payment = await declinedThenTaken(stage);
  scene("The customer pays on Stripe's page and comes back to the shop");
  await payAsCustomer(stage, payment);
  scene("Stripe's webhook confirms it");
  await seeWebhook(stage, payment);
  scene('A quarter of it is refunded');
  await refundPart(stage, payment);
  scene('Why it went the way it went');
  await explain(stage, payment);
  scene('The ledger: our record against the books of both PSPs');
  await compareBooks(stage, payment);
  teller.end();
  return lookAround(client, payment);
}

async function connect(client: Client, market: Market, tell: (text: string) => void) {
  const secretKey = () => `sk_test_demo${randomBytes(8).toString('hex')}`;
  const capabilities = { methods: ['card'], countries: [market.country] };
  const keys = { paystack: secretKey(), stripe: secretKey() };
  const credentials = {
    paystack: { secret_key: keys.paystack },
    stripe: {
      secret_key: keys.stripe,
      publishable_key: `pk_test_demo${randomBytes(8).toString('hex')}`,
      stripe_webhook_secret: `whsec_${randomBytes(16).toString('hex')}`,
    },
  };
  const made = async (provider: 'paystack' | 'stripe') => {
    const body = { provider, credentials: credentials[provider], capabilities };
    const connection = await client.post('/v1/connections', body);
    expectEqual(`the status of the ${provider} connection`, connection.status, 'active');
    tell(`${provider.padEnd(8)} ${connection.id}  (${connection.mode}, its keys encrypted)`);
    return { id: connection.id as string, secretKey: keys[provider] };
  };
  return { paystack: await made('paystack'), stripe: await made('stripe') };
}

async function addRule({ client, market, tell, paystack }: Stage): Promise<void> {
  const rule = await client.post('/v1/routing-rules', {
    name: `Cards in ${market.name}`,
    countries: [market.country],
    methods: ['card'],
    connection_id: paystack.id,
    priority: 100,
    fallback_to_default: true,
  });
  expectEqual("the rule's connection", rule.connection_id, paystack.id);
  tell(`${rule.id}  "${rule.name}", priority ${rule.priority}, others may follow`);
}

async function declinedThenTaken({ client, market, tell, paystack, stripe }: Stage) {
  const { amount, currency, country } = market;
  const payment = await client.post('/v1/payments/intents', {
    amount,
    currency,
    country,
    method: 'card',
    reference: `order-${randomBytes(3).toString('hex')}`,
    customer_id: 'ama@example.com',
    return_url: SHOP,
    // Read by the simulators only: Paystack refuses this one.
    metadata: { simulate: 'paystack=decline:do_not_honor' },
  });
  tell(`${payment.id}  ${money(amount, currency)}`);
  for (const { provider, status, decline_code: code } of payment.route)
    tell(`  ${provider.padEnd(8)} ${status}${code ? ` (${code})` : ''}`);
  const [first, second] = payment.route;
  expectEqual('the number of attempts', payment.route.length, 2);
  expectEqual('the first attempt', [first.connection_id, first.status], [paystack.id, 'declined']);
  expectEqual('the second attempt', second.connection_id, stripe.id);
  expectEqual('the status of the payment', payment.status, 'requires_action');
  tell('The refusal was definite and another PSP might accept, so the next connection was tried.');
  return payment;
}

async function payAsCustomer({ client, tell }: Stage, payment: Json): Promise<void> {
  const page = payment.next_action?.url;
  expectThat(typeof page === 'string', 'the payment names no page for the customer');
  const way = await client.payOnPage(page, SHOP);
  for (const address of way) tell(`-> ${short(address)}`);
  const back = new URL(way.at(-1) ?? page);
  expectEqual('where the customer ends', back.origin + back.pathname, SHOP);
  expectEqual('the payment that is named there', back.searchParams.get('payment_id'), payment.id);
}

async function seeWebhook({ client, tell, stripe }: Stage, payment: Json): Promise<void> {
  const events = await client.until(
    '/v1/webhooks/events',
    (list) => list.some((one: Json) => one.payment_id === payment.id && one.status === 'applied'),
    "Stripe's webhook was not applied within 20 s",
  );
  const applied = events.filter((one: Json) => one.payment_id === payment.id);
  for (const { id, event_type: type, status, authenticity } of applied)
    tell(`${id}  ${type}: signature ${authenticity}, ${status}`);
  expectThat(
    applied.some((one: Json) => one.authenticity === 'verified'),
    "no webhook's signature was verified",
  );
  expectEqual("the webhook's connection", applied[0].connection_id, stripe.id);
  const { status } = await client.until(
    `/v1/payments/${payment.id}`,
    (body) => body.status === 'succeeded',
    'the payment did not succeed within 20 s',
  );
  tell(`The payment is ${status}.`);
}

async function refundPart({ client, market, tell }: Stage, payment: Json): Promise<void> {
  const { refund: amount, currency } = market;
  const refund = await client.post(`/v1/payments/${payment.id}/refund`, {
    amount,
    reason: 'one item was missing',
  });
  const done = await client.until(
    `/v1/payments/refunds/${refund.id}`,
    (body) => body.status === 'succeeded',
    'the refund did not succeed within 20 s',
  );
  expectEqual('the refunded amount', done.amount, amount);
  tell(`${done.id}  ${money(amount, currency)}, ${done.status}`);
}

async function explain({ client, tell }: Stage, payment: Json): Promise<void> {
  const { story } = await client.get(`/v1/payments/${payment.id}/explain`);
  for (const line of story) tell(line);
  expectThat(story.length >= 5, 'the story of the payment is too short');
}

async function compareBooks(stage: Stage, { id }: Json): Promise<void> {
  const { client, market, tell } = stage;
  const payment = await client.get(`/v1/payments/${id}`);
  const { currency } = market;
  const ours = [payment.captured_amount, payment.refunded_amount];
  tell(`ours:     charged ${money(ours[0], currency)}, refunded ${money(ours[1], currency)}`);
  expectEqual('our sums', ours, [market.amount, market.refund]);
  const sums = { paystack: [0, 0], stripe: ours };
  for (const provider of ['paystack', 'stripe'] as const) {
    const key = encodeURIComponent(stage[provider].secretKey);
    const books = await client.get(`/simulators/${provider}/_simulator/books?key=${key}`);
    const { charged = '0', refunded = '0' } = books.totals[currency] ?? {};
    const theirs = [Number(charged), Number(refunded)];
    const text = `charged ${money(theirs[0]!, currency)}, refunded ${money(theirs[1]!, currency)}`;
    tell(`${`${provider}:`.padEnd(9)} ${text}`);
    expectEqual(`the books of ${provider}`, theirs, sums[provider]);
  }
  tell('Charged once, at one PSP, and both sides agree.');
}

/** Session tokens make addresses long; their ends say nothing. */
function short(address: string): string {
  return address.length <= 110 ? address : `${address.slice(0, 107)}...`;
}
