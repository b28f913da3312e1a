-- Money out. A payout is a payment (type payout or transfer) whose attempts pay instead of charging: same history,
-- same compare-and-set. What only payouts have stands beside it, and is never changed once it was sent.

ALTER TABLE attempts DROP CONSTRAINT attempts_operation_check;
ALTER TABLE attempts ADD CONSTRAINT attempts_operation_check
  CHECK (operation IN ('charge', 'authorize', 'payout'));

-- A reversal is money called back from a payout.
ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
ALTER TABLE operations ADD CONSTRAINT operations_kind_check
  CHECK (kind IN ('capture', 'void', 'refund', 'reversal'));

CREATE TABLE payouts (
  environment_id      text NOT NULL,
  payment_id          text NOT NULL,
  -- The connection that was asked for, and the name that the payout has there: the natural key of the Formance API.
  connection_id       text NOT NULL,
  reference           text NOT NULL,
  -- As it was sent: `USD` or `USD/2`.
  asset               text NOT NULL,
  -- Masked, for answers; sealed, for the PSP. Null: an account that the PSP knows by its own name.
  beneficiary         jsonb,
  sealed_beneficiary  text,
  beneficiary_id      text,
  source_account      text,
  destination_account text,
  scheduled_at        timestamptz,
  -- Who asked for it: with the policy `another_person` somebody else has to approve it.
  created_by          text NOT NULL,
  created_at          timestamptz NOT NULL,
  PRIMARY KEY (environment_id, payment_id),
  CONSTRAINT payouts_reference UNIQUE (environment_id, connection_id, reference),
  FOREIGN KEY (environment_id, payment_id) REFERENCES payments
);
CREATE INDEX payments_outgoing ON payments (environment_id, id) WHERE type <> 'pay_in';

-- Whether payouts of an environment wait for approval. No row: only those that ask for it.
CREATE TABLE payout_policies (
  environment_id text PRIMARY KEY REFERENCES environments,
  approval       text NOT NULL CHECK (approval IN ('on_request', 'always', 'another_person')),
  updated_at     timestamptz NOT NULL
);

CREATE TABLE beneficiaries (
  environment_id text NOT NULL REFERENCES environments,
  id             text NOT NULL,
  -- Masked, for answers.
  details        jsonb NOT NULL,
  sealed_details text NOT NULL,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id)
);
