-- The public views. Their columns are documented in docs/state.md and only grow.
-- Times are UTC texts, 'YYYY-MM-DD HH:MM:SS'.

CREATE VIEW v_runs AS
SELECT r.id AS run, j.name AS job, r.status,
       datetime(r.started_at / 1000, 'unixepoch') AS started,
       datetime(r.finished_at / 1000, 'unixepoch') AS finished,
       round((r.finished_at - r.started_at) / 1000.0, 1) AS seconds,
       r.source, r.rows_read, r.rows_records, r.rows_rejected, r.rows_skipped, r.rows_twins,
       r.rows_scope, r.rows_lines, r.rows_backlog,
       r.unchanged, r.created, r.updated, r.merged, r.written_back, r.deleted, r.held, r.rejected,
       r.waiting, r.in_doubt, r.failed, r.out_of_scope, r.absent,
       r.requests, r.writes, r.new_holds, r.new_rejects, r.warnings, r.error
  FROM run r JOIN job j ON j.id = r.job;

CREATE VIEW v_holds AS
SELECT j.name AS job, h.uid, h.key, h.title, h.reason, nullif(h.crm_id, 0) AS crm_id,
       h.file, nullif(h.line, 0) AS line, h.other_file, h.other_line,
       nullif(h.other_owner, '') AS other_owner,
       (SELECT group_concat(f.value ->> '$.field', ', ') FROM json_each(h.fields) f) AS fields,
       h.sticky, h.first_run, h.last_run, h.runs_seen,
       datetime(h.opened_at / 1000, 'unixepoch') AS since,
       (SELECT c.take FROM choice c WHERE c.job = h.job AND c.uid = h.uid AND c.ended_at IS NULL
         ORDER BY c.id DESC LIMIT 1) AS chosen
  FROM hold h JOIN job j ON j.id = h.job
 WHERE h.closed_at IS NULL;

CREATE VIEW v_conflicts AS
SELECT j.name AS job, h.uid, h.key, h.title, nullif(h.crm_id, 0) AS crm_id,
       f.value ->> '$.field' AS field, f.value ->> '$.base' AS base,
       f.value ->> '$.source' AS source, f.value ->> '$.crm' AS crm,
       h.first_run, h.last_run, h.runs_seen,
       datetime(h.opened_at / 1000, 'unixepoch') AS since
  FROM hold h JOIN job j ON j.id = h.job, json_each(h.fields) f
 WHERE h.closed_at IS NULL AND h.reason = 'conflict';

CREATE VIEW v_rejects AS
SELECT j.name AS job, r.file, nullif(r.line, 0) AS line, nullif(r.last_line, 0) AS last_line,
       nullif(r.key, '') AS key, nullif(r.uid, '') AS uid,
       nullif(r.column_name, '') AS "column", nullif(r.field, '') AS field, r.code, r.rule, r.value,
       CASE WHEN r.refused = 1 THEN 'refused' WHEN r.warning = 1 THEN 'warning' ELSE 'rejected' END AS kind,
       r.first_run, r.last_run, r.runs_seen
  FROM reject r JOIN job j ON j.id = r.job;

CREATE VIEW v_changes AS
SELECT a.run, datetime(a.at / 1000, 'unixepoch') AS at, j.name AS job, a.uid,
       nullif(a.crm_id, 0) AS crm_id, 'crm' AS side, a.kind AS op,
       c.value ->> '$.field' AS field, c.value ->> '$.from' AS old, c.value ->> '$.to' AS new,
       coalesce(c.value ->> '$.rule', a.kind) AS rule, c.value ->> '$.lost' AS lost
  FROM audit a JOIN job j ON j.id = a.job, json_each(coalesce(a.changes, '[null]')) c
 WHERE a.status = 'confirmed';

CREATE VIEW v_ops AS
SELECT o.id AS op, j.name AS job, o.run, o.batch, o.pos, o.uid, o.kind, o.status,
       nullif(o.crm_id, 0) AS crm_id, o.attempt, o.solo,
       datetime(o.sent_at / 1000, 'unixepoch') AS sent, NULL AS ended,
       nullif(o.code, '') AS code, nullif(o.text, '') AS text
  FROM op o JOIN job j ON j.id = o.job
UNION ALL
SELECT a.op, j.name, a.run, a.batch, a.pos, a.uid, a.kind, a.status,
       nullif(a.crm_id, 0), a.attempt, a.solo,
       datetime(a.sent_at / 1000, 'unixepoch'), datetime(a.at / 1000, 'unixepoch'), a.code, a.text
  FROM audit a JOIN job j ON j.id = a.job
 WHERE a.op IS NOT NULL;

CREATE VIEW v_halts AS
SELECT j.name AS job, h.guard, h.found, h.limit_ AS "limit", h.detail, h.run,
       datetime(h.at / 1000, 'unixepoch') AS since,
       datetime(h.resumed_at / 1000, 'unixepoch') AS resumed,
       h.resumed_at IS NULL AS standing
  FROM halt h JOIN job j ON j.id = h.job;

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
       (SELECT group_concat(h.guard, ', ') FROM halt h WHERE h.job = j.id AND h.resumed_at IS NULL) AS halted
  FROM job j JOIN target t ON t.id = j.target;

CREATE VIEW v_records AS
SELECT j.name AS job, l.uid, coalesce(l.key, l.uid) AS key, nullif(l.crm_id, 0) AS crm_id, l.title,
       CASE WHEN o.status IS NOT NULL THEN replace(o.status, '_', '-')
            WHEN h.reason IS NOT NULL THEN 'held'
            WHEN r.code IS NOT NULL THEN 'refused'
            WHEN l.gone = 1 THEN 'gone'
            WHEN b.uid IS NOT NULL THEN 'waiting'
            ELSE 'synced' END AS status,
       coalesce(h.reason, r.code, nullif(o.code, '')) AS reason,
       datetime(l.settled_at / 1000, 'unixepoch') AS last_synced,
       coalesce(nullif(o.text, ''), r.rule) AS last_error,
       f.path AS file, nullif(l.line, 0) AS line, l.settled_run AS run
  FROM link l JOIN job j ON j.id = l.job
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
   AND NOT EXISTS (SELECT 1 FROM reject r WHERE r.job = b.job AND r.uid = b.uid AND r.refused = 1);
