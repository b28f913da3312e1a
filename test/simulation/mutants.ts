// Deliberate defects, each of which the simulation must find: so that a green run means something. A mutant is one
// replacement in one file of the server, made while the file is loaded (mutate.ts); the text must be there once.

export interface Mutant {
  readonly name: string;
  /** Below src/. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no row lock: a change is written over whatever another has changed meanwhile',
    file: 'store/payments.ts',
    find: 'WHERE p.version = n.version ORDER BY p.environment_id',
    replace: 'ORDER BY p.environment_id',
  },
  {
    name: 'a lost reply is a refusal, so the payment goes to the next PSP',
    file: 'connectors/run.ts',
    find: "if (outcome.kind === 'unknown') return outcome;",
    replace: "if (outcome.kind === 'unknown') return moves ? notSent('lost') : outcome;",
  },
  {
    name: 'the key of a refund is drawn anew for each try',
    file: 'flows/operation/run-operation.ts',
    find: 'reference: referenceOf(operation.id),',
    replace:
      'reference: referenceOf(operation.id.slice(0, -2) + String(10 + operation.syncCount)),',
  },
  {
    name: 'a forged webhook is believed',
    file: 'flows/receive-webhook/receive.ts',
    find: "owner?.authenticity ?? 'unsigned'",
    replace: "owner ? 'verified' : 'unsigned'",
  },
  {
    name: 'a refund reserves nothing',
    file: 'domain/payment/conservation.ts',
    find: "return operation.status === 'succeeded' || isOpenOperation(operation);",
    replace: "return operation.status === 'succeeded';",
  },
  {
    name: 'nobody asks the PSP what became of a payment',
    file: 'domain/payment/schedule.ts',
    find: 'const delay = scheduleWith(own)[step];\n  return delay === undefined ? null : nowMs + delay;',
    replace: 'return null;',
  },
  {
    name: 'an Idempotency-Key is stored, and not looked at',
    file: 'store/payments.ts',
    find: 'WHERE NOT EXISTS (SELECT 1 FROM c WHERE c.payment_id = r.id) OR r.id IN (SELECT resource_id FROM k)',
    replace: 'WHERE true',
  },
  {
    name: 'a claim is no lease: what a dead process had begun is forgotten',
    file: 'store/due.ts',
    find: ' = $2 FROM due',
    replace: ' = nullif($2::timestamptz, $2::timestamptz) FROM due',
  },
  {
    name: 'an event that no endpoint took counts as delivered',
    file: 'domain/delivery/schedule.ts',
    find: 'if (status !== null && status >= 200 && status < 300) return',
    replace: 'if (status === null || status < 300) return',
  },
  {
    name: 'the events of one change share a number',
    file: 'flows/change-payment.ts',
    find: 'paymentSequence: first + index + 1,',
    replace: 'paymentSequence: first + 1,',
  },
  {
    name: 'what was decided on an old state is written over the newest',
    file: 'flows/change-payment.ts',
    find: '        record = await mustLoad(context, ids);',
    replace:
      'record = { ...record, payment: { ...record.payment, version: (await mustLoad(context, ids)).payment.version } };',
  },
  {
    name: 'a payout is sent for everybody who approves it at once',
    file: 'flows/payout/approve-payout.ts',
    find: 'const check = ({ payment }: PaymentRecord) => mustAwait(payment);',
    replace: 'const check = ({ payment }: PaymentRecord) => payment;',
  },
  {
    name: 'the ledger keeps what was given back',
    file: 'domain/ledger/live-face.ts',
    find: 'const left = taken > returned ? taken - returned : 0n;',
    replace: 'const left = taken;',
  },
  {
    name: 'an unsigned message of Monnify is believed',
    file: 'connectors/monnify/webhook.ts',
    find: "apiKey?.startsWith('MK_TEST_') ? 'unsigned' : 'forged'",
    replace: "apiKey ? 'verified' : 'forged'",
  },
  {
    name: 'a lost reply to a refund is a refusal, so its amount is free again',
    file: 'domain/payment/settle-operation.ts',
    find: "return before.status === 'sent' ? 'unknown' : 'failed';",
    replace: "return 'failed';",
  },
  {
    name: 'the key of a charge is drawn anew when it is repeated',
    file: 'flows/charge/send-attempt.ts',
    find: 'const input = storedChargeInput(attempt);',
    replace:
      'const kept = storedChargeInput(attempt); const input = attempt.syncCount === 0 ? kept : { ...kept, reference: kept.reference.slice(0, -2) + String(10 + attempt.syncCount) };',
  },
  {
    name: 'a history is read from where the last reading ended',
    file: 'domain/ledger/history.ts',
    find: 'return Math.max(since, coveredTo - Math.max(LOOK_BACK_MS[kind], least));',
    replace: 'return Math.max(since, coveredTo);',
  },
  {
    name: 'what the PSP lists of ours is recorded again, as if others had made it',
    file: 'flows/ingest/take.ts',
    find: 'if (known && record) {',
    replace: 'if (known && record && item.parent !== null) {',
  },
  {
    name: 'what was given back in the dashboard of a PSP is listed nowhere',
    file: 'flows/ingest/take.ts',
    find: 'if (operation === null && mayBeOurs(record, attemptId, item)) return null;',
    replace: 'if (operation === null) return null;',
  },
  {
    name: 'the word of a dispute does not wait for that of its payment',
    file: 'domain/payment/dispute.ts',
    find: 'return attempts.every(({ capturedMinor }) => capturedMinor === 0n);',
    replace: 'return attempts.length === 0;',
  },
  {
    name: 'an externalRequestId is stored, and not looked at',
    file: 'api/connxt/transactions/once.ts',
    find: 'const transaction = await run({ route, key, fingerprint });',
    replace: 'const transaction = await run({ route, key: key + Math.random(), fingerprint });',
  },
  {
    name: 'a recorded payment has its place in the Connxt list by the time that it is of',
    file: 'store/transactions.ts',
    find: "const CAME = 'right(own, 32)';",
    replace:
      "const CAME = '(SELECT created_at FROM payments WHERE environment_id = $1 AND id = own)';",
  },
  {
    name: 'a deposit counts as paid when its script has made a page',
    file: 'connectors/script/outcome.ts',
    find: "return { ...facts, kind: 'requires_action', action: { type: 'redirect', url: page } };",
    replace: 'return succeeded(result, facts, reading);',
  },
];
