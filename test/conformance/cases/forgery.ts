// Webhooks that nobody may believe (C-7, C-8), and bodies that are nobody's.
import { expect } from 'vitest';
import type { Authenticity, InboundMessage } from '../../../src/connectors/contract.ts';
import type { Case } from '../case.ts';
import type { Merchant } from '../merchant.ts';
import type { Subject } from '../subject.ts';

const DAY_MS = 86_400_000;

/** A merchant's genuine webhooks. */
async function genuine(merchant: Merchant): Promise<readonly InboundMessage[]> {
  await merchant.paid();
  await merchant.psps.advance(100);
  expect(merchant.inbox.length).toBeGreaterThan(0);
  const { signs } = merchant.subject;
  for (const message of merchant.inbox)
    expect(judge(merchant, message)).toBe(signs === 'nothing' ? 'unsigned' : 'verified');
  return merchant.inbox;
}

function judge({ connector, credentials, psps }: Merchant, message: InboundMessage): Authenticity {
  return connector.verifyWebhook(message, credentials, psps.clock.nowMs());
}

export function forgeries(subject: Subject): Case[] {
  if (subject.signs === 'nothing') return [unsigned(), strangers()];
  return [...(subject.signs === 'body' ? bodies() : []), ...senders(subject)];
}

/** Nothing that arrives is ever more than a reason to ask. */
function unsigned(): Case {
  return {
    name: 'no webhook is taken for verified, since the PSP signs none',
    async run(merchant) {
      await merchant.paid();
      await merchant.psps.advance(100);
      for (const message of merchant.inbox) expect(judge(merchant, message)).toBe('unsigned');
    },
  };
}

function bodies(): Case[] {
  return [
    {
      name: 'one changed byte, wherever it is, makes a forgery',
      async run(merchant) {
        for (const message of await genuine(merchant)) {
          const { rawBody } = message;
          const step = Math.max(1, Math.floor(rawBody.length / 40));
          for (let at = 0; at < rawBody.length; at += step) {
            const changed = Buffer.from(rawBody);
            changed[at] = changed[at]! ^ 1;
            expect(judge(merchant, { ...message, rawBody: changed })).toBe('forged');
          }
        }
      },
    },
    {
      name: 'the same JSON in other bytes is a forgery: the raw body is signed',
      async run(merchant) {
        for (const message of await genuine(merchant)) {
          const value: unknown = JSON.parse(message.rawBody.toString('utf8'));
          const compact = JSON.stringify(value);
          for (const text of [JSON.stringify(value, null, 3), `${compact} `, ` ${compact}`, ''])
            expect(judge(merchant, { ...message, rawBody: Buffer.from(text) })).toBe('forged');
        }
      },
    },
  ];
}

function senders(subject: Subject): Case[] {
  return [
    {
      name: 'a signature that is missing, empty, cut or of another form makes a forgery',
      async run(merchant) {
        for (const message of await genuine(merchant)) {
          const names = Object.keys(message.headers).filter((name) =>
            /signature|^verif-hash$/.test(name),
          );
          expect(names).toHaveLength(1);
          const [name = ''] = names;
          const { [name]: signature = '', ...others } = message.headers;
          const last = signature.endsWith('0') ? '1' : '0';
          const wrong = [
            '',
            ' ',
            signature.slice(0, -1),
            `${signature.slice(0, -1)}${last}`,
            `${signature}${last}`,
            'é'.repeat(signature.length),
            't=,v1=',
            '0'.repeat(128),
          ];
          expect(judge(merchant, { ...message, headers: others })).toBe('forged');
          for (const value of wrong)
            expect(judge(merchant, { ...message, headers: { ...others, [name]: value } })).toBe(
              'forged',
            );
        }
      },
    },
    {
      name: "another merchant's webhook is a forgery here",
      async run(merchant) {
        const neighbour = merchant.neighbour();
        for (const message of await genuine(neighbour))
          expect(judge(merchant, message)).toBe('forged');
      },
    },
    {
      name: 'a webhook that somebody else signed is a forgery',
      async run(merchant) {
        merchant.fault('webhook_forged', {}, { times: 20 });
        await merchant.paid();
        await merchant.psps.advance(100);
        expect(merchant.inbox.length).toBeGreaterThan(0);
        for (const message of merchant.inbox) expect(judge(merchant, message)).toBe('forged');
      },
    },
    {
      name: 'without the secret nothing is verified',
      async run(merchant) {
        const { connector, psps } = merchant;
        for (const message of await genuine(merchant)) {
          const authenticity = connector.verifyWebhook(message, {}, psps.clock.nowMs());
          expect(['forged', 'unsigned']).toContain(authenticity);
        }
      },
    },
    {
      name:
        subject.webhookToleranceMs === null
          ? 'a webhook is verified however late it comes'
          : 'a webhook that comes too late is a forgery, since it may be a replay',
      ...(subject.webhookToleranceMs === null ? {} : { proves: [{ row: 'webhook_age' as const }] }),
      async run(merchant) {
        const [message] = await genuine(merchant);
        const { connector, credentials, subject } = merchant;
        const at = (afterMs: number) =>
          connector.verifyWebhook(message!, credentials, merchant.nowMs() + afterMs);
        const { webhookToleranceMs: tolerance } = subject;
        if (tolerance === null) return expect(at(3 * DAY_MS)).toBe('verified');
        expect(at(tolerance / 2)).toBe('verified');
        expect(at(tolerance + 1_000)).toBe('forged');
        return expect(at(-tolerance - 1_000)).toBe('forged');
      },
    },
    strangers(),
  ];
}

function strangers(): Case {
  return {
    name: "a body that is not this PSP's is nobody's, and breaks nothing",
    run: hostileBodies,
  };
}

const STRANGE = [
  '',
  ' ',
  'null',
  '[]',
  '0',
  '"text"',
  '{}',
  '{"event":null,"type":null}',
  '{"event":1,"data":2}',
  '{"id":{},"object":[],"type":7,"data":{"object":"x"}}',
  '{"event":"charge.success"',
  '<html></html>',
  'a=b&c=d',
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  '{"__proto__":{"event":"x"},"constructor":1}',
  '\u0000',
];

async function hostileBodies(merchant: Merchant): Promise<void> {
  const { connector, subject } = merchant;
  const [sample] = await genuine(merchant);
  const raw = [...STRANGE.map((text) => Buffer.from(text)), Buffer.from([0xff, 0xfe, 0x00, 0x80])];
  for (const rawBody of raw) {
    const message = { ...sample!, rawBody };
    if (subject.signs === 'body') expect(judge(merchant, message)).toBe('forged');
    const said = connector.readWebhook(message);
    expect(said?.outcome ?? null).toBeNull();
  }
  // Right in form, with members of every wrong type: never a statement about money.
  const genuineBody = JSON.parse(sample!.rawBody.toString('utf8')) as object;
  for (const value of [null, 0, -1, 1e300, '', 'x', [], {}, true]) {
    const twisted = JSON.stringify(genuineBody, (name, member: unknown) =>
      name !== '' &&
      (typeof member !== 'object' || member === null) &&
      name !== 'event' &&
      name !== 'type'
        ? value
        : member,
    );
    const said = connector.readWebhook({ ...sample!, rawBody: Buffer.from(twisted) });
    expect(said?.outcome?.kind ?? 'nothing').not.toBe('succeeded');
  }
}
