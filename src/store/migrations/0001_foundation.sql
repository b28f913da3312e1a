-- The record of money. Every key starts with environment_id: no query on a hot path crosses environments.
-- Amounts are bigint minor units of the row's currency. Nothing here is ever edited after release: add 0002_….

CREATE TABLE organizations (
  id              text PRIMARY KEY,
  name            text NOT NULL,
  brand_id        text NOT NULL UNIQUE,
  default_country text,
  created_at      timestamptz NOT NULL
);

CREATE TABLE environments (
  id              text PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organizations,
  mode            text NOT NULL CHECK (mode IN ('sandbox', 'live')),
  -- Rises with every change of a connection or a routing rule: the key of every cache of them.
  config_version  bigint NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL,
  UNIQUE (organization_id, mode)
);

-- Reevit keys, Connxt tokens and Formance clients alike: the secret's hash, never the secret.
CREATE TABLE api_keys (
  environment_id text NOT NULL REFERENCES environments,
  id             text NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('reevit', 'connxt', 'formance')),
  name           text NOT NULL,
  secret_hash    bytea NOT NULL,
  scopes         text[] NOT NULL,
  created_at     timestamptz NOT NULL,
  last_used_at   timestamptz,
  revoked_at     timestamptz,
  PRIMARY KEY (environment_id, id)
);
CREATE UNIQUE INDEX api_keys_id ON api_keys (id);

CREATE TABLE connections (
  environment_id          text NOT NULL REFERENCES environments,
  id                      text NOT NULL,
  provider                text NOT NULL,
  status                  text NOT NULL CHECK (status IN ('active', 'inactive')),
  capabilities            jsonb NOT NULL,
  routing_hints           jsonb NOT NULL,
  labels                  text[] NOT NULL,
  fee_structure           jsonb NOT NULL,
  sealed_credentials      text NOT NULL,
  credentials_version     integer NOT NULL,
  webhook_token           text NOT NULL,
  total_calls             bigint NOT NULL DEFAULT 0,
  successful_calls        bigint NOT NULL DEFAULT 0,
  failed_calls            bigint NOT NULL DEFAULT 0,
  total_latency_ms        bigint NOT NULL DEFAULT 0,
  last_success_at         timestamptz,
  last_failure_at         timestamptz,
  last_validated_at       timestamptz,
  last_validation_status  text NOT NULL DEFAULT '',
  last_validation_error   text NOT NULL DEFAULT '',
  validation_failures     integer NOT NULL DEFAULT 0,
  created_at              timestamptz NOT NULL,
  updated_at              timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id)
);
-- An inbound webhook names a connection by its id or its token before it is known whose it is.
CREATE INDEX connections_id ON connections (id);
CREATE UNIQUE INDEX connections_webhook_token ON connections (webhook_token);

-- PSP-caused outcomes per minute: the sliding window of a connection's health.
CREATE TABLE connection_health (
  environment_id text NOT NULL,
  connection_id  text NOT NULL,
  minute         timestamptz NOT NULL,
  successes      integer NOT NULL,
  psp_failures   integer NOT NULL,
  -- PSP-caused failures at the end of this minute with no success after them.
  failure_streak integer NOT NULL,
  last_call_at   timestamptz NOT NULL,
  PRIMARY KEY (environment_id, connection_id, minute),
  FOREIGN KEY (environment_id, connection_id) REFERENCES connections ON DELETE CASCADE
);

CREATE TABLE routing_rules (
  environment_id      text NOT NULL REFERENCES environments,
  id                  text NOT NULL,
  name                text NOT NULL,
  countries           text[] NOT NULL,
  methods             text[] NOT NULL,
  connection_id       text NOT NULL,
  priority            integer NOT NULL,
  fallback_to_default boolean NOT NULL,
  enabled             boolean NOT NULL,
  -- Optional conditions, ordered lists and splits beyond Reevit's fields.
  conditions          jsonb NOT NULL,
  metadata            jsonb NOT NULL,
  created_at          timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id)
);

CREATE TABLE payments (
  environment_id        text NOT NULL REFERENCES environments,
  id                    text NOT NULL,
  type                  text NOT NULL,
  status                text NOT NULL,
  amount_minor          bigint NOT NULL CHECK (amount_minor > 0),
  currency              text NOT NULL,
  method                text,
  country               text,
  customer_id           text,
  customer              jsonb NOT NULL,
  reference             text,
  description           text,
  metadata              jsonb NOT NULL,
  capture_method        text NOT NULL CHECK (capture_method IN ('automatic', 'manual')),
  connection_id         text,
  provider              text,
  psp_reference         text,
  sealed_client_secret  text NOT NULL,
  authorized_minor      bigint NOT NULL,
  captured_minor        bigint NOT NULL,
  capture_pending_minor bigint NOT NULL,
  refunded_minor        bigint NOT NULL,
  refund_pending_minor  bigint NOT NULL,
  fee_minor             bigint,
  fee_currency          text,
  fee_is_actual         boolean NOT NULL,
  conflict              text,
  plan                  jsonb,
  plan_since            integer NOT NULL,
  request               jsonb NOT NULL,
  source                text NOT NULL,
  source_id             text NOT NULL,
  source_description    text NOT NULL,
  cancel_requested_at   timestamptz,
  captured_at           timestamptz,
  expires_at            timestamptz NOT NULL,
  -- When the worker has to look at a payment that has no attempt under way (expiry). Null: never.
  due_at                timestamptz,
  event_sequence        integer NOT NULL,
  -- Rises with every change: the compare-and-set that makes every change single-writer.
  version               integer NOT NULL,
  created_at            timestamptz NOT NULL,
  updated_at            timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id),
  -- reliability.md F9: refunds reserve under the row lock, and this holds whatever the code believes.
  CONSTRAINT refunds_within_capture CHECK (
    refunded_minor >= 0 AND refund_pending_minor >= 0 AND refunded_minor + refund_pending_minor <= captured_minor),
  CONSTRAINT captures_within_authorization CHECK (
    capture_pending_minor >= 0 AND (authorized_minor = 0 OR capture_pending_minor <= authorized_minor))
);
-- A customer's browser knows the id alone.
CREATE UNIQUE INDEX payments_id ON payments (id);
CREATE INDEX payments_status ON payments (environment_id, status, id);
CREATE INDEX payments_customer ON payments (environment_id, customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX payments_reference ON payments (environment_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX payments_due ON payments (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE attempts (
  environment_id     text NOT NULL,
  id                 text NOT NULL,
  payment_id         text NOT NULL,
  number             integer NOT NULL,
  connection_id      text NOT NULL,
  provider           text NOT NULL,
  operation          text NOT NULL CHECK (operation IN ('charge', 'authorize')),
  status             text NOT NULL,
  amount_minor       bigint NOT NULL,
  currency           text NOT NULL,
  authorized_minor   bigint NOT NULL,
  captured_minor     bigint NOT NULL,
  psp_reference      text,
  psp_state          jsonb NOT NULL,
  action             jsonb,
  sealed_token       text,
  prompted           boolean NOT NULL,
  decline            jsonb,
  error              text NOT NULL,
  latency_ms         integer NOT NULL,
  input              text NOT NULL,
  sent_at            timestamptz,
  next_sync_at       timestamptz,
  sync_count         integer NOT NULL,
  not_found_count    integer NOT NULL,
  first_not_found_at timestamptz,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  PRIMARY KEY (environment_id, payment_id, id),
  UNIQUE (environment_id, payment_id, number),
  FOREIGN KEY (environment_id, payment_id) REFERENCES payments
);
-- A PSP's webhook names our reference or the PSP's own id before it is known whose attempt it is.
CREATE UNIQUE INDEX attempts_id ON attempts (id);
CREATE INDEX attempts_psp_reference ON attempts (psp_reference) WHERE psp_reference IS NOT NULL;
CREATE INDEX attempts_due ON attempts (next_sync_at) WHERE next_sync_at IS NOT NULL;

-- Captures, voids and refunds: a row, an id and a PSP key of its own each, committed before the call.
CREATE TABLE operations (
  environment_id     text NOT NULL,
  id                 text NOT NULL,
  payment_id         text NOT NULL,
  attempt_id         text NOT NULL,
  connection_id      text NOT NULL,
  provider           text NOT NULL,
  kind               text NOT NULL CHECK (kind IN ('capture', 'void', 'refund')),
  status             text NOT NULL,
  amount_minor       bigint NOT NULL CHECK (amount_minor >= 0),
  currency           text NOT NULL,
  reason             text NOT NULL,
  psp_reference      text,
  psp_state          jsonb NOT NULL,
  decline            jsonb,
  error              text NOT NULL,
  sent_at            timestamptz,
  next_sync_at       timestamptz,
  sync_count         integer NOT NULL,
  not_found_count    integer NOT NULL,
  first_not_found_at timestamptz,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  PRIMARY KEY (environment_id, payment_id, id),
  FOREIGN KEY (environment_id, payment_id) REFERENCES payments
);
CREATE UNIQUE INDEX operations_id ON operations (id);
CREATE INDEX operations_kind ON operations (environment_id, kind, id);
CREATE INDEX operations_psp_reference ON operations (psp_reference) WHERE psp_reference IS NOT NULL;
CREATE INDEX operations_due ON operations (next_sync_at) WHERE next_sync_at IS NOT NULL;

-- Append-only: each change of a payment and the evidence for it; also evidence that changed nothing.
CREATE TABLE adjustments (
  environment_id text NOT NULL,
  payment_id     text NOT NULL,
  id             bigint GENERATED ALWAYS AS IDENTITY,
  attempt_id     text,
  operation_id   text,
  source         text NOT NULL,
  reason         text NOT NULL,
  from_status    text NOT NULL,
  to_status      text NOT NULL,
  attempt_from   text,
  attempt_to     text,
  evidence       jsonb NOT NULL,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, payment_id, id)
);

-- The outbox: facts for the merchant, numbered per payment and globally.
CREATE TABLE events (
  environment_id   text NOT NULL,
  sequence         bigint GENERATED ALWAYS AS IDENTITY,
  id               text NOT NULL,
  payment_id       text,
  payment_sequence integer,
  type             text NOT NULL,
  snapshot         jsonb NOT NULL,
  created_at       timestamptz NOT NULL,
  PRIMARY KEY (environment_id, sequence)
);

CREATE TABLE idempotency_keys (
  environment_id  text NOT NULL,
  route           text NOT NULL,
  key             text NOT NULL,
  fingerprint     bytea NOT NULL,
  resource_id     text,
  response_status integer,
  response_body   text,
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (environment_id, route, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- What PSPs told us, as it came. environment_id is '' until it is known whose it is.
CREATE TABLE inbound_webhooks (
  environment_id text NOT NULL,
  id             text NOT NULL,
  provider       text NOT NULL,
  connection_id  text NOT NULL,
  dedupe_key     text NOT NULL,
  event_type     text NOT NULL,
  event_id       text,
  status         text NOT NULL CHECK (status IN ('received', 'applied', 'failed', 'forged')),
  authenticity   text NOT NULL CHECK (authenticity IN ('verified', 'unsigned', 'forged')),
  raw_body       bytea NOT NULL,
  headers        jsonb NOT NULL,
  query          jsonb NOT NULL,
  payment_id     text,
  error          text NOT NULL,
  tries          integer NOT NULL,
  next_try_at    timestamptz,
  deliveries     integer NOT NULL,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id),
  UNIQUE (environment_id, connection_id, dedupe_key)
);
CREATE INDEX inbound_webhooks_due ON inbound_webhooks (next_try_at) WHERE next_try_at IS NOT NULL;

CREATE TABLE audit_entries (
  environment_id text NOT NULL,
  id             bigint GENERATED ALWAYS AS IDENTITY,
  subject_type   text NOT NULL,
  subject_id     text NOT NULL,
  actor_type     text NOT NULL,
  actor_id       text NOT NULL,
  action         text NOT NULL,
  metadata       jsonb NOT NULL,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, subject_type, subject_id, id)
);
