-- What the service needs that runs unattended: what it will do next and what it
-- was asked to do, what it told to whom, how the upkeep went.

-- When the newest file that was read was written, or the query was read.
ALTER TABLE run ADD COLUMN source_time INTEGER;

-- Each run looks for those that were killed; to read a history for that takes long.
CREATE INDEX run_running ON run (job) WHERE status = 'running';

-- Jobs that people asked to run early, by name: one that never ran has no row in job.
CREATE TABLE run_request (
  job TEXT PRIMARY KEY,
  at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The timetable, as of the service's last word.
CREATE TABLE planned (
  job      TEXT PRIMARY KEY,
  schedule TEXT NOT NULL,
  next_at  INTEGER,
  skipped  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- The service that works on this state, or did last.
CREATE TABLE service (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  pid        INTEGER NOT NULL,
  version    TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  stopped_at INTEGER,
  listening  TEXT,    -- the address of health and metrics
  reloaded_at INTEGER, -- when it last answered a reload
  refused    TEXT     -- why it refused that
) STRICT;

-- What was told to whom. One stands until what it tells of is over.
CREATE TABLE notice (
  id       INTEGER PRIMARY KEY,
  channel  TEXT NOT NULL,
  job      TEXT NOT NULL,
  occasion TEXT NOT NULL,
  cause    TEXT NOT NULL,
  since    INTEGER NOT NULL,
  told_at  INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX notice_open ON notice (channel, job, occasion, cause) WHERE ended_at IS NULL;

-- at is the last attempt, ok_at the last success, error of the last attempt.
ALTER TABLE upkeep ADD COLUMN ok_at INTEGER;
ALTER TABLE upkeep ADD COLUMN error TEXT;
ALTER TABLE upkeep ADD COLUMN detail TEXT NOT NULL DEFAULT '';
ALTER TABLE upkeep ADD COLUMN bytes INTEGER;
UPDATE upkeep SET ok_at = at;

-- A state that moved to another server: no run works on it any more.
CREATE TABLE retired (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  at   INTEGER NOT NULL,
  copy TEXT NOT NULL
) STRICT;

DROP VIEW v_runs;
CREATE VIEW v_runs AS
SELECT r.id AS run, j.name AS job, r.status,
       datetime(r.started_at / 1000, 'unixepoch') AS started,
       datetime(r.finished_at / 1000, 'unixepoch') AS finished,
       round((r.finished_at - r.started_at) / 1000.0, 1) AS seconds,
       r.source, r.rows_read, r.rows_records, r.rows_rejected, r.rows_skipped, r.rows_twins,
       r.rows_scope, r.rows_lines, r.rows_backlog,
       r.unchanged, r.created, r.updated, r.merged, r.written_back, r.deleted, r.held, r.rejected,
       r.waiting, r.in_doubt, r.failed, r.out_of_scope, r.absent,
       r.requests, r.writes, r.new_holds, r.new_rejects, r.warnings, r.error,
       datetime(r.source_time / 1000, 'unixepoch') AS source_time
  FROM run r JOIN job j ON j.id = r.job;

-- A job that was pointed at another CRM has two rows; the timetable is that of the
-- one that ran last.
DROP VIEW v_jobs;
CREATE VIEW v_jobs AS
SELECT j.name AS job, t.crm, t.entity, nullif(p.schedule, '') AS schedule,
       l.id AS last_run, l.status AS last_status,
       (SELECT datetime(r.finished_at / 1000, 'unixepoch') FROM run r
         WHERE r.job = j.id AND r.status IN ('done', 'partial') ORDER BY r.id DESC LIMIT 1) AS last_success,
       datetime(p.next_at / 1000, 'unixepoch') AS next_run,
       j.links,
       (SELECT count(*) FROM hold h WHERE h.job = j.id AND h.closed_at IS NULL) AS held,
       (SELECT count(*) FROM reject r WHERE r.job = j.id AND r.warning = 0) AS rejected,
       (SELECT count(*) FROM op o WHERE o.job = j.id) AS open_ops,
       (SELECT count(*) FROM backlog b WHERE b.job = j.id) AS backlog,
       (SELECT group_concat(h.guard, ', ') FROM halt h WHERE h.job = j.id AND h.resumed_at IS NULL) AS halted,
       (SELECT count(*) FROM offer o WHERE o.job = j.id AND o.ended_at IS NULL) AS pending,
       nullif(j.cursor, '') AS cursor,
       datetime(t.full_at / 1000, 'unixepoch') AS last_full_scan,
       p.skipped,
       (SELECT datetime(r.source_time / 1000, 'unixepoch') FROM run r
         WHERE r.job = j.id AND r.status IN ('done', 'partial') AND r.source_time IS NOT NULL
         ORDER BY r.id DESC LIMIT 1) AS source_time,
       datetime(l.started_at / 1000, 'unixepoch') AS last_started,
       (SELECT datetime(min(o.sent_at) / 1000, 'unixepoch') FROM op o WHERE o.job = j.id) AS oldest_op,
       (SELECT datetime(min(o.offered_at) / 1000, 'unixepoch') FROM offer o
         WHERE o.job = j.id AND o.ended_at IS NULL) AS oldest_pending,
       (SELECT datetime(min(h.opened_at) / 1000, 'unixepoch') FROM hold h
         WHERE h.job = j.id AND h.closed_at IS NULL) AS oldest_hold,
       (SELECT count(*) FROM reject r WHERE r.job = j.id AND r.warning = 1) AS warnings
  FROM job j JOIN target t ON t.id = j.target
  LEFT JOIN run l ON l.id = (SELECT max(r.id) FROM run r WHERE r.job = j.id)
  LEFT JOIN planned p ON p.job = j.name AND NOT EXISTS (
       SELECT 1 FROM job k WHERE k.name = j.name
          AND coalesce((SELECT max(r.id) FROM run r WHERE r.job = k.id), 0) > coalesce(l.id, 0));

CREATE VIEW v_planned AS
SELECT p.job, nullif(p.schedule, '') AS schedule, datetime(p.next_at / 1000, 'unixepoch') AS next_run, p.skipped,
       datetime(q.at / 1000, 'unixepoch') AS asked
  FROM planned p LEFT JOIN run_request q ON q.job = p.job
UNION ALL
SELECT q.job, NULL, NULL, NULL, datetime(q.at / 1000, 'unixepoch')
  FROM run_request q
 WHERE NOT EXISTS (SELECT 1 FROM planned p WHERE p.job = q.job);

CREATE VIEW v_service AS
SELECT s.pid, s.version, datetime(s.started_at / 1000, 'unixepoch') AS started,
       datetime(s.seen_at / 1000, 'unixepoch') AS seen, datetime(s.stopped_at / 1000, 'unixepoch') AS stopped,
       s.listening, datetime(s.reloaded_at / 1000, 'unixepoch') AS reloaded, s.refused
  FROM service s;

CREATE VIEW v_notices AS
SELECT n.channel, nullif(n.job, '') AS job, n.occasion, n.cause,
       datetime(n.since / 1000, 'unixepoch') AS since, datetime(n.told_at / 1000, 'unixepoch') AS told,
       datetime(n.ended_at / 1000, 'unixepoch') AS ended, n.ended_at IS NULL AS standing
  FROM notice n;

CREATE VIEW v_upkeep AS
SELECT u.task, datetime(u.at / 1000, 'unixepoch') AS at, datetime(u.ok_at / 1000, 'unixepoch') AS last_success,
       u.error IS NULL AS ok, u.error, nullif(u.detail, '') AS detail, u.bytes
  FROM upkeep u;

-- What people decided, and what became of it.
CREATE VIEW v_choices AS
SELECT j.name AS job, c.uid, nullif(c.field, '') AS field, c.take, c.value, nullif(c.crm_id, 0) AS crm_id,
       datetime(c.made_at / 1000, 'unixepoch') AS made, datetime(c.ended_at / 1000, 'unixepoch') AS ended,
       c.used_run AS run,
       CASE WHEN c.ended_at IS NULL THEN 'stands' WHEN c.used_run IS NULL THEN 'replaced' ELSE 'carried-out' END AS state
  FROM choice c JOIN job j ON j.id = c.job;

CREATE VIEW v_state AS
SELECT c.page_count * s.page_size AS bytes, f.freelist_count * s.page_size AS free_bytes,
       v.user_version AS schema,
       (SELECT datetime(at / 1000, 'unixepoch') FROM retired) AS retired,
       (SELECT copy FROM retired) AS moved_to
  FROM pragma_page_count c, pragma_page_size s, pragma_freelist_count f, pragma_user_version v;
