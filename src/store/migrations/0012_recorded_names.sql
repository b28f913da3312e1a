-- Recorded payments, of which there may be millions, are found by the natural key of their attempt: an index of their
-- payments' names would hold every name twice. Built before the old one goes, so that meanwhile reads go on and only
-- writes wait: half a second for a million payments.

CREATE INDEX payments_reference_made ON payments (environment_id, reference)
  WHERE reference IS NOT NULL AND (source <> 'formance' OR id NOT LIKE 'pay\_%');
DROP INDEX payments_reference;
ALTER INDEX payments_reference_made RENAME TO payments_reference;
