-- The generic connector API is read from a time of change on.
CREATE INDEX payments_updated ON payments (environment_id, updated_at, id);
