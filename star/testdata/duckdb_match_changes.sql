-- == once
--  []
DROP TABLE IF EXISTS temp.main."lode_match_touched";

-- the records that new events touch []
CREATE TEMPORARY TABLE "lode_match_touched" AS
SELECT DISTINCT 'customers'::VARCHAR AS "source_entity", l."source_system", l."source_id" FROM "silver"."customers_log" l WHERE l.log_seq > 10 AND l.op <> 'scope'
UNION ALL
SELECT DISTINCT 'suppliers'::VARCHAR AS "source_entity", l."source_system", l."source_id" FROM "silver"."suppliers_log" l WHERE l.log_seq > 20 AND l.op <> 'scope';

--  []
DROP TABLE IF EXISTS temp.main."lode_match_fresh";

-- what they say in the columns of the rules []
CREATE TEMPORARY TABLE "lode_match_fresh" AS
SELECT v."source_entity", v."source_system", v."source_id", v."rule", CASE WHEN length(v.lode_sig) <= 400 THEN v.lode_sig ELSE left(v.lode_sig, 200) || md5(v.lode_sig) END AS "value" FROM (
SELECT 'customers'::VARCHAR AS "source_entity", c."source_system", c."source_id", CAST(1 AS BIGINT) AS "rule", COALESCE(CAST(length(CAST(c."email" AS text)) AS text) || ':' || CAST(c."email" AS text), '~') AS lode_sig FROM "silver"."customers" c JOIN "lode_match_touched" k ON k."source_entity" = 'customers'::VARCHAR AND k."source_system" = c."source_system" AND k."source_id" = c."source_id" WHERE NOT (c."email" IS NULL)
UNION ALL
SELECT 'suppliers'::VARCHAR AS "source_entity", c."source_system", c."source_id", CAST(1 AS BIGINT) AS "rule", COALESCE(CAST(length(CAST(c."email" AS text)) AS text) || ':' || CAST(c."email" AS text), '~') AS lode_sig FROM "silver"."suppliers" c JOIN "lode_match_touched" k ON k."source_entity" = 'suppliers'::VARCHAR AND k."source_system" = c."source_system" AND k."source_id" = c."source_id" WHERE NOT (c."email" IS NULL)
UNION ALL
SELECT 'customers'::VARCHAR AS "source_entity", c."source_system", c."source_id", CAST(2 AS BIGINT) AS "rule", COALESCE(CAST(length(CAST(c."name" AS text)) AS text) || ':' || CAST(c."name" AS text), '~') || COALESCE(CAST(length(CAST(c."born_on" AS text)) AS text) || ':' || CAST(c."born_on" AS text), '~') AS lode_sig FROM "silver"."customers" c JOIN "lode_match_touched" k ON k."source_entity" = 'customers'::VARCHAR AND k."source_system" = c."source_system" AND k."source_id" = c."source_id" WHERE NOT (c."name" IS NULL OR c."born_on" IS NULL)
) v;

--  []
DROP TABLE IF EXISTS temp.main."lode_delta";

-- what differs from silver.parties_match_values []
CREATE TEMPORARY TABLE "lode_delta" AS
SELECT COALESCE(f."source_entity", t."source_entity") AS "source_entity", COALESCE(f."source_system", t."source_system") AS "source_system", COALESCE(f."source_id", t."source_id") AS "source_id", COALESCE(f."rule", t."rule") AS "rule",
       CASE WHEN t."source_entity" IS NULL THEN 'insert' WHEN f."source_entity" IS NULL THEN 'delete' ELSE 'update' END AS lode_change
FROM "lode_match_fresh" f FULL JOIN (SELECT * FROM "silver"."parties_match_values" WHERE ("source_entity", "source_system", "source_id") IN (SELECT "source_entity", "source_system", "source_id" FROM "lode_match_touched")) t ON f."source_entity" = t."source_entity" AND f."source_system" = t."source_system" AND f."source_id" = t."source_id" AND f."rule" = t."rule"
WHERE t."source_entity" IS NULL OR f."source_entity" IS NULL OR f."value" IS DISTINCT FROM t."value";

-- take the changed and vanished rows out []
DELETE FROM "silver"."parties_match_values" t USING (SELECT * FROM "lode_delta" WHERE lode_change IN ('update', 'delete')) c WHERE c."source_entity" = t."source_entity" AND c."source_system" = t."source_system" AND c."source_id" = t."source_id" AND c."rule" = t."rule";

-- write the inserted rows []
INSERT INTO "silver"."parties_match_values" ("source_entity", "source_system", "source_id", "rule", "value")
SELECT f."source_entity", f."source_system", f."source_id", f."rule", f."value"
FROM "lode_match_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('insert')) c ON c."source_entity" = f."source_entity" AND c."source_system" = f."source_system" AND c."source_id" = f."source_id" AND c."rule" = f."rule";

-- write the updated rows []
INSERT INTO "silver"."parties_match_values" ("source_entity", "source_system", "source_id", "rule", "value")
SELECT f."source_entity", f."source_system", f."source_id", f."rule", f."value"
FROM "lode_match_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('update')) c ON c."source_entity" = f."source_entity" AND c."source_system" = f."source_system" AND c."source_id" = f."source_id" AND c."rule" = f."rule";

--  []
DROP TABLE IF EXISTS temp.main."lode_match_reach";

-- they, and what was one thing with them []
CREATE TEMPORARY TABLE "lode_match_reach" AS
SELECT r."source_entity", r."source_system", r."source_id", CAST(0 AS BIGINT) AS lode_round FROM (SELECT t."source_entity", t."source_system", t."source_id" FROM "lode_match_touched" t
UNION SELECT o."source_entity", o."source_system", o."source_id" FROM "lode_match_touched" t JOIN "silver"."parties_members" m ON m."source_entity" = t."source_entity" AND m."source_system" = t."source_system" AND m."source_id" = t."source_id" JOIN "silver"."parties_members" o ON o."master_source_entity" = m."master_source_entity" AND o."master_source_system" = m."master_source_system" AND o."master_source_id" = m."master_source_id") r;

-- == until nothing changes
-- what agrees with them []
INSERT INTO "lode_match_reach" SELECT DISTINCT b."source_entity", b."source_system", b."source_id", h.lode_round + 1
FROM (SELECT DISTINCT a."rule", a."value", r.lode_round FROM "lode_match_reach" r JOIN "silver"."parties_match_values" a ON a."source_entity" = r."source_entity" AND a."source_system" = r."source_system" AND a."source_id" = r."source_id" WHERE r.lode_round = (SELECT max(lode_round) FROM "lode_match_reach")) h
JOIN "silver"."parties_match_values" b ON b."rule" = h."rule" AND b."value" = h."value" WHERE NOT EXISTS (SELECT 1 FROM "lode_match_reach" r WHERE r."source_entity" = b."source_entity" AND r."source_system" = b."source_system" AND r."source_id" = b."source_id");

-- == once
--  []
DROP TABLE IF EXISTS temp.main."lode_match_records";

-- these records, the oldest first []
CREATE TEMPORARY TABLE "lode_match_records" AS
SELECT n.*, n.lode_n AS lode_thing, CASE WHEN n.is_deleted THEN 2 ELSE 0 END AS lode_stage FROM (
SELECT row_number() OVER (ORDER BY r.lode_first, r."source_entity", r."source_system", r."source_id") AS lode_n, r."source_entity", r."source_system", r."source_id", r.is_deleted FROM (
SELECT 'customers'::VARCHAR AS "source_entity", c."source_system", c."source_id", c.is_deleted, e.lode_first FROM "silver"."customers" c JOIN "lode_match_reach" k ON k."source_entity" = 'customers'::VARCHAR AND k."source_system" = c."source_system" AND k."source_id" = c."source_id"
JOIN (SELECT l."source_system", l."source_id", min(l.valid_at) AS lode_first FROM "silver"."customers_log" l JOIN "lode_match_reach" k ON k."source_entity" = 'customers'::VARCHAR AND k."source_system" = l."source_system" AND k."source_id" = l."source_id" WHERE l.op = 'upsert' GROUP BY l."source_system", l."source_id") e ON e."source_system" = c."source_system" AND e."source_id" = c."source_id"
UNION ALL
SELECT 'suppliers'::VARCHAR AS "source_entity", c."source_system", c."source_id", c.is_deleted, e.lode_first FROM "silver"."suppliers" c JOIN "lode_match_reach" k ON k."source_entity" = 'suppliers'::VARCHAR AND k."source_system" = c."source_system" AND k."source_id" = c."source_id"
JOIN (SELECT l."source_system", l."source_id", min(l.valid_at) AS lode_first FROM "silver"."suppliers_log" l JOIN "lode_match_reach" k ON k."source_entity" = 'suppliers'::VARCHAR AND k."source_system" = l."source_system" AND k."source_id" = l."source_id" WHERE l.op = 'upsert' GROUP BY l."source_system", l."source_id") e ON e."source_system" = c."source_system" AND e."source_id" = c."source_id"
) r) n;

--  []
DROP TABLE IF EXISTS temp.main."lode_match_hubs";

-- which of them say the same []
CREATE TEMPORARY TABLE "lode_match_hubs" AS
SELECT h.lode_n, h."rule", h.lode_hub FROM (
SELECT r.lode_n, v."rule", dense_rank() OVER (ORDER BY v."rule", v."value") AS lode_hub, count(*) OVER (PARTITION BY v."rule", v."value") AS lode_size FROM "lode_match_records" r JOIN "silver"."parties_match_values" v ON v."source_entity" = r."source_entity" AND v."source_system" = r."source_system" AND v."source_id" = r."source_id"
) h WHERE h.lode_size > 1;

-- == until nothing changes
-- records that agree are one thing []
UPDATE "lode_match_records" t SET lode_thing = g.lode_thing FROM (
SELECT l.lode_n, min(h.lode_thing) AS lode_thing FROM "lode_match_hubs" l JOIN (SELECT o.lode_hub, min(p.lode_thing) AS lode_thing FROM "lode_match_hubs" o JOIN "lode_match_records" p ON p.lode_n = o.lode_n WHERE p.lode_stage = 0 GROUP BY o.lode_hub) h ON h.lode_hub = l.lode_hub GROUP BY l.lode_n
) g WHERE g.lode_n = t.lode_n AND t.lode_stage = 0 AND g.lode_thing < t.lode_thing;

-- and what that has become []
UPDATE "lode_match_records" t SET lode_thing = p.lode_thing FROM "lode_match_records" p WHERE p.lode_n = t.lode_thing AND p.lode_thing < t.lode_thing;

-- == once
-- deleted records stay with a thing that they agree with []
UPDATE "lode_match_records" t SET lode_thing = g.lode_thing, lode_stage = 1 FROM (
SELECT DISTINCT ON (l.lode_n) l.lode_n, h.lode_thing FROM "lode_match_hubs" l JOIN (SELECT o.lode_hub, min(p.lode_thing) AS lode_thing FROM "lode_match_hubs" o JOIN "lode_match_records" p ON p.lode_n = o.lode_n WHERE p.lode_stage = 0 GROUP BY o.lode_hub) h ON h.lode_hub = l.lode_hub ORDER BY l.lode_n, l."rule", h.lode_thing
) g WHERE g.lode_n = t.lode_n AND t.lode_stage = 2;

-- == until nothing changes
-- records that agree are one thing []
UPDATE "lode_match_records" t SET lode_thing = g.lode_thing FROM (
SELECT l.lode_n, min(h.lode_thing) AS lode_thing FROM "lode_match_hubs" l JOIN (SELECT o.lode_hub, min(p.lode_thing) AS lode_thing FROM "lode_match_hubs" o JOIN "lode_match_records" p ON p.lode_n = o.lode_n WHERE p.lode_stage = 2 GROUP BY o.lode_hub) h ON h.lode_hub = l.lode_hub GROUP BY l.lode_n
) g WHERE g.lode_n = t.lode_n AND t.lode_stage = 2 AND g.lode_thing < t.lode_thing;

-- and what that has become []
UPDATE "lode_match_records" t SET lode_thing = p.lode_thing FROM "lode_match_records" p WHERE p.lode_n = t.lode_thing AND p.lode_thing < t.lode_thing;

-- == once
--  []
DROP TABLE IF EXISTS temp.main."lode_match_members";

-- which thing each of them is []
CREATE TEMPORARY TABLE "lode_match_members" AS
SELECT n."source_entity", n."source_system", n."source_id", o."source_entity" AS "master_source_entity", o."source_system" AS "master_source_system", o."source_id" AS "master_source_id", CASE WHEN t.log_seq IS NULL OR o."source_entity" IS DISTINCT FROM t."master_source_entity" OR o."source_system" IS DISTINCT FROM t."master_source_system" OR o."source_id" IS DISTINCT FROM t."master_source_id" THEN 31 ELSE t.log_seq END AS log_seq
FROM (SELECT r.*, min(r.lode_n) OVER (PARTITION BY r.lode_thing) AS lode_oldest FROM "lode_match_records" r) n
JOIN "lode_match_records" o ON o.lode_n = n.lode_oldest LEFT JOIN "silver"."parties_members" t ON t."source_entity" = n."source_entity" AND t."source_system" = n."source_system" AND t."source_id" = n."source_id"
UNION ALL SELECT t."source_entity", t."source_system", t."source_id", CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CASE WHEN t."master_source_entity" IS NULL THEN t.log_seq ELSE 31 END FROM "silver"."parties_members" t JOIN "lode_match_reach" k ON k."source_entity" = t."source_entity" AND k."source_system" = t."source_system" AND k."source_id" = t."source_id"
WHERE NOT EXISTS (SELECT 1 FROM "lode_match_records" r WHERE r."source_entity" = t."source_entity" AND r."source_system" = t."source_system" AND r."source_id" = t."source_id");

--  []
DROP TABLE IF EXISTS temp.main."lode_keys";

-- the things that this touches, as they were and as they will be []
CREATE TEMPORARY TABLE "lode_keys" AS
SELECT "master_source_entity" AS "source_entity", "master_source_system" AS "source_system", "master_source_id" AS "source_id" FROM (SELECT f."master_source_entity", f."master_source_system", f."master_source_id" FROM "lode_match_members" f LEFT JOIN "silver"."parties_members" t ON t."source_entity" = f."source_entity" AND t."source_system" = f."source_system" AND t."source_id" = f."source_id" WHERE t.log_seq IS NULL OR f.log_seq <> t.log_seq OR EXISTS (SELECT 1 FROM "lode_match_touched" h WHERE h."source_entity" = f."source_entity" AND h."source_system" = f."source_system" AND h."source_id" = f."source_id")
UNION SELECT t."master_source_entity", t."master_source_system", t."master_source_id" FROM "lode_match_members" f LEFT JOIN "silver"."parties_members" t ON t."source_entity" = f."source_entity" AND t."source_system" = f."source_system" AND t."source_id" = f."source_id" WHERE t.log_seq IS NULL OR f.log_seq <> t.log_seq OR EXISTS (SELECT 1 FROM "lode_match_touched" h WHERE h."source_entity" = f."source_entity" AND h."source_system" = f."source_system" AND h."source_id" = f."source_id")) m WHERE m."master_source_entity" IS NOT NULL;

-- forget what was known of the touched things []
DELETE FROM "silver"."parties_log" l USING "lode_keys" k WHERE k."source_entity" = l."source_entity" AND k."source_system" = l."source_system" AND k."source_id" = l."source_id";

--  []
DROP TABLE IF EXISTS temp.main."lode_match_own";

-- the records that these now have []
CREATE TEMPORARY TABLE "lode_match_own" AS
SELECT f."source_entity", f."source_system", f."source_id", f."master_source_entity", f."master_source_system", f."master_source_id", r.lode_n FROM "lode_match_members" f JOIN "lode_match_records" r ON r."source_entity" = f."source_entity" AND r."source_system" = f."source_system" AND r."source_id" = f."source_id" JOIN "lode_keys" k ON k."source_entity" = f."master_source_entity" AND k."source_system" = f."master_source_system" AND k."source_id" = f."master_source_id";

--  []
DROP TABLE IF EXISTS temp.main."lode_match_states";

-- the states that these went through []
CREATE TEMPORARY TABLE "lode_match_states" AS
SELECT s.*,
       lead(s.valid_at) OVER (PARTITION BY s."source_entity", s."source_system", s."source_id" ORDER BY s.valid_at) AS lode_until,
       min(CASE WHEN s.op = 'upsert' AND s."born_on" IS NOT NULL THEN s.valid_at END) OVER (PARTITION BY s."source_entity", s."source_system", s."source_id", s.lode_life ORDER BY s.valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "lode_since_born_on",
       first_value(s."born_on") OVER (PARTITION BY s."source_entity", s."source_system", s."source_id", s.lode_life ORDER BY COALESCE(CASE WHEN s.op = 'upsert' AND s."born_on" IS NOT NULL THEN 0 END, 1), s.valid_at) AS "lode_first_born_on"
FROM (SELECT s.*, sum(CASE s.op WHEN 'delete' THEN 1 ELSE 0 END) OVER (PARTITION BY s."source_entity", s."source_system", s."source_id" ORDER BY s.valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS lode_life FROM (
SELECT 'customers'::VARCHAR AS "source_entity", e."source_system", e."source_id", o."master_source_entity", o."master_source_system", o."master_source_id", o.lode_n, e."valid_at", e."source_order", e."op", e."observed_at", e."event_stream", e."event_seq", e."event_ordinal", e."load_id", e."name", e."email", e."born_on"
FROM (SELECT w.*, row_number() OVER (PARTITION BY w."source_system", w."source_id", w.valid_at ORDER BY w."source_order" DESC NULLS LAST, CASE w."op" WHEN 'delete' THEN 1 ELSE 0 END DESC, w."observed_at" DESC, w."event_stream" DESC, w."event_seq" DESC, w."event_ordinal" DESC) AS lode_place FROM (
SELECT l.* FROM "silver"."customers_log" l JOIN "lode_match_own" o ON o."source_entity" = 'customers'::VARCHAR AND o."source_system" = l."source_system" AND o."source_id" = l."source_id" WHERE l.op IN ('upsert', 'delete')
) w) e JOIN "lode_match_own" o ON o."source_entity" = 'customers'::VARCHAR AND o."source_system" = e."source_system" AND o."source_id" = e."source_id" WHERE e.lode_place = 1
UNION ALL
SELECT 'suppliers'::VARCHAR AS "source_entity", e."source_system", e."source_id", o."master_source_entity", o."master_source_system", o."master_source_id", o.lode_n, e."valid_at", e."source_order", e."op", e."observed_at", e."event_stream", e."event_seq", e."event_ordinal", e."load_id", e."name", e."email", CAST(NULL AS DATE) AS "born_on"
FROM (SELECT w.*, row_number() OVER (PARTITION BY w."source_system", w."source_id", w.valid_at ORDER BY w."source_order" DESC NULLS LAST, CASE w."op" WHEN 'delete' THEN 1 ELSE 0 END DESC, w."observed_at" DESC, w."event_stream" DESC, w."event_seq" DESC, w."event_ordinal" DESC) AS lode_place FROM (
SELECT y."log_seq", y."valid_at", y."source_order", y."op", y."observed_at", y."event_stream", y."event_seq", y."event_ordinal", y."load_id", y."absent", y."refused_columns", y."custom_fields", y."superseded", y."source_system", y."source_id", y."name", y."email"
FROM (SELECT x."log_seq", x."valid_at", x."source_order", x."op", x."observed_at", x."event_stream", x."event_seq", x."event_ordinal", x."load_id", x."absent", x."refused_columns", x."custom_fields", x."superseded", x."source_system", x."source_id", first_value(CASE x.op WHEN 'delete' THEN NULL ELSE x."name" END) OVER (PARTITION BY x."source_system", x."source_id", x."lode_sent_name" ORDER BY x.valid_at, x."source_order" NULLS FIRST, CASE x."op" WHEN 'delete' THEN 1 ELSE 0 END, x."observed_at", x."event_stream", x."event_seq", x."event_ordinal") AS "name", first_value(CASE x.op WHEN 'delete' THEN NULL ELSE x."email" END) OVER (PARTITION BY x."source_system", x."source_id", x."lode_sent_email" ORDER BY x.valid_at, x."source_order" NULLS FIRST, CASE x."op" WHEN 'delete' THEN 1 ELSE 0 END, x."observed_at", x."event_stream", x."event_seq", x."event_ordinal") AS "email" FROM (
  SELECT l.*, count(CASE WHEN l.op = 'delete' OR l.absent IS NULL OR strpos(',' || l.absent || ',', ',name,') = 0 THEN 1 END) OVER (PARTITION BY l."source_system", l."source_id" ORDER BY l.valid_at, l."source_order" NULLS FIRST, CASE l."op" WHEN 'delete' THEN 1 ELSE 0 END, l."observed_at", l."event_stream", l."event_seq", l."event_ordinal" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "lode_sent_name",
         count(CASE WHEN l.op = 'delete' OR l.absent IS NULL OR strpos(',' || l.absent || ',', ',email,') = 0 THEN 1 END) OVER (PARTITION BY l."source_system", l."source_id" ORDER BY l.valid_at, l."source_order" NULLS FIRST, CASE l."op" WHEN 'delete' THEN 1 ELSE 0 END, l."observed_at", l."event_stream", l."event_seq", l."event_ordinal" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "lode_sent_email" FROM "silver"."suppliers_log" l JOIN "lode_match_own" o ON o."source_entity" = 'suppliers'::VARCHAR AND o."source_system" = l."source_system" AND o."source_id" = l."source_id" WHERE l.op IN ('upsert', 'delete')) x) y
) w) e JOIN "lode_match_own" o ON o."source_entity" = 'suppliers'::VARCHAR AND o."source_system" = e."source_system" AND o."source_id" = e."source_id" WHERE e.lode_place = 1
) s) s;

-- what survives of them at each instant []
INSERT INTO "silver"."parties_log" ("log_seq", "valid_at", "op", "observed_at", "event_stream", "event_seq", "event_ordinal", "load_id", "source_entity", "source_system", "source_id", "name", "email", "born_on")
SELECT 30 + row_number() OVER (ORDER BY y."source_entity", y."source_system", y."source_id", y.valid_at), y."valid_at", y."op", y."observed_at", y."event_stream", y."event_seq", y."event_ordinal", y."load_id", y."source_entity", y."source_system", y."source_id", y."name", y."email", y."born_on" FROM (
SELECT i."master_source_entity" AS "source_entity",
       i."master_source_system" AS "source_system",
       i."master_source_id" AS "source_id",
       i."valid_at", i."observed_at", i."event_stream", i."event_seq", i."event_ordinal", i."load_id",
       CASE WHEN bool_or(s.op = 'upsert') THEN 'upsert' ELSE 'delete' END AS op,
       (array_agg(s."name" ORDER BY CASE WHEN s."source_entity" = 'crm'::VARCHAR OR s."source_system" = 'crm'::VARCHAR THEN 0 WHEN s."source_entity" = 'suppliers'::VARCHAR OR s."source_system" = 'suppliers'::VARCHAR THEN 1 ELSE 2 END, s.valid_at DESC, s.lode_n) FILTER (WHERE s.op = 'upsert' AND s."name" IS NOT NULL))[1] AS "name",
       (array_agg(s."email" ORDER BY s.valid_at DESC, s.lode_n) FILTER (WHERE s.op = 'upsert' AND s."email" IS NOT NULL))[1] AS "email",
       (array_agg(s."lode_first_born_on" ORDER BY s."lode_since_born_on", s.lode_n) FILTER (WHERE s.op = 'upsert' AND s."lode_since_born_on" IS NOT NULL))[1] AS "born_on"
FROM (SELECT DISTINCT ON (s."master_source_entity", s."master_source_system", s."master_source_id", s.valid_at) s."master_source_entity", s."master_source_system", s."master_source_id", s."valid_at", s."observed_at", s."event_stream", s."event_seq", s."event_ordinal", s."load_id" FROM "lode_match_states" s ORDER BY s."master_source_entity", s."master_source_system", s."master_source_id", s.valid_at, s."source_order" DESC NULLS LAST, CASE s."op" WHEN 'delete' THEN 1 ELSE 0 END DESC, s."observed_at" DESC, s."event_stream" DESC, s."event_seq" DESC, s."event_ordinal" DESC) i
JOIN "lode_match_states" s ON s."master_source_entity" = i."master_source_entity" AND s."master_source_system" = i."master_source_system" AND s."master_source_id" = i."master_source_id" AND s.valid_at <= i.valid_at AND (s.lode_until IS NULL OR i.valid_at < s.lode_until)
GROUP BY i."master_source_entity", i."master_source_system", i."master_source_id", i."valid_at", i."observed_at", i."event_stream", i."event_seq", i."event_ordinal", i."load_id"
) y;

--  []
DROP TABLE IF EXISTS temp.main."lode_delta";

-- what differs from silver.parties_members []
CREATE TEMPORARY TABLE "lode_delta" AS
SELECT COALESCE(f."source_entity", t."source_entity") AS "source_entity", COALESCE(f."source_system", t."source_system") AS "source_system", COALESCE(f."source_id", t."source_id") AS "source_id",
       CASE WHEN t."source_entity" IS NULL THEN 'insert' WHEN f."source_entity" IS NULL THEN 'delete' ELSE 'update' END AS lode_change
FROM "lode_match_members" f FULL JOIN (SELECT * FROM "silver"."parties_members" WHERE ("source_entity", "source_system", "source_id") IN (SELECT "source_entity", "source_system", "source_id" FROM "lode_match_reach")) t ON f."source_entity" = t."source_entity" AND f."source_system" = t."source_system" AND f."source_id" = t."source_id"
WHERE t."source_entity" IS NULL OR f."source_entity" IS NULL OR f."master_source_entity" IS DISTINCT FROM t."master_source_entity" OR f."master_source_system" IS DISTINCT FROM t."master_source_system" OR f."master_source_id" IS DISTINCT FROM t."master_source_id" OR f."log_seq" IS DISTINCT FROM t."log_seq";

-- take the changed and vanished rows out []
DELETE FROM "silver"."parties_members" t USING (SELECT * FROM "lode_delta" WHERE lode_change IN ('update', 'delete')) c WHERE c."source_entity" = t."source_entity" AND c."source_system" = t."source_system" AND c."source_id" = t."source_id";

-- write the inserted rows []
INSERT INTO "silver"."parties_members" ("source_entity", "source_system", "source_id", "master_source_entity", "master_source_system", "master_source_id", "log_seq")
SELECT f."source_entity", f."source_system", f."source_id", f."master_source_entity", f."master_source_system", f."master_source_id", f."log_seq"
FROM "lode_match_members" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('insert')) c ON c."source_entity" = f."source_entity" AND c."source_system" = f."source_system" AND c."source_id" = f."source_id";

-- write the updated rows []
INSERT INTO "silver"."parties_members" ("source_entity", "source_system", "source_id", "master_source_entity", "master_source_system", "master_source_id", "log_seq")
SELECT f."source_entity", f."source_system", f."source_id", f."master_source_entity", f."master_source_system", f."master_source_id", f."log_seq"
FROM "lode_match_members" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('update')) c ON c."source_entity" = f."source_entity" AND c."source_system" = f."source_system" AND c."source_id" = f."source_id";

