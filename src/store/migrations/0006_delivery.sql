-- Events to merchants, conflicts that wait for somebody, and an audit log that shows where it was changed.

-- Where a merchant wants events. Rows are never deleted: deliveries tell of them.
CREATE TABLE endpoints (
  environment_id   text NOT NULL REFERENCES environments,
  id               text NOT NULL,
  -- The one that /v1/webhooks/config shows.
  is_default       boolean NOT NULL,
  url              text NOT NULL,
  -- Empty: all.
  event_types      text[] NOT NULL,
  status           text NOT NULL CHECK (status IN ('active', 'disabled', 'deleted')),
  status_reason    text NOT NULL DEFAULT '',
  retry            text NOT NULL CHECK (retry IN ('standard', 'reevit')),
  metadata         jsonb NOT NULL,
  -- The current signing secret, the one before it, the Ed25519 key: sealed together.
  sealed_secrets   text NOT NULL,
  -- Until when the secret before signs too.
  overlap_until    timestamptz,
  public_key       text,
  -- Failed attempts since the last success, and since when.
  failures         integer NOT NULL DEFAULT 0,
  failing_since    timestamptz,
  last_success_at  timestamptz,
  last_failure_at  timestamptz,
  -- Slow and failing endpoints are served apart, so that they hold up only each other.
  pace             text NOT NULL DEFAULT 'fast' CHECK (pace IN ('fast', 'slow')),
  -- One process at a time delivers to an endpoint. A lease that ran out was left by one that died.
  leased_until     timestamptz NOT NULL DEFAULT '-infinity',
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id)
);
CREATE UNIQUE INDEX endpoints_default ON endpoints (environment_id) WHERE is_default AND status <> 'deleted';

-- One event to one endpoint, written by the statement that writes the event: an event that is committed late is not
-- skipped, because nobody follows a number. No foreign keys: checking them would make all payments of an environment
-- lock the endpoint's row.
CREATE TABLE deliveries (
  environment_id   text NOT NULL,
  event_id         text NOT NULL,
  endpoint_id      text NOT NULL,
  event_sequence   bigint NOT NULL,
  event_type       text NOT NULL,
  payment_id       text,
  status           text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'canceled')),
  attempts         integer NOT NULL DEFAULT 0,
  -- Attempts of the present round: a replay begins the schedule afresh.
  round            integer NOT NULL DEFAULT 0,
  next_try_at      timestamptz,
  response_status  integer,
  last_error       text NOT NULL DEFAULT '',
  delivered_at     timestamptz,
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  PRIMARY KEY (environment_id, event_id, endpoint_id)
);
CREATE INDEX deliveries_due ON deliveries (environment_id, endpoint_id, next_try_at) WHERE next_try_at IS NOT NULL;

-- Append-only: each time that a delivery was tried.
CREATE TABLE delivery_attempts (
  environment_id   text NOT NULL,
  event_id         text NOT NULL,
  endpoint_id      text NOT NULL,
  number           integer NOT NULL,
  response_status  integer,
  error            text NOT NULL,
  latency_ms       integer NOT NULL,
  created_at       timestamptz NOT NULL,
  PRIMARY KEY (environment_id, event_id, endpoint_id, number)
);

-- A replay asks for a time range; a block range index costs an insert next to nothing.
CREATE INDEX events_time ON events USING brin (created_at);

-- What nobody knows, for /admin/v1/unresolved.
CREATE INDEX attempts_unknown ON attempts (environment_id, payment_id) WHERE status = 'unknown';
CREATE INDEX operations_unknown ON operations (environment_id, payment_id) WHERE status IN ('unknown', 'manual_review');

-- Forgeries are kept for a while, to be looked at; how many there are is bounded.
CREATE INDEX inbound_webhooks_forged ON inbound_webhooks (created_at) WHERE status = 'forged';

-- What becomes of a second capture by itself: alert (an operator decides), or it is given back.
ALTER TABLE environments ADD COLUMN conflict_policy text NOT NULL DEFAULT 'alert'
  CHECK (conflict_policy IN ('alert', 'refund_later', 'void_later'));

-- A payment that is in conflict, since when, and when the policy acts. Written by the change that raises it.
CREATE TABLE conflicts (
  environment_id   text NOT NULL,
  payment_id       text NOT NULL,
  conflict         text NOT NULL,
  raised_at        timestamptz NOT NULL,
  next_try_at      timestamptz,
  tries            integer NOT NULL DEFAULT 0,
  note             text NOT NULL DEFAULT '',
  PRIMARY KEY (environment_id, payment_id)
);
CREATE INDEX conflicts_due ON conflicts (next_try_at) WHERE next_try_at IS NOT NULL;

CREATE FUNCTION conflict_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.conflict IS NULL THEN
    DELETE FROM conflicts WHERE environment_id = NEW.environment_id AND payment_id = NEW.id;
    RETURN NULL;
  END IF;
  INSERT INTO conflicts (environment_id, payment_id, conflict, raised_at, next_try_at)
  SELECT NEW.environment_id, NEW.id, NEW.conflict, NEW.updated_at,
    CASE WHEN NEW.conflict = 'duplicate_capture' AND e.conflict_policy <> 'alert' THEN NEW.updated_at END
  FROM environments e WHERE e.id = NEW.environment_id
  ON CONFLICT (environment_id, payment_id) DO UPDATE SET
    conflict = excluded.conflict, next_try_at = excluded.next_try_at, tries = 0, note = '';
  RETURN NULL;
END $$;
CREATE TRIGGER payments_conflict AFTER UPDATE OF conflict ON payments FOR EACH ROW
  WHEN (NEW.conflict IS DISTINCT FROM OLD.conflict) EXECUTE FUNCTION conflict_changed();
INSERT INTO conflicts (environment_id, payment_id, conflict, raised_at)
SELECT environment_id, id, conflict, updated_at FROM payments WHERE conflict IS NOT NULL;

-- The audit log as a chain: each entry's hash covers the hash before it, so that a changed, removed or inserted line
-- breaks every later one. The trigger makes it, whoever writes.
ALTER TABLE audit_entries ADD COLUMN position bigint, ADD COLUMN hash bytea;
CREATE TABLE audit_heads (
  environment_id   text PRIMARY KEY,
  position         bigint NOT NULL,
  hash             bytea NOT NULL
);

CREATE FUNCTION audit_hash(before bytea, entry audit_entries) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(before || convert_to(jsonb_build_array(
    entry.environment_id, entry.position, entry.subject_type, entry.subject_id, entry.actor_type, entry.actor_id,
    entry.action, entry.metadata, extract(epoch FROM entry.created_at)::text)::text, 'UTF8'))
$$;

CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE head audit_heads;
BEGIN
  INSERT INTO audit_heads VALUES (NEW.environment_id, 0, sha256('')) ON CONFLICT DO NOTHING;
  SELECT * INTO head FROM audit_heads WHERE environment_id = NEW.environment_id FOR UPDATE;
  NEW.position := head.position + 1;
  NEW.hash := audit_hash(head.hash, NEW);
  UPDATE audit_heads SET position = NEW.position, hash = NEW.hash WHERE environment_id = NEW.environment_id;
  RETURN NEW;
END $$;

DO $$
DECLARE entry audit_entries;
DECLARE head audit_heads;
BEGIN
  FOR entry IN SELECT * FROM audit_entries ORDER BY environment_id, id LOOP
    INSERT INTO audit_heads VALUES (entry.environment_id, 0, sha256('')) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM audit_heads WHERE environment_id = entry.environment_id;
    entry.position := head.position + 1;
    entry.hash := audit_hash(head.hash, entry);
    UPDATE audit_entries SET position = entry.position, hash = entry.hash
    WHERE environment_id = entry.environment_id AND subject_type = entry.subject_type
      AND subject_id = entry.subject_id AND id = entry.id;
    UPDATE audit_heads SET position = entry.position, hash = entry.hash WHERE environment_id = entry.environment_id;
  END LOOP;
END $$;

ALTER TABLE audit_entries ALTER COLUMN position SET NOT NULL, ALTER COLUMN hash SET NOT NULL;
CREATE UNIQUE INDEX audit_entries_chain ON audit_entries (environment_id, position);
CREATE TRIGGER audit_entries_chain BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_entries is append-only';
END $$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
