-- == dim_profile_history
--  []
DROP TABLE IF EXISTS pg_temp."lode_held";

-- the current versions of the keys of new events, each with the last of these []
CREATE TEMPORARY TABLE "lode_held" AS
SELECT c.*, l.op AS lode_op, l.valid_at AS lode_at, l.event_stream AS lode_stream, l.event_seq AS lode_seq, l."age" AS "lode_new_age", l."income" AS "lode_new_income" FROM "gold"."dim_profile_history" c
JOIN (SELECT "source_id", max(log_seq) AS lode_last FROM "silver"."members_log" WHERE log_seq > 100 AND op <> 'scope' GROUP BY "source_id") n ON n."source_id" = c."source_id"
JOIN "silver"."members_log" l ON l.log_seq = n.lode_last AND l.log_seq > 100
WHERE c.is_current;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_held" ("source_id");\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_touched";

-- the natural keys that new events touch, numbered, and which may go on in order []
CREATE TEMPORARY TABLE "lode_touched" AS
SELECT n.*, row_number() OVER w AS lode_k, count(CASE WHEN n.lode_in_order AND n.lode_once AND n.lode_begins THEN 1 END) OVER w AS lode_nth FROM (
SELECT l."source_id", min(l.valid_at) AS lode_first, count(*) = 1 AS lode_once, bool_or(l.op = 'upsert' AND (CAST(l."age" AS text) IS DISTINCT FROM CAST(c."age" AS text) OR CAST(l."income" AS text) IS DISTINCT FROM CAST(c."income" AS text))) AS lode_begins, max(c."profile_history_key") AS lode_current,
       count(c."profile_history_key") > 0 AND NOT COALESCE(bool_or(c.is_inferred OR l.op NOT IN ('upsert', 'delete')), FALSE) AS lode_in_order
FROM "silver"."members_log" l LEFT JOIN "lode_held" c ON c."source_id" = l."source_id"
WHERE l.log_seq > 100 AND l.op <> 'scope' GROUP BY l."source_id") n
WINDOW w AS (ORDER BY n."source_id" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_touched";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- those of which something later is known do not []
UPDATE "lode_touched" k SET lode_in_order = FALSE FROM "silver"."members_log" l WHERE l."source_id" = k."source_id" AND l.log_seq <= 100 AND l.valid_at >= k.lode_first;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_touched";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- the other versions of the keys that do not []
INSERT INTO "lode_held" ("profile_history_key", "profile_history_durable_key", "source_id", "age", "income", "profile_key", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "created_at", "updated_at", "event_at", "event_stream", "event_seq")
SELECT t."profile_history_key", t."profile_history_durable_key", t."source_id", t."age", t."income", t."profile_key", t."valid_from", t."valid_to", t."is_current", t."version", t."is_inferred", t."is_deleted", t."created_at", t."updated_at", t."event_at", t."event_stream", t."event_seq" FROM "gold"."dim_profile_history" t JOIN "lode_touched" k ON k."source_id" = t."source_id" AND NOT k.lode_in_order WHERE NOT t.is_current;

--  []
DROP TABLE IF EXISTS pg_temp."lode_events";

-- the winning event of each key and instant []
CREATE TEMPORARY TABLE "lode_events" AS
SELECT w."source_id", w.lode_at AS valid_at, w."op", w."observed_at", w."event_stream", w."event_seq", w."age", w."income", w.lode_k, 0 AS lode_base, CAST(NULL AS bigint) AS lode_row, CAST(NULL AS bigint) AS lode_member
FROM (SELECT l.*, l."valid_at" AS lode_at, row_number() OVER (PARTITION BY l."lode_k", l."valid_at" ORDER BY l."source_order" DESC NULLS LAST, CASE l."op" WHEN 'delete' THEN 1 ELSE 0 END DESC, l."observed_at" DESC, l."event_stream" DESC, l."event_seq" DESC, l."event_ordinal" DESC) AS lode_place
      FROM (SELECT l.*, k.lode_k FROM "silver"."members_log" l JOIN "lode_touched" k ON k."source_id" = l."source_id" AND NOT k.lode_in_order WHERE l.op IN ('upsert', 'delete')
UNION ALL SELECT l.*, k.lode_k FROM "silver"."members_log" l JOIN "lode_touched" k ON k."source_id" = l."source_id" AND k.lode_in_order AND NOT k.lode_once AND l.log_seq > 100 WHERE l.op IN ('upsert', 'delete')) l) w
WHERE w.lode_place = 1
UNION ALL SELECT t."source_id", t.event_at, 'upsert', t.event_at, t.event_stream, t.event_seq, t."age", t."income", k.lode_k, t.version - 1, t."profile_history_key", t."profile_history_durable_key" FROM "lode_held" t JOIN "lode_touched" k ON k."source_id" = t."source_id" AND k.lode_in_order AND NOT k.lode_once;

--  []
DROP TABLE IF EXISTS pg_temp."lode_versions";

-- the versions of the touched keys []
CREATE TEMPORARY TABLE "lode_versions" AS
WITH lives AS (
  SELECT e.*, 0 AS lode_life FROM "lode_events" e
), signed AS (
  SELECT l.*, COALESCE(CAST(length(CAST(l."age" AS text)) AS text) || ':' || CAST(l."age" AS text), '~') || COALESCE(CAST(length(CAST(l."income" AS text)) AS text) || ':' || CAST(l."income" AS text), '~') AS lode_sig FROM lives l
), marked AS (
  SELECT e.*, CASE WHEN lag(op) OVER w IS DISTINCT FROM op THEN 1 WHEN op = 'delete' THEN 0 WHEN lode_sig <> lag(lode_sig) OVER w THEN 1 ELSE 0 END AS lode_begins
  FROM signed e WINDOW w AS (PARTITION BY "lode_k" ORDER BY valid_at)
), filled AS (
  SELECT "source_id", op, valid_at, event_stream, event_seq, lode_sig, lode_begins, lode_life, lode_k, lode_base, lode_row, lode_member, "age", "income"
  FROM marked
), bounded AS (
  SELECT f.*, lead(valid_at) OVER w AS lode_ends_at, lead(op) OVER w AS lode_end_op, lead(op, 2) OVER w AS lode_after_op,
         CAST(sum(CASE op WHEN 'upsert' THEN 1 ELSE 0 END + lode_base) OVER w AS bigint) AS version, max(lode_member) OVER w AS lode_durable
  FROM filled f WHERE lode_begins = 1 WINDOW w AS (PARTITION BY "lode_k" ORDER BY valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT "source_id", "age", "income", event_stream, event_seq, lode_life, version, valid_at AS event_at, lode_sig, lode_k, lode_row, lode_durable,
       CASE version WHEN 1 THEN '1900-01-01T00:00:00Z'::timestamptz ELSE valid_at END AS valid_from, COALESCE(lode_ends_at, '9999-12-31T00:00:00Z'::timestamptz) AS valid_to,
       COALESCE(lode_end_op = 'delete' AND lode_after_op IS NULL, FALSE) AS is_deleted
FROM bounded WHERE op = 'upsert';

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_versions" ("source_id", "event_at", "lode_k", "lode_row", "lode_durable");\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- combinations that dim_profiles does not hold yet []
INSERT INTO "gold"."dim_profiles" ("profile_key", "age", "income", "created_at")
SELECT GREATEST(3, (SELECT COALESCE(max("profile_key"), 0) FROM "gold"."dim_profiles" WHERE "profile_key" > 3)) + row_number() OVER (ORDER BY n.lode_sig), n."age", n."income", '2025-06-02T00:00:00Z'::timestamptz
FROM (SELECT DISTINCT ON (lode_sig) x.* FROM (SELECT v.*, COALESCE(CAST(length(CAST(v."age" AS text)) AS text) || ':' || CAST(v."age" AS text), '~') || COALESCE(CAST(length(CAST(v."income" AS text)) AS text) || ':' || CAST(v."income" AS text), '~') AS lode_sig FROM (SELECT DISTINCT * FROM (SELECT v."age", v."income" FROM "lode_versions" v
UNION ALL SELECT "age", "income" FROM (SELECT t.*, k.lode_begins, k.lode_nth FROM "lode_held" t LEFT JOIN "lode_touched" k ON k.lode_current = t."profile_history_key" WHERE k.lode_in_order AND k.lode_once) once
UNION ALL SELECT "lode_new_age", "lode_new_income" FROM (SELECT t.*, k.lode_begins, k.lode_nth FROM "lode_held" t LEFT JOIN "lode_touched" k ON k.lode_current = t."profile_history_key" WHERE k.lode_in_order AND k.lode_once) once WHERE lode_begins) s) v) x ORDER BY lode_sig) n
WHERE NOT EXISTS (SELECT 1 FROM (SELECT min(t."profile_key") AS lode_sk, COALESCE(CAST(length(CAST(t."age" AS text)) AS text) || ':' || CAST(t."age" AS text), '~') || COALESCE(CAST(length(CAST(t."income" AS text)) AS text) || ':' || CAST(t."income" AS text), '~') AS lode_sig FROM "gold"."dim_profiles" t WHERE t."profile_key" > 0 GROUP BY COALESCE(CAST(length(CAST(t."age" AS text)) AS text) || ':' || CAST(t."age" AS text), '~') || COALESCE(CAST(length(CAST(t."income" AS text)) AS text) || ':' || CAST(t."income" AS text), '~')) h WHERE h.lode_sig = n.lode_sig);

--  []
DROP TABLE IF EXISTS pg_temp."lode_matched";

-- which row each version is []
CREATE TEMPORARY TABLE "lode_matched" AS
WITH same AS (SELECT t."profile_history_key" AS lode_sk, v."lode_k", v.event_at, v.lode_life FROM (SELECT h.* FROM "lode_held" h JOIN "lode_touched" k ON k."source_id" = h."source_id" AND NOT (k.lode_in_order AND k.lode_once) WHERE NOT EXISTS (SELECT 1 FROM "lode_versions" r WHERE r.lode_row = h."profile_history_key")) t JOIN (SELECT r.* FROM "lode_versions" r WHERE r.lode_durable IS NULL) v ON t."source_id" = v."source_id"
  WHERE t."profile_history_key" > 0 AND ((t.is_inferred AND v.version = 1) OR (NOT t.is_inferred AND t.event_at = v.event_at))),
left_over AS (SELECT t."profile_history_key" AS lode_sk, t."source_id", t.event_at, COALESCE(CAST(length(CAST(t."age" AS text)) AS text) || ':' || CAST(t."age" AS text), '~') || COALESCE(CAST(length(CAST(t."income" AS text)) AS text) || ':' || CAST(t."income" AS text), '~') AS lode_sig FROM (SELECT h.* FROM "lode_held" h JOIN "lode_touched" k ON k."source_id" = h."source_id" AND NOT (k.lode_in_order AND k.lode_once) WHERE NOT EXISTS (SELECT 1 FROM "lode_versions" r WHERE r.lode_row = h."profile_history_key")) t
  WHERE t."profile_history_key" > 0 AND NOT t.is_inferred AND NOT EXISTS (SELECT 1 FROM same s WHERE s.lode_sk = t."profile_history_key")),
held_rest AS (SELECT h.*, row_number() OVER (PARTITION BY h."source_id", h.lode_sig ORDER BY h.event_at) AS lode_n FROM left_over h),
new_rest AS (SELECT v.*, row_number() OVER (PARTITION BY v."source_id", v.lode_sig ORDER BY v.event_at) AS lode_n FROM (SELECT r.* FROM "lode_versions" r WHERE r.lode_durable IS NULL) v
  JOIN (SELECT DISTINCT "source_id" FROM left_over) h ON h."source_id" = v."source_id"
  WHERE NOT EXISTS (SELECT 1 FROM same s WHERE s."lode_k" = v."lode_k" AND s.event_at = v.event_at)),
found AS (SELECT * FROM same
  UNION ALL SELECT h.lode_sk, v."lode_k", v.event_at, v.lode_life FROM held_rest h JOIN new_rest v ON h."source_id" = v."source_id" AND h.lode_sig = v.lode_sig AND h.lode_n = v.lode_n)
SELECT * FROM found
UNION ALL SELECT 7 + (SELECT COALESCE(max(lode_nth), 0) FROM "lode_touched") + row_number() OVER (ORDER BY v."lode_k", v.event_at), v."lode_k", v.event_at, v.lode_life FROM "lode_versions" v
WHERE v.lode_row IS NULL AND NOT EXISTS (SELECT 1 FROM found f WHERE f."lode_k" = v."lode_k" AND f.event_at = v.event_at);

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_matched";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_fresh";

-- the rows that the touched keys should have []
CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT v.lode_own AS "profile_history_key", v.lode_durable AS "profile_history_durable_key",
       v."source_id", v."age", v."income", v.valid_from, v.valid_to, (v.valid_to = '9999-12-31T00:00:00Z'::timestamptz) AS is_current,
       v.version, FALSE AS is_inferred, v.is_deleted, v.event_at, v.event_stream, v.event_seq, o0.lode_sk AS "profile_key"
FROM (SELECT v."source_id", v."age", v."income", v."valid_from", v."valid_to", v."version", v."is_deleted", v."event_at", v."event_stream", v."event_seq", COALESCE(v.lode_row, x.lode_sk) AS lode_own, COALESCE(v.lode_durable, h.lode_durable, g.lode_first) AS lode_durable FROM "lode_versions" v
LEFT JOIN "lode_matched" x ON x."lode_k" = v."lode_k" AND x.event_at = v.event_at
LEFT JOIN (SELECT "lode_k", min(lode_sk) AS lode_first FROM "lode_matched" GROUP BY "lode_k") g ON g."lode_k" = v."lode_k"
LEFT JOIN (SELECT t."source_id", min(t."profile_history_durable_key") AS lode_durable FROM (SELECT h.* FROM "lode_held" h JOIN "lode_touched" k ON k."source_id" = h."source_id" AND NOT (k.lode_in_order AND k.lode_once) WHERE NOT EXISTS (SELECT 1 FROM "lode_versions" r WHERE r.lode_row = h."profile_history_key")) t WHERE t."profile_history_key" > 0 GROUP BY t."source_id") h ON h."source_id" = v."source_id"
UNION ALL SELECT "source_id", "age", "income", "valid_from", CASE WHEN (lode_begins OR lode_op = 'delete') THEN lode_at ELSE "valid_to" END, "version", lode_op = 'delete', "event_at", "event_stream", "event_seq", "profile_history_key", "profile_history_durable_key" FROM (SELECT t.*, k.lode_begins, k.lode_nth FROM "lode_held" t LEFT JOIN "lode_touched" k ON k.lode_current = t."profile_history_key" WHERE k.lode_in_order AND k.lode_once) once
UNION ALL SELECT "source_id", "lode_new_age", "lode_new_income", lode_at, '9999-12-31T00:00:00Z'::timestamptz, version + 1, FALSE, lode_at, lode_stream, lode_seq, 7 + lode_nth, "profile_history_durable_key" FROM (SELECT t.*, k.lode_begins, k.lode_nth FROM "lode_held" t LEFT JOIN "lode_touched" k ON k.lode_current = t."profile_history_key" WHERE k.lode_in_order AND k.lode_once) once WHERE lode_begins) v
LEFT JOIN (SELECT min(t."profile_key") AS lode_sk, COALESCE(CAST(length(CAST(t."age" AS text)) AS text) || ':' || CAST(t."age" AS text), '~') || COALESCE(CAST(length(CAST(t."income" AS text)) AS text) || ':' || CAST(t."income" AS text), '~') AS lode_sig FROM "gold"."dim_profiles" t WHERE t."profile_key" > 0 GROUP BY COALESCE(CAST(length(CAST(t."age" AS text)) AS text) || ':' || CAST(t."age" AS text), '~') || COALESCE(CAST(length(CAST(t."income" AS text)) AS text) || ':' || CAST(t."income" AS text), '~')) o0 ON o0.lode_sig = COALESCE(CAST(length(CAST(v."age" AS text)) AS text) || ':' || CAST(v."age" AS text), '~') || COALESCE(CAST(length(CAST(v."income" AS text)) AS text) || ':' || CAST(v."income" AS text), '~');

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_fresh" ("source_id", "profile_history_key");\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- members of which no event is known stay []
INSERT INTO "lode_fresh" ("profile_history_key", "profile_history_durable_key", "source_id", "age", "income", "profile_key", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq")
SELECT t."profile_history_key", t."profile_history_durable_key", t."source_id", t."age", t."income", t."profile_key", t."valid_from", t."valid_to", t."is_current", t."version", t."is_inferred", t."is_deleted", t."event_at", t."event_stream", t."event_seq" FROM "lode_held" t
WHERE t."profile_history_key" < 0 OR (t.is_inferred AND NOT EXISTS (SELECT 1 FROM "lode_versions" v WHERE v."source_id" = t."source_id"));

--  []
DROP TABLE IF EXISTS pg_temp."lode_delta";

-- what differs from gold.dim_profile_history []
CREATE TEMPORARY TABLE "lode_delta" AS
SELECT COALESCE(f."profile_history_key", t."profile_history_key") AS "profile_history_key",
       CASE WHEN t."profile_history_key" IS NULL THEN 'insert' WHEN f."profile_history_key" IS NULL THEN 'delete' WHEN (t.is_current OR NOT f.is_current) AND NOT (f."profile_history_durable_key" IS DISTINCT FROM t."profile_history_durable_key" OR f."source_id" IS DISTINCT FROM t."source_id" OR f."age" IS DISTINCT FROM t."age" OR f."income" IS DISTINCT FROM t."income" OR f."profile_key" IS DISTINCT FROM t."profile_key" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."is_inferred" IS DISTINCT FROM t."is_inferred" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."event_at" IS DISTINCT FROM t."event_at" OR f."event_stream" IS DISTINCT FROM t."event_stream" OR f."event_seq" IS DISTINCT FROM t."event_seq") THEN 'amend' ELSE 'update' END AS lode_change,
       COALESCE(t."created_at", '2025-06-02T00:00:00Z'::timestamptz) AS lode_created_at,
       t."profile_history_key" IS NOT NULL AND (f."profile_history_key" IS NULL OR f."profile_history_durable_key" IS DISTINCT FROM t."profile_history_durable_key" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."valid_to" IS DISTINCT FROM t."valid_to" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."is_current" IS DISTINCT FROM t."is_current" OR f."profile_key" IS DISTINCT FROM t."profile_key") AS lode_watched
FROM "lode_fresh" f FULL JOIN "lode_held" t ON f."profile_history_key" = t."profile_history_key"
WHERE t."profile_history_key" IS NULL OR f."profile_history_key" IS NULL OR f."profile_history_durable_key" IS DISTINCT FROM t."profile_history_durable_key" OR f."source_id" IS DISTINCT FROM t."source_id" OR f."age" IS DISTINCT FROM t."age" OR f."income" IS DISTINCT FROM t."income" OR f."profile_key" IS DISTINCT FROM t."profile_key" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."valid_to" IS DISTINCT FROM t."valid_to" OR f."is_current" IS DISTINCT FROM t."is_current" OR f."version" IS DISTINCT FROM t."version" OR f."is_inferred" IS DISTINCT FROM t."is_inferred" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."event_at" IS DISTINCT FROM t."event_at" OR f."event_stream" IS DISTINCT FROM t."event_stream" OR f."event_seq" IS DISTINCT FROM t."event_seq";

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_delta" ("profile_history_key", "lode_change");\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- take the changed and vanished rows out [removed]
DELETE FROM "gold"."dim_profile_history" t USING (SELECT * FROM "lode_delta" WHERE lode_change IN ('update', 'delete')) c WHERE c."profile_history_key" = t."profile_history_key";

-- update the rows that need no more [amended]
UPDATE "gold"."dim_profile_history" t SET "valid_to" = f."valid_to", "is_current" = f."is_current", "version" = f."version", "updated_at" = '2025-06-02T00:00:00Z'::timestamptz
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('amend')) c ON c."profile_history_key" = f."profile_history_key"
WHERE c."profile_history_key" = t."profile_history_key";

-- write the inserted rows [inserted]
INSERT INTO "gold"."dim_profile_history" ("profile_history_key", "profile_history_durable_key", "source_id", "age", "income", "profile_key", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."profile_history_key", f."profile_history_durable_key", f."source_id", f."age", f."income", f."profile_key", f."valid_from", f."valid_to", f."is_current", f."version", f."is_inferred", f."is_deleted", f."event_at", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::timestamptz
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('insert')) c ON c."profile_history_key" = f."profile_history_key";

-- write the updated rows [updated]
INSERT INTO "gold"."dim_profile_history" ("profile_history_key", "profile_history_durable_key", "source_id", "age", "income", "profile_key", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."profile_history_key", f."profile_history_durable_key", f."source_id", f."age", f."income", f."profile_key", f."valid_from", f."valid_to", f."is_current", f."version", f."is_inferred", f."is_deleted", f."event_at", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::timestamptz
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('update')) c ON c."profile_history_key" = f."profile_history_key";

-- == what moves with it
--  []
DROP TABLE IF EXISTS pg_temp."lode_moved";

-- versions that move or vanish []
CREATE TEMPORARY TABLE "lode_moved" AS
SELECT "profile_history_key" FROM "lode_delta" WHERE lode_watched;

-- and those in a gap behind which another will begin []
INSERT INTO "lode_moved" SELECT p."profile_history_key" FROM "lode_delta" c JOIN "lode_fresh" f ON f."profile_history_key" = c."profile_history_key"
JOIN "lode_held" p ON p."source_id" = f."source_id" AND p.valid_to <= f.valid_from
WHERE NOT EXISTS (SELECT 1 FROM "lode_held" q WHERE q."source_id" = f."source_id" AND p.valid_from < q.valid_from AND q.valid_from <= f.valid_from)
EXCEPT SELECT "profile_history_key" FROM "lode_moved";

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_moved";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_moved_facts_0";

-- the facts of fact_visits whose version moved []
CREATE TEMPORARY TABLE "lode_moved_facts_0" AS
SELECT s."source_id" FROM "silver"."visits" s JOIN (SELECT "source_id" FROM "gold"."fact_visits" WHERE "profile_key" IN (SELECT h."profile_key" FROM "gold"."dim_profile_history" h JOIN "lode_moved" x ON x."profile_history_key" = h."profile_history_key") OR "profile_key" IN (-1, -3)) k ON k."source_id" = s."source_id" JOIN (SELECT h."source_id" FROM "gold"."dim_profile_history" h JOIN "lode_moved" x ON x."profile_history_key" = h."profile_history_key" UNION SELECT h."source_id" FROM "lode_fresh" h) v ON v."source_id" = s."member_id" WHERE NOT s.is_deleted;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_moved_facts_0";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- == the current profile of members
-- these point there now []
UPDATE "gold"."dim_members" t SET "current_profile_key" = x.lode_points FROM "lode_repointed" x WHERE x."member_key" = t."member_key";

-- == dim_members
--  []
DROP TABLE IF EXISTS pg_temp."lode_held";

-- the current versions of the keys of new events, each with the last of these []
CREATE TEMPORARY TABLE "lode_held" AS
SELECT c.*, l.op AS lode_op, l.valid_at AS lode_at, l.event_stream AS lode_stream, l.event_seq AS lode_seq, l."town" AS "lode_new_town" FROM "gold"."dim_members" c
JOIN (SELECT "source_id", max(log_seq) AS lode_last FROM "silver"."members_log" WHERE log_seq > 100 AND op <> 'scope' GROUP BY "source_id") n ON n."source_id" = c."source_id"
JOIN "silver"."members_log" l ON l.log_seq = n.lode_last AND l.log_seq > 100
WHERE c.is_current;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_held" ("source_id");\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_touched";

-- the natural keys that new events touch, numbered, and which may go on in order []
CREATE TEMPORARY TABLE "lode_touched" AS
SELECT n.*, row_number() OVER w AS lode_k, count(CASE WHEN n.lode_in_order AND n.lode_once AND n.lode_begins THEN 1 END) OVER w AS lode_nth FROM (
SELECT l."source_id", min(l.valid_at) AS lode_first, count(*) = 1 AS lode_once, bool_or(l.op = 'upsert' AND (CAST(l."town" AS text) IS DISTINCT FROM CAST(c."town" AS text))) AS lode_begins, max(c."member_key") AS lode_current,
       count(c."member_key") > 0 AND NOT COALESCE(bool_or(c.is_inferred OR l.op NOT IN ('upsert', 'delete')), FALSE) AS lode_in_order
FROM "silver"."members_log" l LEFT JOIN "lode_held" c ON c."source_id" = l."source_id"
WHERE l.log_seq > 100 AND l.op <> 'scope' GROUP BY l."source_id") n
WINDOW w AS (ORDER BY n."source_id" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_touched";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- those of which something later is known do not []
UPDATE "lode_touched" k SET lode_in_order = FALSE FROM "silver"."members_log" l WHERE l."source_id" = k."source_id" AND l.log_seq <= 100 AND l.valid_at >= k.lode_first;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_touched";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- the other versions of the keys that do not []
INSERT INTO "lode_held" ("member_key", "member_durable_key", "source_id", "town", "current_profile_key", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "created_at", "updated_at", "event_at", "event_stream", "event_seq")
SELECT t."member_key", t."member_durable_key", t."source_id", t."town", t."current_profile_key", t."valid_from", t."valid_to", t."is_current", t."version", t."is_inferred", t."is_deleted", t."created_at", t."updated_at", t."event_at", t."event_stream", t."event_seq" FROM "gold"."dim_members" t JOIN "lode_touched" k ON k."source_id" = t."source_id" AND NOT k.lode_in_order WHERE NOT t.is_current;

--  []
DROP TABLE IF EXISTS pg_temp."lode_events";

-- the winning event of each key and instant []
CREATE TEMPORARY TABLE "lode_events" AS
SELECT w."source_id", w.lode_at AS valid_at, w."op", w."observed_at", w."event_stream", w."event_seq", w."town", w.lode_k, 0 AS lode_base, CAST(NULL AS bigint) AS lode_row, CAST(NULL AS bigint) AS lode_member
FROM (SELECT l.*, l."valid_at" AS lode_at, row_number() OVER (PARTITION BY l."lode_k", l."valid_at" ORDER BY l."source_order" DESC NULLS LAST, CASE l."op" WHEN 'delete' THEN 1 ELSE 0 END DESC, l."observed_at" DESC, l."event_stream" DESC, l."event_seq" DESC, l."event_ordinal" DESC) AS lode_place
      FROM (SELECT l.*, k.lode_k FROM "silver"."members_log" l JOIN "lode_touched" k ON k."source_id" = l."source_id" AND NOT k.lode_in_order WHERE l.op IN ('upsert', 'delete')
UNION ALL SELECT l.*, k.lode_k FROM "silver"."members_log" l JOIN "lode_touched" k ON k."source_id" = l."source_id" AND k.lode_in_order AND NOT k.lode_once AND l.log_seq > 100 WHERE l.op IN ('upsert', 'delete')) l) w
WHERE w.lode_place = 1
UNION ALL SELECT t."source_id", t.event_at, 'upsert', t.event_at, t.event_stream, t.event_seq, t."town", k.lode_k, t.version - 1, t."member_key", t."member_durable_key" FROM "lode_held" t JOIN "lode_touched" k ON k."source_id" = t."source_id" AND k.lode_in_order AND NOT k.lode_once;

--  []
DROP TABLE IF EXISTS pg_temp."lode_versions";

-- the versions of the touched keys []
CREATE TEMPORARY TABLE "lode_versions" AS
WITH lives AS (
  SELECT e.*, 0 AS lode_life FROM "lode_events" e
), signed AS (
  SELECT l.*, COALESCE(CAST(length(CAST(l."town" AS text)) AS text) || ':' || CAST(l."town" AS text), '~') AS lode_sig FROM lives l
), marked AS (
  SELECT e.*, CASE WHEN lag(op) OVER w IS DISTINCT FROM op THEN 1 WHEN op = 'delete' THEN 0 WHEN lode_sig <> lag(lode_sig) OVER w THEN 1 ELSE 0 END AS lode_begins
  FROM signed e WINDOW w AS (PARTITION BY "lode_k" ORDER BY valid_at)
), filled AS (
  SELECT "source_id", op, valid_at, event_stream, event_seq, lode_sig, lode_begins, lode_life, lode_k, lode_base, lode_row, lode_member, "town"
  FROM marked
), bounded AS (
  SELECT f.*, lead(valid_at) OVER w AS lode_ends_at, lead(op) OVER w AS lode_end_op, lead(op, 2) OVER w AS lode_after_op,
         CAST(sum(CASE op WHEN 'upsert' THEN 1 ELSE 0 END + lode_base) OVER w AS bigint) AS version, max(lode_member) OVER w AS lode_durable
  FROM filled f WHERE lode_begins = 1 WINDOW w AS (PARTITION BY "lode_k" ORDER BY valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT "source_id", "town", event_stream, event_seq, lode_life, version, valid_at AS event_at, lode_sig, lode_k, lode_row, lode_durable,
       CASE version WHEN 1 THEN '1900-01-01T00:00:00Z'::timestamptz ELSE valid_at END AS valid_from, COALESCE(lode_ends_at, '9999-12-31T00:00:00Z'::timestamptz) AS valid_to,
       COALESCE(lode_end_op = 'delete' AND lode_after_op IS NULL, FALSE) AS is_deleted
FROM bounded WHERE op = 'upsert';

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_versions" ("source_id", "event_at", "lode_k", "lode_row", "lode_durable");\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_matched";

-- which row each version is []
CREATE TEMPORARY TABLE "lode_matched" AS
WITH same AS (SELECT t."member_key" AS lode_sk, v."lode_k", v.event_at, v.lode_life FROM (SELECT h.* FROM "lode_held" h JOIN "lode_touched" k ON k."source_id" = h."source_id" AND NOT (k.lode_in_order AND k.lode_once) WHERE NOT EXISTS (SELECT 1 FROM "lode_versions" r WHERE r.lode_row = h."member_key")) t JOIN (SELECT r.* FROM "lode_versions" r WHERE r.lode_durable IS NULL) v ON t."source_id" = v."source_id"
  WHERE t."member_key" > 0 AND ((t.is_inferred AND v.version = 1) OR (NOT t.is_inferred AND t.event_at = v.event_at))),
left_over AS (SELECT t."member_key" AS lode_sk, t."source_id", t.event_at, COALESCE(CAST(length(CAST(t."town" AS text)) AS text) || ':' || CAST(t."town" AS text), '~') AS lode_sig FROM (SELECT h.* FROM "lode_held" h JOIN "lode_touched" k ON k."source_id" = h."source_id" AND NOT (k.lode_in_order AND k.lode_once) WHERE NOT EXISTS (SELECT 1 FROM "lode_versions" r WHERE r.lode_row = h."member_key")) t
  WHERE t."member_key" > 0 AND NOT t.is_inferred AND NOT EXISTS (SELECT 1 FROM same s WHERE s.lode_sk = t."member_key")),
held_rest AS (SELECT h.*, row_number() OVER (PARTITION BY h."source_id", h.lode_sig ORDER BY h.event_at) AS lode_n FROM left_over h),
new_rest AS (SELECT v.*, row_number() OVER (PARTITION BY v."source_id", v.lode_sig ORDER BY v.event_at) AS lode_n FROM (SELECT r.* FROM "lode_versions" r WHERE r.lode_durable IS NULL) v
  JOIN (SELECT DISTINCT "source_id" FROM left_over) h ON h."source_id" = v."source_id"
  WHERE NOT EXISTS (SELECT 1 FROM same s WHERE s."lode_k" = v."lode_k" AND s.event_at = v.event_at)),
found AS (SELECT * FROM same
  UNION ALL SELECT h.lode_sk, v."lode_k", v.event_at, v.lode_life FROM held_rest h JOIN new_rest v ON h."source_id" = v."source_id" AND h.lode_sig = v.lode_sig AND h.lode_n = v.lode_n)
SELECT * FROM found
UNION ALL SELECT 7 + (SELECT COALESCE(max(lode_nth), 0) FROM "lode_touched") + row_number() OVER (ORDER BY v."lode_k", v.event_at), v."lode_k", v.event_at, v.lode_life FROM "lode_versions" v
WHERE v.lode_row IS NULL AND NOT EXISTS (SELECT 1 FROM found f WHERE f."lode_k" = v."lode_k" AND f.event_at = v.event_at);

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_matched";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_fresh";

-- the rows that the touched keys should have []
CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT v.lode_own AS "member_key", v.lode_durable AS "member_durable_key",
       v."source_id", v."town", v.valid_from, v.valid_to, (v.valid_to = '9999-12-31T00:00:00Z'::timestamptz) AS is_current,
       v.version, FALSE AS is_inferred, v.is_deleted, v.event_at, v.event_stream, v.event_seq, COALESCE(o0.lode_durable, -1) AS "current_profile_key"
FROM (SELECT v."source_id", v."town", v."valid_from", v."valid_to", v."version", v."is_deleted", v."event_at", v."event_stream", v."event_seq", COALESCE(v.lode_row, x.lode_sk) AS lode_own, COALESCE(v.lode_durable, h.lode_durable, g.lode_first) AS lode_durable FROM "lode_versions" v
LEFT JOIN "lode_matched" x ON x."lode_k" = v."lode_k" AND x.event_at = v.event_at
LEFT JOIN (SELECT "lode_k", min(lode_sk) AS lode_first FROM "lode_matched" GROUP BY "lode_k") g ON g."lode_k" = v."lode_k"
LEFT JOIN (SELECT t."source_id", min(t."member_durable_key") AS lode_durable FROM (SELECT h.* FROM "lode_held" h JOIN "lode_touched" k ON k."source_id" = h."source_id" AND NOT (k.lode_in_order AND k.lode_once) WHERE NOT EXISTS (SELECT 1 FROM "lode_versions" r WHERE r.lode_row = h."member_key")) t WHERE t."member_key" > 0 GROUP BY t."source_id") h ON h."source_id" = v."source_id"
UNION ALL SELECT "source_id", "town", "valid_from", CASE WHEN (lode_begins OR lode_op = 'delete') THEN lode_at ELSE "valid_to" END, "version", lode_op = 'delete', "event_at", "event_stream", "event_seq", "member_key", "member_durable_key" FROM (SELECT t.*, k.lode_begins, k.lode_nth FROM "lode_held" t LEFT JOIN "lode_touched" k ON k.lode_current = t."member_key" WHERE k.lode_in_order AND k.lode_once) once
UNION ALL SELECT "source_id", "lode_new_town", lode_at, '9999-12-31T00:00:00Z'::timestamptz, version + 1, FALSE, lode_at, lode_stream, lode_seq, 7 + lode_nth, "member_durable_key" FROM (SELECT t.*, k.lode_begins, k.lode_nth FROM "lode_held" t LEFT JOIN "lode_touched" k ON k.lode_current = t."member_key" WHERE k.lode_in_order AND k.lode_once) once WHERE lode_begins) v
LEFT JOIN (SELECT DISTINCT ON (h."source_id") h."source_id", h."profile_key" AS lode_durable FROM (SELECT x.* FROM "gold"."dim_profile_history" x WHERE EXISTS (SELECT 1 FROM (SELECT "source_id" FROM "lode_versions"
UNION ALL SELECT "source_id" FROM (SELECT t.*, k.lode_begins, k.lode_nth FROM "lode_held" t LEFT JOIN "lode_touched" k ON k.lode_current = t."member_key" WHERE k.lode_in_order AND k.lode_once) once
UNION ALL SELECT "source_id" FROM (SELECT t.*, k.lode_begins, k.lode_nth FROM "lode_held" t LEFT JOIN "lode_touched" k ON k.lode_current = t."member_key" WHERE k.lode_in_order AND k.lode_once) once WHERE lode_begins) y WHERE x."source_id" = y."source_id")) h WHERE h."profile_history_key" > 0 ORDER BY h."source_id", h.is_current DESC, h.valid_from DESC) o0 ON o0."source_id" = v."source_id";

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_fresh" ("source_id", "member_key");\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- members of which no event is known stay []
INSERT INTO "lode_fresh" ("member_key", "member_durable_key", "source_id", "town", "current_profile_key", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq")
SELECT t."member_key", t."member_durable_key", t."source_id", t."town", t."current_profile_key", t."valid_from", t."valid_to", t."is_current", t."version", t."is_inferred", t."is_deleted", t."event_at", t."event_stream", t."event_seq" FROM "lode_held" t
WHERE t."member_key" < 0 OR (t.is_inferred AND NOT EXISTS (SELECT 1 FROM "lode_versions" v WHERE v."source_id" = t."source_id"));

--  []
DROP TABLE IF EXISTS pg_temp."lode_delta";

-- what differs from gold.dim_members []
CREATE TEMPORARY TABLE "lode_delta" AS
SELECT COALESCE(f."member_key", t."member_key") AS "member_key",
       CASE WHEN t."member_key" IS NULL THEN 'insert' WHEN f."member_key" IS NULL THEN 'delete' WHEN (t.is_current OR NOT f.is_current) AND NOT (f."member_durable_key" IS DISTINCT FROM t."member_durable_key" OR f."source_id" IS DISTINCT FROM t."source_id" OR f."town" IS DISTINCT FROM t."town" OR f."current_profile_key" IS DISTINCT FROM t."current_profile_key" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."is_inferred" IS DISTINCT FROM t."is_inferred" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."event_at" IS DISTINCT FROM t."event_at" OR f."event_stream" IS DISTINCT FROM t."event_stream" OR f."event_seq" IS DISTINCT FROM t."event_seq") THEN 'amend' ELSE 'update' END AS lode_change,
       COALESCE(t."created_at", '2025-06-02T00:00:00Z'::timestamptz) AS lode_created_at,
       t."member_key" IS NOT NULL AND (f."member_key" IS NULL OR f."member_durable_key" IS DISTINCT FROM t."member_durable_key" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."valid_to" IS DISTINCT FROM t."valid_to" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."is_current" IS DISTINCT FROM t."is_current") AS lode_watched
FROM "lode_fresh" f FULL JOIN "lode_held" t ON f."member_key" = t."member_key"
WHERE t."member_key" IS NULL OR f."member_key" IS NULL OR f."member_durable_key" IS DISTINCT FROM t."member_durable_key" OR f."source_id" IS DISTINCT FROM t."source_id" OR f."town" IS DISTINCT FROM t."town" OR f."current_profile_key" IS DISTINCT FROM t."current_profile_key" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."valid_to" IS DISTINCT FROM t."valid_to" OR f."is_current" IS DISTINCT FROM t."is_current" OR f."version" IS DISTINCT FROM t."version" OR f."is_inferred" IS DISTINCT FROM t."is_inferred" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."event_at" IS DISTINCT FROM t."event_at" OR f."event_stream" IS DISTINCT FROM t."event_stream" OR f."event_seq" IS DISTINCT FROM t."event_seq";

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_delta" ("member_key", "lode_change");\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- take the changed and vanished rows out [removed]
DELETE FROM "gold"."dim_members" t USING (SELECT * FROM "lode_delta" WHERE lode_change IN ('update', 'delete')) c WHERE c."member_key" = t."member_key";

-- update the rows that need no more [amended]
UPDATE "gold"."dim_members" t SET "valid_to" = f."valid_to", "is_current" = f."is_current", "version" = f."version", "updated_at" = '2025-06-02T00:00:00Z'::timestamptz
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('amend')) c ON c."member_key" = f."member_key"
WHERE c."member_key" = t."member_key";

-- write the inserted rows [inserted]
INSERT INTO "gold"."dim_members" ("member_key", "member_durable_key", "source_id", "town", "current_profile_key", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."member_key", f."member_durable_key", f."source_id", f."town", f."current_profile_key", f."valid_from", f."valid_to", f."is_current", f."version", f."is_inferred", f."is_deleted", f."event_at", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::timestamptz
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('insert')) c ON c."member_key" = f."member_key";

-- write the updated rows [updated]
INSERT INTO "gold"."dim_members" ("member_key", "member_durable_key", "source_id", "town", "current_profile_key", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."member_key", f."member_durable_key", f."source_id", f."town", f."current_profile_key", f."valid_from", f."valid_to", f."is_current", f."version", f."is_inferred", f."is_deleted", f."event_at", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::timestamptz
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('update')) c ON c."member_key" = f."member_key";

-- == fact_visits
--  []
DROP TABLE IF EXISTS pg_temp."lode_fresh";

-- the rows that the touched facts should have, keys as of the event []
CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT s."source_id",
       COALESCE(d0."member_key", CASE WHEN (s."member_id" IS NULL) AND (strpos(',' || s."refused_columns" || ',', ',member_id,') > 0) THEN -4 WHEN (s."member_id" IS NULL) THEN -1 WHEN s."visited_at" IS NULL AND (strpos(',' || s."refused_columns" || ',', ',visited_at,') > 0) THEN -4 WHEN s."visited_at" IS NULL THEN -1 ELSE 0 END) AS "member_key",
       COALESCE(d1."profile_key", CASE WHEN (s."member_id" IS NULL) AND (strpos(',' || s."refused_columns" || ',', ',member_id,') > 0) THEN -4 WHEN (s."member_id" IS NULL) THEN -1 WHEN s."visited_at" IS NULL AND (strpos(',' || s."refused_columns" || ',', ',visited_at,') > 0) THEN -4 WHEN s."visited_at" IS NULL THEN -1 ELSE 0 END) AS "profile_key",
       s."visited_at",
       s."event_stream",
       s."event_seq"
FROM "silver"."visits" s JOIN "lode_fact_keys" k ON k."source_id" = s."source_id"
LEFT JOIN "gold"."dim_members" d0 ON d0."source_id" = s."member_id" AND d0."valid_from" <= s."visited_at" AND s."visited_at" < d0."valid_to"
LEFT JOIN "gold"."dim_profile_history" d1 ON d1."source_id" = s."member_id" AND d1."valid_from" <= s."visited_at" AND s."visited_at" < d1."valid_to"
WHERE NOT s.is_deleted;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_fresh";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_missing";

-- facts whose member is not found yet []
CREATE TEMPORARY TABLE "lode_missing" AS
SELECT f."lode_fact_source_id", s."visited_at" AS lode_at
     , s."member_id" AS "source_id"
FROM (SELECT "source_id" AS "lode_fact_source_id", "member_key" AS lode_fk FROM "lode_fresh") f JOIN "silver"."visits" s ON f."lode_fact_source_id" = s."source_id" WHERE f.lode_fk = 0;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_missing";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- an event in a gap or after a delete belongs to the last version before it []
UPDATE "lode_fresh" t SET "member_key" = g.lode_sk FROM (
  SELECT DISTINCT ON (m."lode_fact_source_id") m."lode_fact_source_id", v."member_key" AS lode_sk
  FROM "lode_missing" m JOIN "gold"."dim_members" v ON v."source_id" = m."source_id" AND v.valid_from <= m.lode_at ORDER BY m."lode_fact_source_id", v.valid_from DESC
) g WHERE g."lode_fact_source_id" = t."source_id";

-- inferred members of dim_members [inferred]
INSERT INTO "gold"."dim_members" ("member_key", "member_durable_key", "source_id", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "created_at", "updated_at")
SELECT GREATEST(7, (SELECT COALESCE(max("member_key"), 0) FROM "gold"."dim_members" WHERE "member_key" > 7)) + row_number() OVER (ORDER BY n."source_id"), GREATEST(7, (SELECT COALESCE(max("member_key"), 0) FROM "gold"."dim_members" WHERE "member_key" > 7)) + row_number() OVER (ORDER BY n."source_id"), n."source_id", '1900-01-01T00:00:00Z'::timestamptz, '9999-12-31T00:00:00Z'::timestamptz, TRUE, 1, TRUE, FALSE, '2025-06-02T00:00:00Z'::timestamptz, '2025-06-02T00:00:00Z'::timestamptz
FROM (SELECT DISTINCT m."source_id" FROM "lode_missing" m WHERE NOT EXISTS (SELECT 1 FROM "gold"."dim_members" v WHERE v."source_id" = m."source_id")) n;

-- and their facts point to them []
UPDATE "lode_fresh" t SET "member_key" = v."member_key" FROM "lode_missing" m JOIN "gold"."dim_members" v ON v."source_id" = m."source_id" AND v.is_inferred WHERE m."lode_fact_source_id" = t."source_id" AND t."member_key" = 0;

-- the rest point to the unknown member []
UPDATE "lode_fresh" SET "member_key" = -1 WHERE "member_key" = 0;

--  []
DROP TABLE IF EXISTS pg_temp."lode_missing";

-- facts whose profile is not found yet []
CREATE TEMPORARY TABLE "lode_missing" AS
SELECT f."lode_fact_source_id", s."visited_at" AS lode_at
     , s."member_id" AS "source_id"
FROM (SELECT "source_id" AS "lode_fact_source_id", "profile_key" AS lode_fk FROM "lode_fresh") f JOIN "silver"."visits" s ON f."lode_fact_source_id" = s."source_id" WHERE f.lode_fk = 0;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_missing";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- an event in a gap or after a delete belongs to the last version before it []
UPDATE "lode_fresh" t SET "profile_key" = g.lode_sk FROM (
  SELECT DISTINCT ON (m."lode_fact_source_id") m."lode_fact_source_id", v."profile_key" AS lode_sk
  FROM "lode_missing" m JOIN "gold"."dim_profile_history" v ON v."source_id" = m."source_id" AND v.valid_from <= m.lode_at ORDER BY m."lode_fact_source_id", v.valid_from DESC
) g WHERE g."lode_fact_source_id" = t."source_id";

-- the rest point to the unknown member []
UPDATE "lode_fresh" SET "profile_key" = -1 WHERE "profile_key" = 0;

--  []
DROP TABLE IF EXISTS pg_temp."lode_delta";

-- what differs from gold.fact_visits []
CREATE TEMPORARY TABLE "lode_delta" AS
SELECT COALESCE(f."source_id", t."source_id") AS "source_id",
       CASE WHEN t."source_id" IS NULL THEN 'insert' WHEN f."source_id" IS NULL THEN 'delete' ELSE 'update' END AS lode_change,
       COALESCE(t."created_at", '2025-06-02T00:00:00Z'::timestamptz) AS lode_created_at
FROM "lode_fresh" f FULL JOIN (SELECT * FROM "gold"."fact_visits" WHERE ("source_id") IN (SELECT "source_id" FROM "lode_fact_keys")) t ON f."source_id" = t."source_id"
WHERE t."source_id" IS NULL OR f."source_id" IS NULL OR f."member_key" IS DISTINCT FROM t."member_key" OR f."profile_key" IS DISTINCT FROM t."profile_key" OR f."visited_at" IS DISTINCT FROM t."visited_at" OR f."event_stream" IS DISTINCT FROM t."event_stream" OR f."event_seq" IS DISTINCT FROM t."event_seq";

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_delta" ("source_id", "lode_change");\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- take the changed and vanished rows out [removed]
DELETE FROM "gold"."fact_visits" t USING (SELECT * FROM "lode_delta" WHERE lode_change IN ('update', 'delete')) c WHERE c."source_id" = t."source_id";

-- write the inserted rows [inserted]
INSERT INTO "gold"."fact_visits" ("source_id", "member_key", "profile_key", "visited_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."source_id", f."member_key", f."profile_key", f."visited_at", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::timestamptz
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('insert')) c ON c."source_id" = f."source_id";

-- write the updated rows [updated]
INSERT INTO "gold"."fact_visits" ("source_id", "member_key", "profile_key", "visited_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."source_id", f."member_key", f."profile_key", f."visited_at", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::timestamptz
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('update')) c ON c."source_id" = f."source_id";

