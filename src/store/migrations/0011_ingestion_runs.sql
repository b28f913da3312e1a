-- When a connection's history was read, and what came of it: the instances of Formance's schedules.

ALTER TABLE ingestions
  ADD COLUMN created_at timestamptz,
  -- The last run, which may be under way. A page that fails ends it; the next claim begins another.
  ADD COLUMN run_started_at timestamptz,
  ADD COLUMN run_open boolean NOT NULL DEFAULT false;
UPDATE ingestions SET created_at = updated_at;
ALTER TABLE ingestions ALTER COLUMN created_at SET NOT NULL;

-- Runs that have ended, about the last hundred of each kind.
CREATE TABLE ingestion_runs (
  environment_id text NOT NULL,
  connection_id  text NOT NULL,
  kind           text NOT NULL,
  started_at     timestamptz NOT NULL,
  ended_at       timestamptz NOT NULL,
  -- Empty: all that it asked for was taken.
  error          text NOT NULL DEFAULT '',
  PRIMARY KEY (environment_id, connection_id, kind, started_at),
  FOREIGN KEY (environment_id, connection_id, kind) REFERENCES ingestions ON DELETE CASCADE
);
