-- What the sync of deals, invoices, payments and contacts needs.

-- What the CRM showed around a record before its add was sent, where only a
-- comparison can prove what became of it (payments).
ALTER TABLE op ADD COLUMN ground TEXT NOT NULL DEFAULT '';

-- What names the record on both sides where the CRM keeps no uid of it.
ALTER TABLE mirror ADD COLUMN natural_key TEXT NOT NULL DEFAULT '';
