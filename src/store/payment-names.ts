// Payments by the name that the merchant gave them. One that was recorded is found by its attempt: its natural key is
// an index of names already, so the payments' own index leaves recorded ones out (migration 0012): those of the Formance
// API that are no initiations (`po_…`, `tr_…`).

const IS_MADE = `(source <> 'formance' OR id NOT LIKE 'pay\\_%')`;

/** Ids in the environment $1; `reference` is a parameter. An array, so that a list can walk the index of ids with it. */
export const idsNamed = (reference: string) => `ARRAY(
    SELECT id FROM payments
    WHERE environment_id = $1 AND reference = ${reference} AND ${IS_MADE}
    UNION ALL
    SELECT payment_id FROM attempts WHERE environment_id = $1 AND reference = ${reference} AND operation = 'record'
  )`;
