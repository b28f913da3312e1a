-- Access tokens that PSPs give to an account, of which there may be only one at a time: shared by all processes.

CREATE TABLE psp_tokens (
  environment_id text NOT NULL REFERENCES environments,
  provider       text NOT NULL,
  -- SHA-256 of the credentials that it was given for: connections with the same share it.
  account        text NOT NULL,
  -- Null: none was fetched yet.
  sealed_token   text,
  expires_at     timestamptz,
  -- Who fetches a new one, and until when the others wait for that. A claim that ran out was left by one that died.
  claim          text NOT NULL,
  claimed_until  timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, provider, account)
);
