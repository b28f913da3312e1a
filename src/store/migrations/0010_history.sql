-- Histories of more than payments and refunds.

ALTER TABLE ingestions
  DROP CONSTRAINT ingestions_kind_check,
  ADD CONSTRAINT ingestions_kind_check
    CHECK (kind IN ('payments', 'refunds', 'payouts', 'disputes', 'accounts', 'balances')),
  -- A sweep of this kind follows each of that one. Null: it has a period of its own.
  ADD COLUMN leader text;
UPDATE ingestions SET leader = 'payments' WHERE kind = 'refunds';

ALTER TABLE mismatches
  DROP CONSTRAINT mismatches_kind_check,
  ADD CONSTRAINT mismatches_kind_check
    CHECK (kind IN ('payments', 'refunds', 'payouts', 'disputes', 'accounts', 'balances'));
