-- What the Formance API keeps of a connection besides: its name there, and how often its history is to be polled.
CREATE TABLE connector_settings (
  environment_id text NOT NULL,
  connection_id  text NOT NULL,
  name           text NOT NULL,
  -- As it was sent, a duration in Go's spelling: `30m`.
  polling_period text NOT NULL,
  PRIMARY KEY (environment_id, connection_id),
  CONSTRAINT connector_settings_name UNIQUE (environment_id, name),
  FOREIGN KEY (environment_id, connection_id) REFERENCES connections ON DELETE CASCADE
);
