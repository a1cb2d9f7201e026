-- What the sync of deals, invoices, payments and contacts needs.

-- Why a run ended: the stable code of its error, and the guards that turned its
-- export away (JSON), which leave no halt behind.
ALTER TABLE run ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN turned_away TEXT;

-- What the CRM showed around a record before its add was sent, where only a
-- comparison can prove what became of it (payments).
ALTER TABLE op ADD COLUMN ground TEXT NOT NULL DEFAULT '';

-- What names the record on both sides where the CRM keeps no uid of it.
ALTER TABLE mirror ADD COLUMN natural_key TEXT NOT NULL DEFAULT '';

-- What names a refused record for people: of an invoice its number, by which payments
-- refer to it.
ALTER TABLE reject ADD COLUMN title TEXT NOT NULL DEFAULT '';

-- What stands against one record: it ends when that record is fine again.
CREATE INDEX reject_uid ON reject (job, uid) WHERE uid <> '';
