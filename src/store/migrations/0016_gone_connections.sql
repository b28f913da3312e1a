-- What a connection was that is deleted, while something of it may still have to be asked about: a payment that began at
-- the same moment is seen by nobody who deletes.
CREATE TABLE gone_connections (
  environment_id text NOT NULL REFERENCES environments,
  id text NOT NULL,
  sealed_credentials text NOT NULL,
  gone_at timestamptz NOT NULL,
  PRIMARY KEY (environment_id, id)
);
