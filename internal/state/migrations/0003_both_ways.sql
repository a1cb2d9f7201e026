-- What the sync needs in both directions: values on their way to the source,
-- clients that went missing, edits seen in the CRM.

-- The run in which the CRM was first proven not to show the client.
ALTER TABLE link ADD COLUMN missing_run INTEGER NOT NULL DEFAULT 0;
CREATE INDEX link_missing ON link (job) WHERE missing_run > 0;

-- A tombstone keeps its number for showing, and blocks it for nobody: a CRM that
-- was put back from its backup gives its numbers anew. (<> 0 and not > 0: where
-- single numbers are asked for, a range would be walked from end to end.)
DROP INDEX link_crm_id;
CREATE UNIQUE INDEX link_crm_id ON link (target, crm_id) WHERE crm_id <> 0 AND gone = 0;
CREATE INDEX link_gone ON link (target, crm_id) WHERE crm_id <> 0 AND gone = 1;

-- The number of the snapshot that lacked the record first; 0 = it was there.
ALTER TABLE fingerprint ADD COLUMN absent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX fingerprint_absent ON fingerprint (job, link) WHERE absent > 0;

-- How far the job has compared the CRM's clients with its links.
ALTER TABLE job ADD COLUMN top_clid INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN full_at INTEGER;
ALTER TABLE job ADD COLUMN read_at INTEGER;
ALTER TABLE job ADD COLUMN since INTEGER;                        -- the highest clid when it first compared
ALTER TABLE job ADD COLUMN cursor TEXT NOT NULL DEFAULT '';      -- where the last accepted delta ended
ALTER TABLE job ADD COLUMN snapshot_id TEXT NOT NULL DEFAULT ''; -- of the last accepted complete snapshot
ALTER TABLE job ADD COLUMN snapshot_no INTEGER NOT NULL DEFAULT 0;

-- What the hold showed when a person chose (JSON, as hold.fields): the choice says
-- nothing of other values.
ALTER TABLE choice ADD COLUMN seen TEXT;

-- Clients whose edits were seen in the CRM and are not dealt with.
CREATE TABLE crm_edit (
  job  INTEGER NOT NULL REFERENCES job (id),
  clid INTEGER NOT NULL,
  PRIMARY KEY (job, clid)
) STRICT, WITHOUT ROWID;

-- Values that go to the source side, and those that went. Without a link: of a
-- client that was born in the CRM. Neither base moves before the source shows it.
CREATE TABLE offer (
  id         INTEGER PRIMARY KEY,
  job        INTEGER NOT NULL REFERENCES job (id),
  link       INTEGER REFERENCES link (id) ON DELETE CASCADE,
  crm_id     INTEGER NOT NULL,
  title      TEXT NOT NULL,        -- of the client when it was offered
  field      TEXT NOT NULL,
  value      TEXT,                 -- NULL = the CRM's value is blank
  rule       TEXT NOT NULL,
  lost       TEXT,                 -- the source's value that this overrides
  run        INTEGER NOT NULL,
  offered_at INTEGER NOT NULL,
  delivery   TEXT,                 -- name of the file or table; NULL = in none yet
  arrived_at INTEGER,
  ended_at   INTEGER,
  how        TEXT CHECK (how IN ('taken', 'replaced', 'dropped', 'undelivered')),
  CHECK ((ended_at IS NULL) = (how IS NULL))
) STRICT;
CREATE INDEX offer_link ON offer (link);
CREATE INDEX offer_born ON offer (job, crm_id) WHERE link IS NULL;
-- One value of a field is on its way at a time.
CREATE UNIQUE INDEX offer_open ON offer (link, field) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX offer_born_open ON offer (job, crm_id, field) WHERE ended_at IS NULL AND link IS NULL;
CREATE INDEX offer_delivery ON offer (job, delivery) WHERE ended_at IS NULL;

-- When the state was last put in order.
CREATE TABLE upkeep (
  task TEXT PRIMARY KEY,
  at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

DROP VIEW v_changes;
CREATE VIEW v_changes AS
SELECT a.run, datetime(a.at / 1000, 'unixepoch') AS at, j.name AS job, nullif(a.uid, '') AS uid,
       nullif(a.crm_id, 0) AS crm_id, CASE WHEN a.kind = 'offer' THEN 'source' ELSE 'crm' END AS side, a.kind AS op,
       c.value ->> '$.field' AS field, c.value ->> '$.from' AS old, c.value ->> '$.to' AS new,
       coalesce(c.value ->> '$.rule', a.kind) AS rule, c.value ->> '$.lost' AS lost
  FROM audit a JOIN job j ON j.id = a.job, json_each(coalesce(a.changes, '[null]')) c
 WHERE a.status = 'confirmed';

CREATE VIEW v_pending AS
SELECT j.name AS job, coalesce(l.uid, 'clid-' || o.crm_id) AS uid, coalesce(l.key, l.uid) AS key,
       nullif(coalesce(l.crm_id, o.crm_id), 0) AS crm_id, coalesce(l.title, o.title) AS title, o.field, l.base ->> ('$."' || o.field || '"') AS base,
       o.value AS offered, o.lost, o.rule, o.delivery,
       CASE WHEN o.arrived_at IS NOT NULL THEN 'out' WHEN o.delivery IS NOT NULL THEN 'writing' ELSE 'waiting' END AS state,
       o.run, datetime(o.offered_at / 1000, 'unixepoch') AS since,
       datetime(o.arrived_at / 1000, 'unixepoch') AS arrived,
       CAST(julianday('now') - julianday(o.arrived_at / 1000, 'unixepoch') AS INTEGER) AS days
  FROM offer o JOIN job j ON j.id = o.job LEFT JOIN link l ON l.id = o.link
 WHERE o.ended_at IS NULL;

DROP VIEW v_jobs;
CREATE VIEW v_jobs AS
SELECT j.name AS job, t.crm, t.entity, NULL AS schedule,
       (SELECT max(r.id) FROM run r WHERE r.job = j.id) AS last_run,
       (SELECT r.status FROM run r WHERE r.job = j.id ORDER BY r.id DESC LIMIT 1) AS last_status,
       (SELECT datetime(r.finished_at / 1000, 'unixepoch') FROM run r
         WHERE r.job = j.id AND r.status IN ('done', 'partial') ORDER BY r.id DESC LIMIT 1) AS last_success,
       NULL AS next_run,
       j.links,
       (SELECT count(*) FROM hold h WHERE h.job = j.id AND h.closed_at IS NULL) AS held,
       (SELECT count(*) FROM reject r WHERE r.job = j.id AND r.warning = 0) AS rejected,
       (SELECT count(*) FROM op o WHERE o.job = j.id) AS open_ops,
       (SELECT count(*) FROM backlog b WHERE b.job = j.id) AS backlog,
       (SELECT group_concat(h.guard, ', ') FROM halt h WHERE h.job = j.id AND h.resumed_at IS NULL) AS halted,
       (SELECT count(*) FROM offer o WHERE o.job = j.id AND o.ended_at IS NULL) AS pending,
       nullif(j.cursor, '') AS cursor,
       datetime(t.full_at / 1000, 'unixepoch') AS last_full_scan
  FROM job j JOIN target t ON t.id = j.target;

DROP VIEW v_records;
CREATE VIEW v_records AS
SELECT j.name AS job, l.uid, coalesce(l.key, l.uid) AS key, nullif(l.crm_id, 0) AS crm_id, l.title,
       CASE WHEN o.status IS NOT NULL THEN replace(o.status, '_', '-')
            WHEN h.reason IS NOT NULL THEN 'held'
            WHEN r.code IS NOT NULL THEN 'refused'
            WHEN l.gone = 1 THEN 'gone'
            WHEN b.uid IS NOT NULL THEN 'waiting'
            WHEN l.missing_run > 0 THEN 'missing'
            WHEN p.absent > 0 THEN 'absent'
            WHEN EXISTS (SELECT 1 FROM offer x WHERE x.link = l.id AND x.ended_at IS NULL) THEN 'pending'
            ELSE 'synced' END AS status,
       coalesce(h.reason, r.code, nullif(o.code, '')) AS reason,
       datetime(l.settled_at / 1000, 'unixepoch') AS last_synced,
       coalesce(nullif(o.text, ''), r.rule) AS last_error,
       f.path AS file, nullif(l.line, 0) AS line, l.settled_run AS run
  FROM link l JOIN job j ON j.id = l.job
  LEFT JOIN fingerprint p ON p.link = l.id
  LEFT JOIN hold h ON h.job = l.job AND h.uid = l.uid AND h.closed_at IS NULL
  LEFT JOIN reject r ON r.job = l.job AND r.uid = l.uid AND r.refused = 1
  LEFT JOIN op o ON o.job = l.job AND o.uid = l.uid
  LEFT JOIN backlog b ON b.job = l.job AND b.uid = l.uid
  LEFT JOIN origin_file f ON f.id = l.file
UNION ALL
SELECT j.name, h.uid, h.key, nullif(h.crm_id, 0), h.title, 'held', h.reason, NULL, NULL,
       h.file, nullif(h.line, 0), NULL
  FROM hold h JOIN job j ON j.id = h.job
 WHERE h.closed_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM link l WHERE l.uid = h.uid AND l.job = h.job)
   AND NOT EXISTS (SELECT 1 FROM op o WHERE o.job = h.job AND o.uid = h.uid)
UNION ALL
SELECT j.name, r.uid, r.key, NULL, NULL, 'refused', r.code, NULL, r.rule, r.file, nullif(r.line, 0), NULL
  FROM reject r JOIN job j ON j.id = r.job
 WHERE r.refused = 1
   AND NOT EXISTS (SELECT 1 FROM link l WHERE l.uid = r.uid AND l.job = r.job)
   AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.job = r.job AND h.uid = r.uid AND h.closed_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM op o WHERE o.job = r.job AND o.uid = r.uid)
UNION ALL
SELECT j.name, o.uid, o.key, nullif(o.crm_id, 0), o.title, replace(o.status, '_', '-'), nullif(o.code, ''), NULL,
       nullif(o.text, ''), f.path, nullif(o.line, 0), NULL
  FROM op o JOIN job j ON j.id = o.job LEFT JOIN origin_file f ON f.id = o.file
 WHERE NOT EXISTS (SELECT 1 FROM link l WHERE l.uid = o.uid AND l.job = o.job)
UNION ALL
SELECT j.name, b.uid, b.key, nullif(b.crm_id, 0), b.fields ->> '$.title', 'waiting', NULL, NULL, NULL,
       b.file, nullif(b.line, 0), NULL
  FROM backlog b JOIN job j ON j.id = b.job
 WHERE NOT EXISTS (SELECT 1 FROM link l WHERE l.uid = b.uid AND l.job = b.job)
   AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.job = b.job AND h.uid = b.uid AND h.closed_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM op o WHERE o.job = b.job AND o.uid = b.uid)
   AND NOT EXISTS (SELECT 1 FROM reject r WHERE r.job = b.job AND r.uid = b.uid AND r.refused = 1)
UNION ALL
SELECT j.name, 'clid-' || x.crm_id, NULL, x.crm_id, x.title, 'pending', NULL, NULL, NULL, NULL, NULL, x.run
  FROM offer x JOIN job j ON j.id = x.job
 WHERE x.link IS NULL AND x.ended_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM offer y WHERE y.job = x.job AND y.link IS NULL AND y.crm_id = x.crm_id
                      AND y.ended_at IS NULL AND y.id < x.id)
   AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.job = x.job AND h.uid = 'clid-' || x.crm_id AND h.closed_at IS NULL);
