-- The tables of syncd's state. Tables are private: people and other programs
-- read the views (0002), which keep their columns.
-- Times are milliseconds since 1970 UTC. Hashes are 16 bytes.

-- A CRM and an entity: the space in which uid and crm_id are unique.
CREATE TABLE target (
  id       INTEGER PRIMARY KEY,
  crm      TEXT NOT NULL,
  entity   TEXT NOT NULL,
  top_clid INTEGER NOT NULL DEFAULT 0,
  full_at  INTEGER,
  read_at  INTEGER,
  UNIQUE (crm, entity)
) STRICT;

CREATE TABLE job (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  target     INTEGER NOT NULL REFERENCES target (id),
  mapping    BLOB,                        -- fingerprint of the mapping last carried out
  identity   TEXT NOT NULL DEFAULT '',    -- how keys became uids then
  last_rows  INTEGER NOT NULL DEFAULT 0,  -- rows of the last accepted full snapshot
  links      INTEGER NOT NULL DEFAULT 0,  -- how many the job has: counting a million takes long
  adopted_at INTEGER,
  rows_salt  BLOB,                        -- what the hashes of row_chunk depend on
  UNIQUE (name, target)
) STRICT;

CREATE TABLE run (
  id           INTEGER PRIMARY KEY,
  job          INTEGER NOT NULL REFERENCES job (id),
  status       TEXT NOT NULL,
  source       TEXT NOT NULL DEFAULT '',
  started_at   INTEGER NOT NULL,
  finished_at  INTEGER,
  rows_read    INTEGER NOT NULL DEFAULT 0,
  rows_records INTEGER NOT NULL DEFAULT 0,
  rows_rejected INTEGER NOT NULL DEFAULT 0,
  rows_skipped INTEGER NOT NULL DEFAULT 0,
  rows_twins   INTEGER NOT NULL DEFAULT 0,
  rows_scope   INTEGER NOT NULL DEFAULT 0,
  rows_lines   INTEGER NOT NULL DEFAULT 0,
  rows_backlog INTEGER NOT NULL DEFAULT 0,
  unchanged    INTEGER NOT NULL DEFAULT 0,
  created      INTEGER NOT NULL DEFAULT 0,
  updated      INTEGER NOT NULL DEFAULT 0,
  merged       INTEGER NOT NULL DEFAULT 0,
  written_back INTEGER NOT NULL DEFAULT 0,
  deleted      INTEGER NOT NULL DEFAULT 0,
  held         INTEGER NOT NULL DEFAULT 0,
  rejected     INTEGER NOT NULL DEFAULT 0,
  waiting      INTEGER NOT NULL DEFAULT 0,
  in_doubt     INTEGER NOT NULL DEFAULT 0,
  failed       INTEGER NOT NULL DEFAULT 0,
  out_of_scope INTEGER NOT NULL DEFAULT 0,
  absent       INTEGER NOT NULL DEFAULT 0,
  requests     INTEGER NOT NULL DEFAULT 0,
  writes       INTEGER NOT NULL DEFAULT 0,
  new_holds    INTEGER NOT NULL DEFAULT 0,
  new_rejects  INTEGER NOT NULL DEFAULT 0,
  warnings     INTEGER NOT NULL DEFAULT 0,
  error        TEXT,
  found        INTEGER NOT NULL DEFAULT 0   -- the source was read, the guards passed
) STRICT;
CREATE INDEX run_job ON run (job, id);

-- Paths of files, once each.
CREATE TABLE origin_file (
  id   INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE
) STRICT;

-- Settled pairs, appended in the order they come.
CREATE TABLE link (
  id          INTEGER PRIMARY KEY,
  target      INTEGER NOT NULL REFERENCES target (id),
  job         INTEGER NOT NULL REFERENCES job (id),
  uid         TEXT NOT NULL,
  key         TEXT,                 -- NULL = spelled like uid
  crm_id      INTEGER NOT NULL,
  title       TEXT NOT NULL,
  inn         TEXT,
  base        TEXT NOT NULL,        -- JSON, field → text or null
  crm_base    TEXT,                 -- JSON, only fields where the CRM differs; NULL = none
  file        INTEGER REFERENCES origin_file (id),
  line        INTEGER NOT NULL DEFAULT 0,
  last_line   INTEGER NOT NULL DEFAULT 0,
  gone        INTEGER NOT NULL DEFAULT 0,
  settled_run INTEGER,
  settled_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX link_uid ON link (uid);
CREATE INDEX link_inn ON link (inn) WHERE inn IS NOT NULL;
CREATE UNIQUE INDEX link_crm_id ON link (target, crm_id) WHERE crm_id > 0;

-- The narrow memory of every link: read whole at the start of a run. uid is the
-- hash of the uid as the CRM's collation sees it.
CREATE TABLE fingerprint (
  link   INTEGER PRIMARY KEY REFERENCES link (id) ON DELETE CASCADE,
  job    INTEGER NOT NULL,
  target INTEGER NOT NULL,
  uid    BLOB NOT NULL CHECK (length(uid) = 16),
  source BLOB NOT NULL CHECK (length(source) = 16)
) STRICT;
CREATE UNIQUE INDEX fingerprint_uid ON fingerprint (target, uid);

-- Hashes of raw rows whose records are settled: runs of (16 bytes, link), by
-- ranges of link ids.
CREATE TABLE row_chunk (
  job    INTEGER NOT NULL REFERENCES job (id),
  n      INTEGER NOT NULL,
  digest BLOB NOT NULL,
  data   BLOB NOT NULL,
  PRIMARY KEY (job, n)
) STRICT;

-- Writes that are on their way or in doubt. An op that ended moves to audit.
CREATE TABLE op (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  target     INTEGER NOT NULL REFERENCES target (id),
  job        INTEGER NOT NULL REFERENCES job (id),
  run        INTEGER NOT NULL,
  batch      INTEGER NOT NULL,
  pos        INTEGER NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('add', 'update', 'link', 'delete')),
  status     TEXT NOT NULL CHECK (status IN ('sent', 'in_doubt')),
  uid        TEXT NOT NULL,
  folded     BLOB NOT NULL,
  key        TEXT NOT NULL,
  title      TEXT NOT NULL,
  crm_id     INTEGER NOT NULL,
  file       INTEGER REFERENCES origin_file (id),
  line       INTEGER NOT NULL,
  last_line  INTEGER NOT NULL,
  changes    TEXT,
  base       TEXT,
  source     BLOB NOT NULL,
  row        BLOB NOT NULL,
  sent_at    INTEGER NOT NULL,
  above_clid INTEGER NOT NULL,
  attempt    INTEGER NOT NULL,
  solo       INTEGER NOT NULL,
  claimed    INTEGER NOT NULL,
  code       TEXT NOT NULL DEFAULT '',
  text       TEXT NOT NULL DEFAULT ''
) STRICT;
-- Never two open writes for one uid.
CREATE UNIQUE INDEX op_one_open ON op (target, folded) WHERE status IN ('sent', 'in_doubt');
CREATE INDEX op_uid ON op (job, uid);

-- What was done, appended only.
CREATE TABLE audit (
  id      INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  job     INTEGER NOT NULL REFERENCES job (id),
  run     INTEGER NOT NULL,
  kind    TEXT NOT NULL,           -- add, update, link, delete; settle: bases moved without a write
  status  TEXT NOT NULL,           -- confirmed, failed, superseded
  uid     TEXT NOT NULL,
  crm_id  INTEGER NOT NULL,
  changes TEXT,                    -- JSON; NULL for adds: every field was new
  op      INTEGER,
  batch   INTEGER,
  pos     INTEGER,
  sent_at INTEGER,
  attempt INTEGER,
  solo    INTEGER,
  code    TEXT,
  text    TEXT
) STRICT;
CREATE INDEX audit_uid ON audit (uid);
CREATE INDEX audit_run ON audit (run);
CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'audit is append only'); END;

-- Adds proven not to have happened, since the record was last confirmed.
CREATE TABLE attempt (
  job INTEGER NOT NULL REFERENCES job (id),
  uid TEXT NOT NULL,
  n   INTEGER NOT NULL,
  PRIMARY KEY (job, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE hold (
  id         INTEGER PRIMARY KEY,
  job        INTEGER NOT NULL REFERENCES job (id),
  uid        TEXT NOT NULL,
  key        TEXT NOT NULL,
  title      TEXT NOT NULL,
  reason     TEXT NOT NULL,
  crm_id     INTEGER NOT NULL,
  file       TEXT NOT NULL,
  line       INTEGER NOT NULL,
  last_line  INTEGER NOT NULL,
  other_file TEXT,
  other_line INTEGER,
  other_last_line INTEGER,
  other_owner TEXT NOT NULL,
  fields     TEXT,
  source     BLOB NOT NULL,
  sticky     INTEGER NOT NULL,
  first_run  INTEGER NOT NULL,
  last_run   INTEGER NOT NULL,
  runs_seen  INTEGER NOT NULL DEFAULT 1,
  opened_at  INTEGER NOT NULL,
  closed_at  INTEGER,
  closed_run INTEGER
) STRICT;
CREATE UNIQUE INDEX hold_open ON hold (job, uid) WHERE closed_at IS NULL;

CREATE TABLE reject (
  id        INTEGER PRIMARY KEY,
  job       INTEGER NOT NULL REFERENCES job (id),
  file      TEXT NOT NULL,
  line      INTEGER NOT NULL,
  last_line INTEGER NOT NULL,
  uid       TEXT NOT NULL,
  key       TEXT NOT NULL,
  column_name TEXT NOT NULL,
  field     TEXT NOT NULL,
  code      TEXT NOT NULL,
  rule      TEXT NOT NULL,
  value     TEXT NOT NULL,
  row       BLOB NOT NULL,
  warning   INTEGER NOT NULL,
  refused   INTEGER NOT NULL,
  source    BLOB NOT NULL,
  first_run INTEGER NOT NULL,
  last_run  INTEGER NOT NULL,
  runs_seen INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX reject_job ON reject (job);
CREATE UNIQUE INDEX reject_refused ON reject (job, uid) WHERE refused = 1;

CREATE TABLE choice (
  id       INTEGER PRIMARY KEY,
  job      INTEGER NOT NULL REFERENCES job (id),
  uid      TEXT NOT NULL,
  field    TEXT NOT NULL,
  take     TEXT NOT NULL,
  value    TEXT,
  crm_id   INTEGER NOT NULL,
  made_at  INTEGER NOT NULL,
  ended_at INTEGER,
  used_run INTEGER                 -- NULL with ended_at: replaced by a later choice
) STRICT;
CREATE UNIQUE INDEX choice_open ON choice (job, uid, field) WHERE ended_at IS NULL;

CREATE TABLE halt (
  id         INTEGER PRIMARY KEY,
  job        INTEGER NOT NULL REFERENCES job (id),
  run        INTEGER NOT NULL,
  guard      TEXT NOT NULL,
  found      INTEGER NOT NULL,
  limit_     INTEGER NOT NULL,
  of_        INTEGER NOT NULL DEFAULT 0,  -- what limit_ is a share of, or what was there before
  detail     TEXT NOT NULL,
  at         INTEGER NOT NULL,
  resumed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX halt_open ON halt (job, guard) WHERE resumed_at IS NULL;

CREATE TABLE allowance (
  id       INTEGER PRIMARY KEY,
  job      INTEGER NOT NULL REFERENCES job (id),
  guard    TEXT NOT NULL,
  value    INTEGER NOT NULL,
  given_at INTEGER NOT NULL,
  ended_at INTEGER,
  used_run INTEGER
) STRICT;
CREATE UNIQUE INDEX allowance_open ON allowance (job, guard) WHERE ended_at IS NULL;

-- Files that are read once each.
CREATE TABLE source_file (
  id       INTEGER PRIMARY KEY,
  job      INTEGER NOT NULL REFERENCES job (id),
  path     TEXT NOT NULL,
  size     INTEGER NOT NULL,
  mod_time INTEGER NOT NULL,
  hash     BLOB NOT NULL,
  run      INTEGER NOT NULL,
  read_at  INTEGER NOT NULL,
  UNIQUE (job, path, hash)
) STRICT;

-- The last record of every row that is not settled.
CREATE TABLE backlog (
  job       INTEGER NOT NULL REFERENCES job (id),
  uid       TEXT NOT NULL,
  key       TEXT NOT NULL,
  crm_id    INTEGER NOT NULL,
  deleted   INTEGER NOT NULL,
  file      TEXT NOT NULL,
  line      INTEGER NOT NULL,
  last_line INTEGER NOT NULL,
  fields    TEXT NOT NULL,         -- JSON, field → text or null
  PRIMARY KEY (job, uid)
) STRICT;

-- The index of the CRM's clients. Lists are joined with line feeds.
CREATE TABLE mirror (
  target INTEGER NOT NULL REFERENCES target (id),
  clid   INTEGER NOT NULL,
  uid    TEXT NOT NULL,
  inn    TEXT NOT NULL,
  kpp    TEXT NOT NULL,
  phones TEXT NOT NULL,
  mails  TEXT NOT NULL,
  title  TEXT NOT NULL,
  trash  INTEGER NOT NULL,
  PRIMARY KEY (target, clid)
) STRICT, WITHOUT ROWID;
