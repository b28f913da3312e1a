-- The ledger's view of attempts: Formance's payment is our attempt (DESIGN section 2). A payment that was recorded
-- through that API is a payment with one attempt that never calls a PSP.

-- What access tokens are signed with: the server's own, so environment_id is ''.
CREATE TABLE signing_keys (
  environment_id text NOT NULL,
  id             text NOT NULL,
  sealed_key     text NOT NULL,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id)
);

-- A payment of nothing can be recorded, but not made.
ALTER TABLE payments DROP CONSTRAINT payments_amount_minor_check;
ALTER TABLE payments ADD CONSTRAINT payments_amount_minor_check
  CHECK (amount_minor > 0 OR (amount_minor = 0 AND source = 'formance'));

ALTER TABLE attempts DROP CONSTRAINT attempts_operation_check;
ALTER TABLE attempts ADD CONSTRAINT attempts_operation_check
  CHECK (operation IN ('charge', 'authorize', 'payout', 'record'));

ALTER TABLE attempts
  -- What is left of amount_minor, less what was given back.
  ADD COLUMN ledger_minor        bigint CHECK (ledger_minor >= 0),
  ADD COLUMN type                text,
  -- With the connection and the type its name in the ledger, for ever: what was sent, or the digits of our own id.
  ADD COLUMN reference           text,
  ADD COLUMN ledger_status       text,
  -- The status of the adjustment that this row stands for: null is PENDING, NONE is no adjustment.
  ADD COLUMN opened_status       text,
  -- As the client spelled it, where that is not the published form of `currency`.
  ADD COLUMN asset_sent          text,
  ADD COLUMN scheme              text,
  ADD COLUMN source_account      text,
  ADD COLUMN destination_account text;

UPDATE attempts a SET
  type = p.type, reference = substr(a.id, 5),
  ledger_status = CASE
    WHEN p.status = 'disputed' AND a.captured_minor > 0 THEN 'DISPUTE'
    WHEN r.returned > 0 THEN 'REFUNDED'
    WHEN a.status = 'succeeded' AND a.operation = 'authorize' AND a.captured_minor > 0 THEN 'CAPTURE'
    WHEN a.status = 'succeeded' THEN 'SUCCEEDED'
    WHEN a.status = 'authorized' THEN 'AUTHORISATION'
    WHEN a.status IN ('declined', 'not_sent') THEN 'FAILED'
    WHEN a.status = 'canceled' THEN 'CANCELLED'
    WHEN a.status = 'expired' THEN 'EXPIRED'
    ELSE 'PENDING' END,
  ledger_minor = CASE
    WHEN a.captured_minor > 0 THEN greatest(a.captured_minor - r.returned, 0)
    WHEN a.status = 'authorized' THEN 0
    ELSE a.amount_minor END
FROM payments p, LATERAL (
  SELECT coalesce(sum(o.amount_minor), 0) AS returned FROM operations o
  WHERE o.environment_id = p.environment_id AND o.payment_id = p.id AND o.kind IN ('refund', 'reversal')
    AND o.status = 'succeeded') r
WHERE p.environment_id = a.environment_id AND p.id = a.payment_id;

ALTER TABLE attempts
  ALTER COLUMN type SET NOT NULL,
  ALTER COLUMN reference SET NOT NULL,
  ALTER COLUMN ledger_status SET NOT NULL,
  ALTER COLUMN ledger_minor SET NOT NULL;

-- No PSP and no browser names a recorded payment, of which there may be millions: it needs no index of its id alone.
DROP INDEX attempts_id;
CREATE UNIQUE INDEX attempts_id ON attempts (id) WHERE operation <> 'record';
DROP INDEX payments_id;
CREATE UNIQUE INDEX payments_id ON payments (id) WHERE source <> 'formance';

-- The connection and the type as a number: with them in full the index would be half as large again.
CREATE UNIQUE INDEX attempts_natural_key
  ON attempts (environment_id, reference, hashtextextended(connection_id || ' ' || type, 0));
CREATE INDEX attempts_created ON attempts (environment_id, created_at, id);
CREATE INDEX attempts_ledger_status ON attempts (environment_id, ledger_status, created_at, id);
CREATE INDEX payments_metadata ON payments USING gin (metadata jsonb_path_ops) WHERE metadata <> '{}';

-- A recorded payment has one attempt for ever, so it needs no guard against two of one number.
ALTER TABLE attempts DROP CONSTRAINT attempts_environment_id_payment_id_number_key;
CREATE UNIQUE INDEX attempts_number ON attempts (environment_id, payment_id, number) WHERE operation <> 'record';

-- A line of the history that is an adjustment of the ledger has a status there, an amount, and, when it was recorded,
-- the name and the time that it was given.
ALTER TABLE adjustments
  ADD COLUMN ledger_status text,
  ADD COLUMN amount_minor  bigint,
  ADD COLUMN reference     text,
  ADD COLUMN occurred_at   timestamptz;
CREATE UNIQUE INDEX adjustments_natural_key
  ON adjustments (environment_id, payment_id, reference, occurred_at, ledger_status) WHERE occurred_at IS NOT NULL;
