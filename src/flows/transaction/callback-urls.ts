// The URLs that PSPs and payers' browsers come back to: each names its transaction and carries a MAC of it, so that the
// environment's token, which stands in every payer's history, opens no other transaction (connxt.md section 10).
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { StepContext } from '../../connectors/script/contract.ts';
import { randomBase62 } from '../../kernel/base62.ts';
import {
  type ConnxtEnvironment,
  findConnxtEnvironment,
  insertConnxtEnvironment,
} from '../../store/connxt-environments.ts';
import { open, seal } from '../../vault/envelope.ts';
import type { Context } from '../context.ts';

export type CallbackStep = 'redirect' | 'webhook';

export interface CallbackKey {
  readonly settings: ConnxtEnvironment;
  readonly key: string;
}

const MAC_CHARACTERS = 22;

/** Where an environment's callback key is sealed for. */
export function callbackKeyPlace(environmentId: string) {
  return { environmentId, subject: environmentId, field: 'callback_key' };
}

/** Made at the first use. */
export async function callbackKeyOf(context: Context, environmentId: string): Promise<CallbackKey> {
  const { db, ports, keyRing } = context;
  let settings = await findConnxtEnvironment(db, environmentId);
  if (settings === null) {
    const place = callbackKeyPlace(environmentId);
    const made = {
      environmentId,
      callbackToken: randomBase62(ports.random, 26),
      sealedCallbackKey: seal(keyRing, place, randomBase62(ports.random, 43), ports.random),
    };
    await insertConnxtEnvironment(db, made, ports.clock.nowMs());
    settings = await findConnxtEnvironment(db, environmentId);
  }
  if (settings === null) throw new Error(`environment ${environmentId} has no callback key`);
  return opened(context, settings);
}

export function opened({ keyRing }: Context, settings: ConnxtEnvironment): CallbackKey {
  const place = callbackKeyPlace(settings.environmentId);
  return { settings, key: open(keyRing, place, settings.sealedCallbackKey) };
}

export function isRightMac(key: string, step: CallbackStep, txnId: string, mac: string): boolean {
  const right = Buffer.from(macOf(key, step, txnId));
  const given = Buffer.from(mac);
  return given.length === right.length && timingSafeEqual(given, right);
}

export function callbackUrl(
  publicUrl: string,
  { settings, key }: CallbackKey,
  step: CallbackStep,
  txnId: string,
): string {
  const token = `${settings.callbackToken}~${macOf(key, step, txnId)}`;
  return `${publicUrl}/connxt/v2/external/inbound/${step.slice(0, 1)}/${step}/${token}/${txnId}`;
}

/** `ctx.urls`, in both places that scripts look at (connxt.md 9.3). */
export function urlsOf(
  publicUrl: string,
  callback: CallbackKey,
  txnId: string,
): StepContext['urls'] {
  const redirect = callbackUrl(publicUrl, callback, 'redirect', txnId);
  const webhook = callbackUrl(publicUrl, callback, 'webhook', txnId);
  const { origin, successRedirectUrl, failureRedirectUrl } = callback.settings;
  // Without a page of the merchant's, payers land on ours: a path of the origin stands for it.
  const success = successRedirectUrl ?? origin ?? '/';
  const failure = failureRedirectUrl ?? origin ?? '/';
  return {
    server: { redirect, webhook, successRedirectUrl: success, failureRedirectUrl: failure },
    origin: { successRedirectUrl: success, failureRedirectUrl: failure, webhookUrl: webhook },
  };
}

function macOf(key: string, step: CallbackStep, txnId: string): string {
  const mac = createHmac('sha256', key).update(`${step}:${txnId}`).digest('base64url');
  return mac.slice(0, MAC_CHARACTERS);
}
