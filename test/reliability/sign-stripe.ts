// Signs an event as Stripe does (psp/stripe.md section 4), with the webhook secret of every connection of the stage.
import { createHmac } from 'node:crypto';

const SECRET = 'whsec_test_1234567890';

export function signed(body: string, nowMs: number, secret = SECRET) {
  const t = Math.floor(nowMs / 1000);
  const v1 = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${t},v1=${v1}` };
  return { headers, body, event: JSON.parse(body) };
}
