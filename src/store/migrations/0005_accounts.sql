-- What the ledger knows besides movements: accounts at PSPs and their balances, bank accounts, pools, and the users that
-- bank accounts belong to. An account is named by its connection and the PSP's own name of it.

CREATE TABLE accounts (
  environment_id  text NOT NULL REFERENCES environments,
  connection_id   text NOT NULL,
  reference       text NOT NULL,
  sequence        bigint GENERATED ALWAYS AS IDENTITY,
  type            text NOT NULL CHECK (type IN ('INTERNAL', 'EXTERNAL', 'UNKNOWN')),
  name            text NOT NULL,
  -- As it was sent, and in the unit that amounts are compared in (domain/ledger/asset.ts).
  default_asset   text,
  default_unit    text,
  metadata        jsonb NOT NULL,
  raw             jsonb NOT NULL,
  -- Set when it stands for a bank account that was forwarded to the connection: then payouts go to that.
  bank_account_id text,
  user_id         text,
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (environment_id, connection_id, reference)
);
CREATE INDEX accounts_created ON accounts (environment_id, created_at DESC, sequence DESC);
CREATE INDEX accounts_bank_account ON accounts (environment_id, bank_account_id) WHERE bank_account_id IS NOT NULL;

-- A row for each time that a balance was seen to have changed; what stays the same is only confirmed.
CREATE TABLE account_balances (
  environment_id    text NOT NULL,
  connection_id     text NOT NULL,
  account_reference text NOT NULL,
  unit              text NOT NULL,
  asset             text NOT NULL,
  balance           bigint NOT NULL,
  created_at        timestamptz NOT NULL,
  last_updated_at   timestamptz NOT NULL,
  sequence          bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (environment_id, connection_id, account_reference, unit, created_at),
  FOREIGN KEY (environment_id, connection_id, account_reference) REFERENCES accounts ON DELETE CASCADE
);

CREATE TABLE bank_accounts (
  environment_id text NOT NULL REFERENCES environments,
  id             text NOT NULL,
  sequence       bigint GENERATED ALWAYS AS IDENTITY,
  name           text NOT NULL,
  country        text,
  -- Number, IBAN and BIC: masked, for answers; sealed, for PSPs.
  masked         jsonb NOT NULL,
  sealed_details text NOT NULL,
  metadata       jsonb NOT NULL,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id)
);

CREATE TABLE pools (
  environment_id text NOT NULL REFERENCES environments,
  id             text NOT NULL,
  sequence       bigint GENERATED ALWAYS AS IDENTITY,
  name           text NOT NULL,
  -- Of a dynamic pool: its accounts are those that match. Null: static.
  query          jsonb,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id),
  CONSTRAINT pools_name UNIQUE (environment_id, name)
);

CREATE TABLE pool_accounts (
  environment_id    text NOT NULL,
  pool_id           text NOT NULL,
  connection_id     text NOT NULL,
  account_reference text NOT NULL,
  PRIMARY KEY (environment_id, pool_id, connection_id, account_reference),
  FOREIGN KEY (environment_id, pool_id) REFERENCES pools ON DELETE CASCADE,
  FOREIGN KEY (environment_id, connection_id, account_reference) REFERENCES accounts ON DELETE CASCADE
);

-- Formance's payment service users.
CREATE TABLE service_users (
  environment_id text NOT NULL REFERENCES environments,
  id             text NOT NULL,
  sequence       bigint GENERATED ALWAYS AS IDENTITY,
  name           text NOT NULL,
  contact        jsonb NOT NULL,
  address        jsonb NOT NULL,
  metadata       jsonb NOT NULL,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id)
);

CREATE TABLE service_user_bank_accounts (
  environment_id  text NOT NULL,
  user_id         text NOT NULL,
  bank_account_id text NOT NULL,
  PRIMARY KEY (environment_id, user_id, bank_account_id),
  FOREIGN KEY (environment_id, user_id) REFERENCES service_users ON DELETE CASCADE,
  FOREIGN KEY (environment_id, bank_account_id) REFERENCES bank_accounts ON DELETE CASCADE
);

-- What was asked for through the ledger API and answered with a task. Sending, retrying and reversing have none: their
-- task is read off the payment itself.
CREATE TABLE ledger_tasks (
  environment_id    text NOT NULL REFERENCES environments,
  reference         text NOT NULL,
  connection_id     text,
  status            text NOT NULL CHECK (status IN ('PROCESSING', 'SUCCEEDED', 'FAILED')),
  created_object_id text,
  error             text,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  PRIMARY KEY (environment_id, reference)
);
