-- What the Connxt API adds to the record of money (api/connxt.md section 1). A PSP is a connection and a transaction is a
-- payment: only what those do not have stands here.

-- The flow tables belong to the installation, not to a tenant: no environment_id, and no tenant's data.
CREATE TABLE flow_types (
  id         text PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL
);

CREATE TABLE flow_actions (
  id           text PRIMARY KEY,
  flow_type_id text NOT NULL REFERENCES flow_types,
  name         text NOT NULL,
  steps        text[] NOT NULL,
  created_at   timestamptz NOT NULL,
  UNIQUE (flow_type_id, name)
);

-- Targets whose definitions are scripts; built-in connectors are targets by themselves.
CREATE TABLE flow_targets (
  id                text PRIMARY KEY,
  flow_type_id      text NOT NULL REFERENCES flow_types,
  -- The provider word of the connections that are made of it.
  code              text NOT NULL UNIQUE,
  name              text NOT NULL,
  logo              text,
  status            text NOT NULL CHECK (status IN ('ENABLED', 'DISABLED')),
  -- json, not jsonb: clients get it with its members in the author's order.
  credential_schema json NOT NULL,
  input_schema      json NOT NULL,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  UNIQUE (flow_type_id, name)
);

CREATE TABLE flow_definitions (
  id               text PRIMARY KEY,
  flow_action_id   text NOT NULL REFERENCES flow_actions,
  flow_target_id   text NOT NULL REFERENCES flow_targets,
  description      text NOT NULL,
  -- The version that new transactions run; null: none is published.
  published_number integer,
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  UNIQUE (flow_action_id, flow_target_id)
);

-- Immutable once validated: only its status changes.
CREATE TABLE flow_versions (
  definition_id text NOT NULL REFERENCES flow_definitions,
  number        integer NOT NULL,
  status        text NOT NULL CHECK (status IN ('draft', 'validated', 'published', 'retired')),
  -- SHA-256 of `source`, hexadecimal; '' while it is a draft.
  sha256        text NOT NULL,
  text          text NOT NULL,
  language      text NOT NULL CHECK (language IN ('javascript', 'typescript')),
  -- What runs: the text without its types. '' while it is a draft.
  source        text NOT NULL,
  settings      json NOT NULL,
  created_by    text NOT NULL,
  created_at    timestamptz NOT NULL,
  published_by  text,
  published_at  timestamptz,
  PRIMARY KEY (definition_id, number)
);

-- Rises with every change of a target or of what is published: how processes notice.
CREATE TABLE flow_catalogue (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  version bigint NOT NULL
);
INSERT INTO flow_catalogue (version) VALUES (1);

-- The ids that the V2 reference publishes (connxt.md section 2).
INSERT INTO flow_types (id, name, created_at) VALUES ('ftp_01jt2ccyw4eh48mknzvb48erpk', 'PSP', now());
INSERT INTO flow_actions (id, flow_type_id, name, steps, created_at) VALUES
  ('fat_01jt2cetrheh48mkp2m8z680xz', 'ftp_01jt2ccyw4eh48mknzvb48erpk', 'DEPOSIT',
   '{initiate,redirect,webhook,sync}', '2025-05-01T00:00:00Z'),
  ('fat_01jtj2hq14fexta3pcaeaswc62', 'ftp_01jt2ccyw4eh48mknzvb48erpk', 'WITHDRAW',
   '{initiate,webhook,sync}', '2025-05-02T00:00:00Z'),
  ('fat_01k5bqfxa3f6cawws5kyqpdkc9', 'ftp_01jt2ccyw4eh48mknzvb48erpk', 'REFUND',
   '{initiate,webhook,sync}', '2025-05-03T00:00:00Z');

-- An environment as the Connxt API knows it: its callback URLs, and the pages that payers go back to.
CREATE TABLE connxt_environments (
  environment_id       text PRIMARY KEY REFERENCES environments,
  -- Stands in callback URLs.
  callback_token       text NOT NULL UNIQUE,
  -- Makes the mac of each transaction's callback URLs.
  sealed_callback_key  text NOT NULL,
  origin               text,
  success_redirect_url text,
  failure_redirect_url text,
  -- Further origins that a script may send a payer to.
  redirect_origins     text[] NOT NULL DEFAULT '{}',
  strict_amounts       boolean NOT NULL DEFAULT false,
  expose_meta          boolean NOT NULL DEFAULT false,
  created_at           timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL
);

-- What a connection is besides, when it was made as a PSP.
CREATE TABLE psps (
  environment_id text NOT NULL,
  connection_id  text NOT NULL,
  flow_target_id text NOT NULL,
  name           text NOT NULL,
  description    text,
  logo           text,
  -- [{flowActionId, flowDefinitionId, status}], in the order of the request.
  operations     json NOT NULL,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, connection_id),
  CONSTRAINT psps_name UNIQUE (environment_id, flow_target_id, name),
  FOREIGN KEY (environment_id, connection_id) REFERENCES connections ON DELETE CASCADE
);

-- A transaction is a payment or a refund of one; its own id and what was asked for stand in that row.
CREATE UNIQUE INDEX payments_transaction ON payments ((request->'transaction'->>'id')) WHERE request ? 'transaction';
CREATE INDEX payments_merchant_order ON payments (environment_id, (request->'transaction'->>'merchantOrderId'))
  WHERE request ? 'transaction';
CREATE UNIQUE INDEX operations_transaction ON operations ((psp_state->>'sy_txn')) WHERE psp_state ? 'sy_txn';

-- What a run of a script heard, without credentials: enough to run it again in a test with the same result.
CREATE TABLE script_runs (
  environment_id text NOT NULL,
  id             text NOT NULL,
  txn_id         text NOT NULL,
  definition_id  text NOT NULL,
  number         integer NOT NULL,
  step           text NOT NULL,
  connection_id  text NOT NULL,
  -- null: it heard too much to be kept.
  journal        json,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id)
);
CREATE INDEX script_runs_age ON script_runs (created_at);
CREATE INDEX script_runs_transaction ON script_runs (environment_id, txn_id, id);
