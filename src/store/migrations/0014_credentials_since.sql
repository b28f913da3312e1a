-- Since when a connection has the credentials that it has. Others may be another account's, which knows nothing of what was
-- sent before. Null: since it was made.
ALTER TABLE connections ADD COLUMN credentials_since timestamptz;
UPDATE connections SET credentials_since = updated_at WHERE credentials_version > 1;
