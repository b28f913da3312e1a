-- What PSPs made that may not be ours: how far each connection's history was read, and what differs from our record.

CREATE TABLE ingestions (
  environment_id text NOT NULL,
  connection_id  text NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('payments', 'refunds')),
  -- Null: off.
  period_s       integer CHECK (period_s >= 60),
  since          timestamptz NOT NULL,
  -- Everything that the PSP made from `since` to here has been read.
  covered_to     timestamptz NOT NULL,
  -- The end of the sweep that is under way, and the page that it has come to.
  window_to      timestamptz,
  cursor         text,
  -- Raised by every claim and every change of the settings: a poll that lost its lease cannot write its progress.
  run            bigint NOT NULL DEFAULT 0,
  -- Refunds have one only after a sweep of the payments: then every refund's payment is known.
  next_poll_at   timestamptz,
  -- In a row.
  failures       integer NOT NULL DEFAULT 0,
  paused_at      timestamptz,
  last_error  text NOT NULL DEFAULT '',
  updated_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, connection_id, kind),
  FOREIGN KEY (environment_id, connection_id) REFERENCES connections ON DELETE CASCADE
);
CREATE INDEX ingestions_due ON ingestions (next_poll_at) WHERE next_poll_at IS NOT NULL;

-- One row for an object of the PSP that our record contradicts. Stays when it is resolved: what an operator has
-- accepted is not raised again, unless either side changes.
CREATE TABLE mismatches (
  environment_id text NOT NULL REFERENCES environments,
  id             text NOT NULL,
  connection_id  text NOT NULL,
  provider       text NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('payments', 'refunds')),
  psp_reference  text NOT NULL,
  -- Null: it is of no payment that we know.
  payment_id     text,
  attempt_id     text,
  what           text NOT NULL,
  ours           jsonb NOT NULL,
  theirs         jsonb NOT NULL,
  status         text NOT NULL CHECK (status IN ('open', 'resolved')),
  note           text NOT NULL DEFAULT '',
  resolved_by    text NOT NULL DEFAULT '',
  resolved_at    timestamptz,
  raised_at      timestamptz NOT NULL,
  seen_at        timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id),
  CONSTRAINT mismatches_object UNIQUE (environment_id, connection_id, kind, psp_reference)
);
CREATE UNIQUE INDEX mismatches_id ON mismatches (id);
CREATE INDEX mismatches_open ON mismatches (raised_at) WHERE status = 'open';
