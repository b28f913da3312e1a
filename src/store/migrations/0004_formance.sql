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
