-- == dim_customers
--  []
DROP TABLE IF EXISTS temp.main."lode_events";

-- the winning event of each key and instant []
CREATE TEMPORARY TABLE "lode_events" AS
SELECT w."source_system", w."source_id", w.lode_at AS valid_at, w."op", w."observed_at", w."event_stream", w."event_seq", w."name", w."email", w."phone", w."segment", w."country_code", w."is_active", w."is_vip"
FROM (SELECT l.*, l."valid_at" AS lode_at, row_number() OVER (PARTITION BY l."source_system", l."source_id", l."valid_at" ORDER BY l."source_order" DESC NULLS LAST, CASE l."op" WHEN 'delete' THEN 1 ELSE 0 END DESC, l."observed_at" DESC, l."event_stream" DESC, l."event_seq" DESC, l."event_ordinal" DESC) AS lode_place
      FROM (SELECT l.* FROM "silver"."customers_log" l WHERE l.op IN ('upsert', 'delete')) l) w
WHERE w.lode_place = 1;

--  []
DROP TABLE IF EXISTS temp.main."lode_versions";

-- the versions of the touched keys []
CREATE TEMPORARY TABLE "lode_versions" AS
WITH lives AS (
  SELECT e.*, 0 AS lode_life FROM "lode_events" e
), signed AS (
  SELECT l.*, COALESCE(CAST(length(CAST(l."segment" AS text)) AS text) || ':' || CAST(l."segment" AS text), '~') || COALESCE(CAST(length(CAST(l."country_code" AS text)) AS text) || ':' || CAST(l."country_code" AS text), '~') || COALESCE(CAST(length(CAST(l."is_active" AS text)) AS text) || ':' || CAST(l."is_active" AS text), '~') || COALESCE(CAST(length(CAST(l."is_vip" AS text)) AS text) || ':' || CAST(l."is_vip" AS text), '~') AS lode_sig, first_value("name") OVER newest AS "lode_newest_name", first_value("email") OVER newest AS "lode_newest_email" FROM lives l WINDOW newest AS (PARTITION BY "source_system", "source_id" ORDER BY CASE op WHEN 'upsert' THEN 0 ELSE 1 END, valid_at DESC)
), marked AS (
  SELECT e.*, CASE WHEN lag(op) OVER w IS DISTINCT FROM op THEN 1 WHEN op = 'delete' THEN 0 WHEN lode_sig <> lag(lode_sig) OVER w THEN 1 ELSE 0 END AS lode_begins
  FROM signed e WINDOW w AS (PARTITION BY "source_system", "source_id" ORDER BY valid_at)
), runs AS (
  SELECT m.*, sum(lode_begins) OVER (PARTITION BY "source_system", "source_id" ORDER BY valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS lode_run FROM marked m
), filled AS (
  SELECT "source_system", "source_id", op, valid_at, event_stream, event_seq, lode_sig, lode_begins, lode_life, "lode_newest_name" AS "name", "lode_newest_email" AS "email", first_value("phone") OVER of_run AS "phone", "segment", "country_code", "is_active", "is_vip"
  FROM runs
  WINDOW of_run AS (PARTITION BY "source_system", "source_id", lode_run ORDER BY valid_at DESC)
), bounded AS (
  SELECT f.*, lead(valid_at) OVER w AS lode_ends_at, lead(op) OVER w AS lode_end_op, lead(op, 2) OVER w AS lode_after_op,
         CAST(sum(CASE op WHEN 'upsert' THEN 1 ELSE 0 END) OVER w AS BIGINT) AS version
  FROM filled f WHERE lode_begins = 1 WINDOW w AS (PARTITION BY "source_system", "source_id" ORDER BY valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT "source_system", "source_id", "name", "email", "phone", "segment", "country_code", "is_active", "is_vip", event_stream, event_seq, lode_life, version, valid_at AS event_at, lode_sig,
       CASE version WHEN 1 THEN '1900-01-01T00:00:00Z'::TIMESTAMP ELSE valid_at END AS valid_from, COALESCE(lode_ends_at, '9999-12-31T00:00:00Z'::TIMESTAMP) AS valid_to,
       COALESCE(lode_end_op = 'delete' AND lode_after_op IS NULL, FALSE) AS is_deleted
FROM bounded WHERE op = 'upsert';

--  []
DROP TABLE IF EXISTS temp.main."lode_matched";

-- which row each version is []
CREATE TEMPORARY TABLE "lode_matched" AS
WITH same AS (SELECT min(t."customer_key") AS lode_sk, v."source_system", v."source_id", v.event_at, v.lode_life FROM "gold"."dim_customers" t JOIN "lode_versions" v ON t."source_system" = v."source_system" AND t."source_id" = v."source_id"
  WHERE t."customer_key" > 0 AND ((t.is_inferred AND v.version = 1) OR (NOT t.is_inferred AND t.event_at = v.event_at)) GROUP BY v."source_system", v."source_id", v.event_at, v.lode_life),
left_over AS (SELECT t."customer_key" AS lode_sk, t."source_system", t."source_id", t.event_at, COALESCE(CAST(length(CAST(t."segment" AS text)) AS text) || ':' || CAST(t."segment" AS text), '~') || COALESCE(CAST(length(CAST(t."country_code" AS text)) AS text) || ':' || CAST(t."country_code" AS text), '~') || COALESCE(CAST(length(CAST(t."is_active" AS text)) AS text) || ':' || CAST(t."is_active" AS text), '~') || COALESCE(CAST(length(CAST(t."is_vip" AS text)) AS text) || ':' || CAST(t."is_vip" AS text), '~') AS lode_sig FROM "gold"."dim_customers" t
  WHERE t."customer_key" > 0 AND NOT t.is_inferred AND NOT EXISTS (SELECT 1 FROM same s WHERE s.lode_sk = t."customer_key")),
held_rest AS (SELECT h.*, row_number() OVER (PARTITION BY h."source_system", h."source_id", h.lode_sig ORDER BY h.event_at) AS lode_n FROM left_over h),
new_rest AS (SELECT v.*, row_number() OVER (PARTITION BY v."source_system", v."source_id", v.lode_sig ORDER BY v.event_at) AS lode_n FROM "lode_versions" v
  JOIN (SELECT DISTINCT "source_system", "source_id" FROM left_over) h ON h."source_system" = v."source_system" AND h."source_id" = v."source_id"
  WHERE NOT EXISTS (SELECT 1 FROM same s WHERE s."source_system" = v."source_system" AND s."source_id" = v."source_id" AND s.event_at = v.event_at)),
found AS (SELECT * FROM same
  UNION ALL SELECT h.lode_sk, v."source_system", v."source_id", v.event_at, v.lode_life FROM held_rest h JOIN new_rest v ON h."source_system" = v."source_system" AND h."source_id" = v."source_id" AND h.lode_sig = v.lode_sig AND h.lode_n = v.lode_n)
SELECT * FROM found
UNION ALL SELECT 7 + row_number() OVER (ORDER BY v."source_system", v."source_id", v.event_at), v."source_system", v."source_id", v.event_at, v.lode_life FROM "lode_versions" v
WHERE NOT EXISTS (SELECT 1 FROM found f WHERE f."source_system" = v."source_system" AND f."source_id" = v."source_id" AND f.event_at = v.event_at);

--  []
DROP TABLE IF EXISTS temp.main."lode_fresh";

-- the rows that the touched keys should have []
CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT v.lode_own AS "customer_key", v.lode_durable AS "customer_durable_key",
       v."source_system", v."source_id", v."name", v."email", v."phone", v."segment", v."country_code", v."is_active", v."is_vip", v.valid_from, v.valid_to, (v.valid_to = '9999-12-31T00:00:00Z'::TIMESTAMP) AS is_current,
       v.version, FALSE AS is_inferred, v.is_deleted, v.event_at, v.event_stream, v.event_seq
FROM (SELECT v."source_system", v."source_id", v."name", v."email", v."phone", v."segment", v."country_code", v."is_active", v."is_vip", v."valid_from", v."valid_to", v."version", v."is_deleted", v."event_at", v."event_stream", v."event_seq", x.lode_sk AS lode_own, COALESCE(h.lode_durable, g.lode_first) AS lode_durable FROM "lode_versions" v
LEFT JOIN "lode_matched" x ON x."source_system" = v."source_system" AND x."source_id" = v."source_id" AND x.event_at = v.event_at
LEFT JOIN (SELECT "source_system", "source_id", min(lode_sk) AS lode_first FROM "lode_matched" GROUP BY "source_system", "source_id") g ON g."source_system" = v."source_system" AND g."source_id" = v."source_id"
LEFT JOIN (SELECT t."source_system", t."source_id", min(t."customer_durable_key") AS lode_durable FROM "gold"."dim_customers" t WHERE t."customer_key" > 0 GROUP BY t."source_system", t."source_id") h ON h."source_system" = v."source_system" AND h."source_id" = v."source_id") v;

-- members of which no event is known stay []
INSERT INTO "lode_fresh" ("customer_key", "customer_durable_key", "source_system", "source_id", "name", "email", "phone", "segment", "country_code", "is_active", "is_vip", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq")
SELECT t."customer_key", t."customer_durable_key", t."source_system", t."source_id", t."name", t."email", t."phone", t."segment", t."country_code", t."is_active", t."is_vip", t."valid_from", t."valid_to", t."is_current", t."version", t."is_inferred", t."is_deleted", t."event_at", t."event_stream", t."event_seq" FROM "gold"."dim_customers" t
WHERE t."customer_key" < 0 OR (t.is_inferred AND NOT EXISTS (SELECT 1 FROM "lode_versions" v WHERE v."source_system" = t."source_system" AND v."source_id" = t."source_id"));

--  []
DROP TABLE IF EXISTS temp.main."lode_delta";

-- what differs from gold.dim_customers []
CREATE TEMPORARY TABLE "lode_delta" AS
SELECT COALESCE(f."customer_key", t."customer_key") AS "customer_key",
       CASE WHEN t."customer_key" IS NULL THEN 'insert' WHEN f."customer_key" IS NULL THEN 'delete' WHEN (t.is_current OR NOT f.is_current) AND NOT (f."customer_durable_key" IS DISTINCT FROM t."customer_durable_key" OR f."source_system" IS DISTINCT FROM t."source_system" OR f."source_id" IS DISTINCT FROM t."source_id" OR f."name" IS DISTINCT FROM t."name" OR f."email" IS DISTINCT FROM t."email" OR f."phone" IS DISTINCT FROM t."phone" OR f."segment" IS DISTINCT FROM t."segment" OR f."country_code" IS DISTINCT FROM t."country_code" OR f."is_active" IS DISTINCT FROM t."is_active" OR f."is_vip" IS DISTINCT FROM t."is_vip" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."is_inferred" IS DISTINCT FROM t."is_inferred" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."event_at" IS DISTINCT FROM t."event_at" OR f."event_stream" IS DISTINCT FROM t."event_stream" OR f."event_seq" IS DISTINCT FROM t."event_seq") THEN 'amend' ELSE 'update' END AS lode_change,
       COALESCE(t."created_at", '2025-06-02T00:00:00Z'::TIMESTAMP) AS lode_created_at,
       t."customer_key" IS NOT NULL AND (f."customer_key" IS NULL OR f."customer_durable_key" IS DISTINCT FROM t."customer_durable_key" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."valid_to" IS DISTINCT FROM t."valid_to" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."is_current" IS DISTINCT FROM t."is_current") AS lode_watched
FROM "lode_fresh" f FULL JOIN "gold"."dim_customers" t ON f."customer_key" = t."customer_key"
WHERE t."customer_key" IS NULL OR f."customer_key" IS NULL OR f."customer_durable_key" IS DISTINCT FROM t."customer_durable_key" OR f."source_system" IS DISTINCT FROM t."source_system" OR f."source_id" IS DISTINCT FROM t."source_id" OR f."name" IS DISTINCT FROM t."name" OR f."email" IS DISTINCT FROM t."email" OR f."phone" IS DISTINCT FROM t."phone" OR f."segment" IS DISTINCT FROM t."segment" OR f."country_code" IS DISTINCT FROM t."country_code" OR f."is_active" IS DISTINCT FROM t."is_active" OR f."is_vip" IS DISTINCT FROM t."is_vip" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."valid_to" IS DISTINCT FROM t."valid_to" OR f."is_current" IS DISTINCT FROM t."is_current" OR f."version" IS DISTINCT FROM t."version" OR f."is_inferred" IS DISTINCT FROM t."is_inferred" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."event_at" IS DISTINCT FROM t."event_at" OR f."event_stream" IS DISTINCT FROM t."event_stream" OR f."event_seq" IS DISTINCT FROM t."event_seq";

-- take the changed and vanished rows out [removed]
DELETE FROM "gold"."dim_customers" t USING (SELECT * FROM "lode_delta" WHERE lode_change IN ('update', 'delete')) c WHERE c."customer_key" = t."customer_key";

-- update the rows that need no more [amended]
UPDATE "gold"."dim_customers" t SET "valid_to" = f."valid_to", "is_current" = f."is_current", "version" = f."version", "updated_at" = '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('amend')) c ON c."customer_key" = f."customer_key"
WHERE c."customer_key" = t."customer_key";

-- write the inserted rows [inserted]
INSERT INTO "gold"."dim_customers" ("customer_key", "customer_durable_key", "source_system", "source_id", "name", "email", "phone", "segment", "country_code", "is_active", "is_vip", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."customer_key", f."customer_durable_key", f."source_system", f."source_id", f."name", f."email", f."phone", f."segment", f."country_code", f."is_active", f."is_vip", f."valid_from", f."valid_to", f."is_current", f."version", f."is_inferred", f."is_deleted", f."event_at", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('insert')) c ON c."customer_key" = f."customer_key";

-- write the updated rows [updated]
INSERT INTO "gold"."dim_customers" ("customer_key", "customer_durable_key", "source_system", "source_id", "name", "email", "phone", "segment", "country_code", "is_active", "is_vip", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."customer_key", f."customer_durable_key", f."source_system", f."source_id", f."name", f."email", f."phone", f."segment", f."country_code", f."is_active", f."is_vip", f."valid_from", f."valid_to", f."is_current", f."version", f."is_inferred", f."is_deleted", f."event_at", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('update')) c ON c."customer_key" = f."customer_key";

-- == what moves with dim_customers
--  []
DROP TABLE IF EXISTS temp.main."lode_moved";

-- versions that move or vanish []
CREATE TEMPORARY TABLE "lode_moved" AS
SELECT "customer_key" FROM "lode_delta" WHERE lode_watched;

-- and those in a gap behind which another will begin []
INSERT INTO "lode_moved" SELECT p."customer_key" FROM "lode_delta" c JOIN "lode_fresh" f ON f."customer_key" = c."customer_key"
JOIN "gold"."dim_customers" p ON p."source_system" = f."source_system" AND p."source_id" = f."source_id" AND p.valid_to <= f.valid_from
WHERE NOT EXISTS (SELECT 1 FROM "gold"."dim_customers" q WHERE q."source_system" = f."source_system" AND q."source_id" = f."source_id" AND p.valid_from < q.valid_from AND q.valid_from <= f.valid_from)
EXCEPT SELECT "customer_key" FROM "lode_moved";

--  []
DROP TABLE IF EXISTS temp.main."lode_moved_facts_0";

-- the facts of fact_orders whose version moved []
CREATE TEMPORARY TABLE "lode_moved_facts_0" AS
SELECT f."source_system", f."order_id", f."line_number" FROM "gold"."fact_orders" f WHERE f."customer_key" IN (SELECT "customer_key" FROM "lode_moved");

-- == groups that move with dim_customers
-- groups of agg_monthly_revenue that this touches []
INSERT INTO "lode"."waiting_agg_monthly_revenue" ("month_start_date", "segment")
SELECT DISTINCT d_ordered_on_key."month_start_date", d_customer_key."segment" FROM (SELECT f.* FROM "gold"."fact_orders" f WHERE f."customer_key" IN (SELECT "customer_key" FROM "lode_delta" WHERE lode_change <> 'insert')) f
JOIN "gold"."dim_dates" d_ordered_on_key ON d_ordered_on_key."date_key" = f."ordered_on_key"
JOIN "gold"."dim_customers" d_customer_key ON d_customer_key."customer_key" = f."customer_key";

-- == dim_products
--  []
DROP TABLE IF EXISTS temp.main."lode_events";

-- the winning event of each key and instant []
CREATE TEMPORARY TABLE "lode_events" AS
SELECT w."source_system", w."source_id", w.lode_at AS valid_at, w."op", w."observed_at", w."event_stream", w."event_seq", w."name", w."description", w."category", w."price_amount"
FROM (SELECT l.*, l."valid_at" AS lode_at, row_number() OVER (PARTITION BY l."source_system", l."source_id", l."valid_at" ORDER BY l."source_order" DESC NULLS LAST, CASE l."op" WHEN 'delete' THEN 1 ELSE 0 END DESC, l."observed_at" DESC, l."event_stream" DESC, l."event_seq" DESC, l."event_ordinal" DESC) AS lode_place
      FROM (SELECT l.* FROM "silver"."products_log" l WHERE l.op IN ('upsert', 'delete')) l) w
WHERE w.lode_place = 1;

--  []
DROP TABLE IF EXISTS temp.main."lode_versions";

-- the versions of the touched keys []
CREATE TEMPORARY TABLE "lode_versions" AS
WITH lives AS (
  SELECT e.*, 0 AS lode_life FROM "lode_events" e
), signed AS (
  SELECT l.*, COALESCE(CAST(length(CAST(l."category" AS text)) AS text) || ':' || CAST(l."category" AS text), '~') || COALESCE(CAST(length(CAST(l."price_amount" AS text)) AS text) || ':' || CAST(l."price_amount" AS text), '~') AS lode_sig, first_value("name") OVER newest AS "lode_newest_name", first_value("description") OVER newest AS "lode_newest_description" FROM lives l WINDOW newest AS (PARTITION BY "source_system", "source_id" ORDER BY CASE op WHEN 'upsert' THEN 0 ELSE 1 END, valid_at DESC)
), marked AS (
  SELECT e.*, CASE WHEN lag(op) OVER w IS DISTINCT FROM op THEN 1 WHEN op = 'delete' THEN 0 WHEN lode_sig <> lag(lode_sig) OVER w THEN 1 ELSE 0 END AS lode_begins
  FROM signed e WINDOW w AS (PARTITION BY "source_system", "source_id" ORDER BY valid_at)
), filled AS (
  SELECT "source_system", "source_id", op, valid_at, event_stream, event_seq, lode_sig, lode_begins, lode_life, "lode_newest_name" AS "name", "lode_newest_description" AS "description", "category", "price_amount"
  FROM marked
), bounded AS (
  SELECT f.*, lead(valid_at) OVER w AS lode_ends_at, lead(op) OVER w AS lode_end_op, lead(op, 2) OVER w AS lode_after_op,
         CAST(sum(CASE op WHEN 'upsert' THEN 1 ELSE 0 END) OVER w AS BIGINT) AS version
  FROM filled f WHERE lode_begins = 1 WINDOW w AS (PARTITION BY "source_system", "source_id" ORDER BY valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT "source_system", "source_id", "name", "description", "category", "price_amount", event_stream, event_seq, lode_life, version, valid_at AS event_at, lode_sig,
       CASE version WHEN 1 THEN '1900-01-01T00:00:00Z'::TIMESTAMP ELSE valid_at END AS valid_from, COALESCE(lode_ends_at, '9999-12-31T00:00:00Z'::TIMESTAMP) AS valid_to,
       COALESCE(lode_end_op = 'delete' AND lode_after_op IS NULL, FALSE) AS is_deleted
FROM bounded WHERE op = 'upsert';

--  []
DROP TABLE IF EXISTS temp.main."lode_matched";

-- which row each version is []
CREATE TEMPORARY TABLE "lode_matched" AS
WITH same AS (SELECT min(t."product_key") AS lode_sk, v."source_system", v."source_id", v.event_at, v.lode_life FROM "gold"."dim_products" t JOIN "lode_versions" v ON t."source_system" = v."source_system" AND t."source_id" = v."source_id"
  WHERE t."product_key" > 0 AND ((t.is_inferred AND v.version = 1) OR (NOT t.is_inferred AND t.event_at = v.event_at)) GROUP BY v."source_system", v."source_id", v.event_at, v.lode_life),
left_over AS (SELECT t."product_key" AS lode_sk, t."source_system", t."source_id", t.event_at, COALESCE(CAST(length(CAST(t."category" AS text)) AS text) || ':' || CAST(t."category" AS text), '~') || COALESCE(CAST(length(CAST(t."price_amount" AS text)) AS text) || ':' || CAST(t."price_amount" AS text), '~') AS lode_sig FROM "gold"."dim_products" t
  WHERE t."product_key" > 0 AND NOT t.is_inferred AND NOT EXISTS (SELECT 1 FROM same s WHERE s.lode_sk = t."product_key")),
held_rest AS (SELECT h.*, row_number() OVER (PARTITION BY h."source_system", h."source_id", h.lode_sig ORDER BY h.event_at) AS lode_n FROM left_over h),
new_rest AS (SELECT v.*, row_number() OVER (PARTITION BY v."source_system", v."source_id", v.lode_sig ORDER BY v.event_at) AS lode_n FROM "lode_versions" v
  JOIN (SELECT DISTINCT "source_system", "source_id" FROM left_over) h ON h."source_system" = v."source_system" AND h."source_id" = v."source_id"
  WHERE NOT EXISTS (SELECT 1 FROM same s WHERE s."source_system" = v."source_system" AND s."source_id" = v."source_id" AND s.event_at = v.event_at)),
found AS (SELECT * FROM same
  UNION ALL SELECT h.lode_sk, v."source_system", v."source_id", v.event_at, v.lode_life FROM held_rest h JOIN new_rest v ON h."source_system" = v."source_system" AND h."source_id" = v."source_id" AND h.lode_sig = v.lode_sig AND h.lode_n = v.lode_n)
SELECT * FROM found
UNION ALL SELECT 7 + row_number() OVER (ORDER BY v."source_system", v."source_id", v.event_at), v."source_system", v."source_id", v.event_at, v.lode_life FROM "lode_versions" v
WHERE NOT EXISTS (SELECT 1 FROM found f WHERE f."source_system" = v."source_system" AND f."source_id" = v."source_id" AND f.event_at = v.event_at);

--  []
DROP TABLE IF EXISTS temp.main."lode_fresh";

-- the rows that the touched keys should have []
CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT v.lode_own AS "product_key", v.lode_durable AS "product_durable_key",
       v."source_system", v."source_id", v."name", v."description", v."category", v."price_amount", v.valid_from, v.valid_to, (v.valid_to = '9999-12-31T00:00:00Z'::TIMESTAMP) AS is_current,
       v.version, FALSE AS is_inferred, v.is_deleted, v.event_at, v.event_stream, v.event_seq
FROM (SELECT v."source_system", v."source_id", v."name", v."description", v."category", v."price_amount", v."valid_from", v."valid_to", v."version", v."is_deleted", v."event_at", v."event_stream", v."event_seq", x.lode_sk AS lode_own, COALESCE(h.lode_durable, g.lode_first) AS lode_durable FROM "lode_versions" v
LEFT JOIN "lode_matched" x ON x."source_system" = v."source_system" AND x."source_id" = v."source_id" AND x.event_at = v.event_at
LEFT JOIN (SELECT "source_system", "source_id", min(lode_sk) AS lode_first FROM "lode_matched" GROUP BY "source_system", "source_id") g ON g."source_system" = v."source_system" AND g."source_id" = v."source_id"
LEFT JOIN (SELECT t."source_system", t."source_id", min(t."product_durable_key") AS lode_durable FROM "gold"."dim_products" t WHERE t."product_key" > 0 GROUP BY t."source_system", t."source_id") h ON h."source_system" = v."source_system" AND h."source_id" = v."source_id") v;

-- members of which no event is known stay []
INSERT INTO "lode_fresh" ("product_key", "product_durable_key", "source_system", "source_id", "name", "description", "category", "price_amount", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq")
SELECT t."product_key", t."product_durable_key", t."source_system", t."source_id", t."name", t."description", t."category", t."price_amount", t."valid_from", t."valid_to", t."is_current", t."version", t."is_inferred", t."is_deleted", t."event_at", t."event_stream", t."event_seq" FROM "gold"."dim_products" t
WHERE t."product_key" < 0 OR (t.is_inferred AND NOT EXISTS (SELECT 1 FROM "lode_versions" v WHERE v."source_system" = t."source_system" AND v."source_id" = t."source_id"));

--  []
DROP TABLE IF EXISTS temp.main."lode_delta";

-- what differs from gold.dim_products []
CREATE TEMPORARY TABLE "lode_delta" AS
SELECT COALESCE(f."product_key", t."product_key") AS "product_key",
       CASE WHEN t."product_key" IS NULL THEN 'insert' WHEN f."product_key" IS NULL THEN 'delete' WHEN (t.is_current OR NOT f.is_current) AND NOT (f."product_durable_key" IS DISTINCT FROM t."product_durable_key" OR f."source_system" IS DISTINCT FROM t."source_system" OR f."source_id" IS DISTINCT FROM t."source_id" OR f."name" IS DISTINCT FROM t."name" OR f."description" IS DISTINCT FROM t."description" OR f."category" IS DISTINCT FROM t."category" OR f."price_amount" IS DISTINCT FROM t."price_amount" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."is_inferred" IS DISTINCT FROM t."is_inferred" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."event_at" IS DISTINCT FROM t."event_at" OR f."event_stream" IS DISTINCT FROM t."event_stream" OR f."event_seq" IS DISTINCT FROM t."event_seq") THEN 'amend' ELSE 'update' END AS lode_change,
       COALESCE(t."created_at", '2025-06-02T00:00:00Z'::TIMESTAMP) AS lode_created_at,
       t."product_key" IS NOT NULL AND (f."product_key" IS NULL OR f."product_durable_key" IS DISTINCT FROM t."product_durable_key" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."valid_to" IS DISTINCT FROM t."valid_to" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."is_current" IS DISTINCT FROM t."is_current") AS lode_watched
FROM "lode_fresh" f FULL JOIN "gold"."dim_products" t ON f."product_key" = t."product_key"
WHERE t."product_key" IS NULL OR f."product_key" IS NULL OR f."product_durable_key" IS DISTINCT FROM t."product_durable_key" OR f."source_system" IS DISTINCT FROM t."source_system" OR f."source_id" IS DISTINCT FROM t."source_id" OR f."name" IS DISTINCT FROM t."name" OR f."description" IS DISTINCT FROM t."description" OR f."category" IS DISTINCT FROM t."category" OR f."price_amount" IS DISTINCT FROM t."price_amount" OR f."valid_from" IS DISTINCT FROM t."valid_from" OR f."valid_to" IS DISTINCT FROM t."valid_to" OR f."is_current" IS DISTINCT FROM t."is_current" OR f."version" IS DISTINCT FROM t."version" OR f."is_inferred" IS DISTINCT FROM t."is_inferred" OR f."is_deleted" IS DISTINCT FROM t."is_deleted" OR f."event_at" IS DISTINCT FROM t."event_at" OR f."event_stream" IS DISTINCT FROM t."event_stream" OR f."event_seq" IS DISTINCT FROM t."event_seq";

-- take the changed and vanished rows out [removed]
DELETE FROM "gold"."dim_products" t USING (SELECT * FROM "lode_delta" WHERE lode_change IN ('update', 'delete')) c WHERE c."product_key" = t."product_key";

-- update the rows that need no more [amended]
UPDATE "gold"."dim_products" t SET "valid_to" = f."valid_to", "is_current" = f."is_current", "version" = f."version", "updated_at" = '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('amend')) c ON c."product_key" = f."product_key"
WHERE c."product_key" = t."product_key";

-- write the inserted rows [inserted]
INSERT INTO "gold"."dim_products" ("product_key", "product_durable_key", "source_system", "source_id", "name", "description", "category", "price_amount", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."product_key", f."product_durable_key", f."source_system", f."source_id", f."name", f."description", f."category", f."price_amount", f."valid_from", f."valid_to", f."is_current", f."version", f."is_inferred", f."is_deleted", f."event_at", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('insert')) c ON c."product_key" = f."product_key";

-- write the updated rows [updated]
INSERT INTO "gold"."dim_products" ("product_key", "product_durable_key", "source_system", "source_id", "name", "description", "category", "price_amount", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."product_key", f."product_durable_key", f."source_system", f."source_id", f."name", f."description", f."category", f."price_amount", f."valid_from", f."valid_to", f."is_current", f."version", f."is_inferred", f."is_deleted", f."event_at", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('update')) c ON c."product_key" = f."product_key";

-- == what moves with dim_products
--  []
DROP TABLE IF EXISTS temp.main."lode_moved";

-- versions that move or vanish []
CREATE TEMPORARY TABLE "lode_moved" AS
SELECT "product_key" FROM "lode_delta" WHERE lode_watched;

-- and those in a gap behind which another will begin []
INSERT INTO "lode_moved" SELECT p."product_key" FROM "lode_delta" c JOIN "lode_fresh" f ON f."product_key" = c."product_key"
JOIN "gold"."dim_products" p ON p."source_system" = f."source_system" AND p."source_id" = f."source_id" AND p.valid_to <= f.valid_from
WHERE NOT EXISTS (SELECT 1 FROM "gold"."dim_products" q WHERE q."source_system" = f."source_system" AND q."source_id" = f."source_id" AND p.valid_from < q.valid_from AND q.valid_from <= f.valid_from)
EXCEPT SELECT "product_key" FROM "lode_moved";

--  []
DROP TABLE IF EXISTS temp.main."lode_moved_facts_0";

-- the facts of fact_orders whose version moved []
CREATE TEMPORARY TABLE "lode_moved_facts_0" AS
SELECT f."source_system", f."order_id", f."line_number" FROM "gold"."fact_orders" f WHERE f."product_key" IN (SELECT "product_key" FROM "lode_moved");

-- == fact_orders
--  []
DROP TABLE IF EXISTS temp.main."lode_fresh";

-- the rows that the touched facts should have, keys as of the event []
CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT s."source_system",
       s."order_id",
       s."line_number",
       COALESCE(d0."customer_key", CASE WHEN (s."customer_system" IS NULL OR s."customer_id" IS NULL) AND (strpos(',' || s."refused_columns" || ',', ',customer_system,') > 0 OR strpos(',' || s."refused_columns" || ',', ',customer_id,') > 0) THEN -4 WHEN (s."customer_system" IS NULL OR s."customer_id" IS NULL) THEN -1 WHEN s."ordered_at" IS NULL AND (strpos(',' || s."refused_columns" || ',', ',ordered_at,') > 0) THEN -4 WHEN s."ordered_at" IS NULL THEN -1 ELSE 0 END) AS "customer_key",
       COALESCE(d1."product_key", CASE WHEN (s."product_system" IS NULL OR s."product_id" IS NULL) AND (strpos(',' || s."refused_columns" || ',', ',product_system,') > 0 OR strpos(',' || s."refused_columns" || ',', ',product_id,') > 0) THEN -4 WHEN (s."product_system" IS NULL OR s."product_id" IS NULL) THEN -1 WHEN s."ordered_at" IS NULL AND (strpos(',' || s."refused_columns" || ',', ',ordered_at,') > 0) THEN -4 WHEN s."ordered_at" IS NULL THEN -1 ELSE 0 END) AS "product_key",
       CASE WHEN (s."ordered_at" IS NULL) AND (strpos(',' || s."refused_columns" || ',', ',ordered_at,') > 0) THEN -4 WHEN (s."ordered_at" IS NULL) THEN -1 ELSE (extract(year FROM (s."ordered_at")::TIMESTAMP)::BIGINT * 10000 + extract(month FROM (s."ordered_at")::TIMESTAMP)::BIGINT * 100 + extract(day FROM (s."ordered_at")::TIMESTAMP)::BIGINT) END AS "ordered_on_key",
       s."ordered_at",
       s."quantity_count",
       s."line_amount",
       s."event_stream",
       s."event_seq"
FROM "silver"."order_lines" s
LEFT JOIN "gold"."dim_customers" d0 ON d0."source_system" = s."customer_system" AND d0."source_id" = s."customer_id" AND d0."valid_from" <= s."ordered_at" AND s."ordered_at" < d0."valid_to"
LEFT JOIN "gold"."dim_products" d1 ON d1."source_system" = s."product_system" AND d1."source_id" = s."product_id" AND d1."valid_from" <= s."ordered_at" AND s."ordered_at" < d1."valid_to"
WHERE NOT s.is_deleted;

--  []
DROP TABLE IF EXISTS temp.main."lode_missing";

-- facts whose customer is not found yet []
CREATE TEMPORARY TABLE "lode_missing" AS
SELECT f."lode_fact_source_system", f."lode_fact_order_id", f."lode_fact_line_number", s."ordered_at" AS lode_at
     , s."customer_system" AS "source_system", s."customer_id" AS "source_id"
FROM (SELECT "source_system" AS "lode_fact_source_system", "order_id" AS "lode_fact_order_id", "line_number" AS "lode_fact_line_number", "customer_key" AS lode_fk FROM "lode_fresh") f JOIN "silver"."order_lines" s ON f."lode_fact_source_system" = s."source_system" AND f."lode_fact_order_id" = s."order_id" AND f."lode_fact_line_number" = s."line_number" WHERE f.lode_fk = 0;

-- an event in a gap or after a delete belongs to the last version before it []
UPDATE "lode_fresh" t SET "customer_key" = g.lode_sk FROM (
  SELECT DISTINCT ON (m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number") m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number", v."customer_key" AS lode_sk
  FROM "lode_missing" m JOIN "gold"."dim_customers" v ON v."source_system" = m."source_system" AND v."source_id" = m."source_id" AND v.valid_from <= m.lode_at ORDER BY m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number", v.valid_from DESC
) g WHERE g."lode_fact_source_system" = t."source_system" AND g."lode_fact_order_id" = t."order_id" AND g."lode_fact_line_number" = t."line_number";

-- inferred members of dim_customers [inferred]
INSERT INTO "gold"."dim_customers" ("customer_key", "customer_durable_key", "source_system", "source_id", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "created_at", "updated_at")
SELECT GREATEST(7, (SELECT COALESCE(max("customer_key"), 0) FROM "gold"."dim_customers" WHERE "customer_key" > 7)) + row_number() OVER (ORDER BY n."source_system", n."source_id"), GREATEST(7, (SELECT COALESCE(max("customer_key"), 0) FROM "gold"."dim_customers" WHERE "customer_key" > 7)) + row_number() OVER (ORDER BY n."source_system", n."source_id"), n."source_system", n."source_id", '1900-01-01T00:00:00Z'::TIMESTAMP, '9999-12-31T00:00:00Z'::TIMESTAMP, TRUE, 1, TRUE, FALSE, '2025-06-02T00:00:00Z'::TIMESTAMP, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM (SELECT DISTINCT m."source_system", m."source_id" FROM "lode_missing" m WHERE NOT EXISTS (SELECT 1 FROM "gold"."dim_customers" v WHERE v."source_system" = m."source_system" AND v."source_id" = m."source_id")) n;

-- and their facts point to them []
UPDATE "lode_fresh" t SET "customer_key" = v."customer_key" FROM "lode_missing" m JOIN "gold"."dim_customers" v ON v."source_system" = m."source_system" AND v."source_id" = m."source_id" AND v.is_inferred WHERE m."lode_fact_source_system" = t."source_system" AND m."lode_fact_order_id" = t."order_id" AND m."lode_fact_line_number" = t."line_number" AND t."customer_key" = 0;

-- the rest point to the unknown member []
UPDATE "lode_fresh" SET "customer_key" = -1 WHERE "customer_key" = 0;

--  []
DROP TABLE IF EXISTS temp.main."lode_missing";

-- facts whose product is not found yet []
CREATE TEMPORARY TABLE "lode_missing" AS
SELECT f."lode_fact_source_system", f."lode_fact_order_id", f."lode_fact_line_number", s."ordered_at" AS lode_at
     , s."product_system" AS "source_system", s."product_id" AS "source_id"
FROM (SELECT "source_system" AS "lode_fact_source_system", "order_id" AS "lode_fact_order_id", "line_number" AS "lode_fact_line_number", "product_key" AS lode_fk FROM "lode_fresh") f JOIN "silver"."order_lines" s ON f."lode_fact_source_system" = s."source_system" AND f."lode_fact_order_id" = s."order_id" AND f."lode_fact_line_number" = s."line_number" WHERE f.lode_fk = 0;

-- an event in a gap or after a delete belongs to the last version before it []
UPDATE "lode_fresh" t SET "product_key" = g.lode_sk FROM (
  SELECT DISTINCT ON (m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number") m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number", v."product_key" AS lode_sk
  FROM "lode_missing" m JOIN "gold"."dim_products" v ON v."source_system" = m."source_system" AND v."source_id" = m."source_id" AND v.valid_from <= m.lode_at ORDER BY m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number", v.valid_from DESC
) g WHERE g."lode_fact_source_system" = t."source_system" AND g."lode_fact_order_id" = t."order_id" AND g."lode_fact_line_number" = t."line_number";

-- inferred members of dim_products [inferred]
INSERT INTO "gold"."dim_products" ("product_key", "product_durable_key", "source_system", "source_id", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "created_at", "updated_at")
SELECT GREATEST(5, (SELECT COALESCE(max("product_key"), 0) FROM "gold"."dim_products" WHERE "product_key" > 5)) + row_number() OVER (ORDER BY n."source_system", n."source_id"), GREATEST(5, (SELECT COALESCE(max("product_key"), 0) FROM "gold"."dim_products" WHERE "product_key" > 5)) + row_number() OVER (ORDER BY n."source_system", n."source_id"), n."source_system", n."source_id", '1900-01-01T00:00:00Z'::TIMESTAMP, '9999-12-31T00:00:00Z'::TIMESTAMP, TRUE, 1, TRUE, FALSE, '2025-06-02T00:00:00Z'::TIMESTAMP, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM (SELECT DISTINCT m."source_system", m."source_id" FROM "lode_missing" m WHERE NOT EXISTS (SELECT 1 FROM "gold"."dim_products" v WHERE v."source_system" = m."source_system" AND v."source_id" = m."source_id")) n;

-- and their facts point to them []
UPDATE "lode_fresh" t SET "product_key" = v."product_key" FROM "lode_missing" m JOIN "gold"."dim_products" v ON v."source_system" = m."source_system" AND v."source_id" = m."source_id" AND v.is_inferred WHERE m."lode_fact_source_system" = t."source_system" AND m."lode_fact_order_id" = t."order_id" AND m."lode_fact_line_number" = t."line_number" AND t."product_key" = 0;

-- the rest point to the unknown member []
UPDATE "lode_fresh" SET "product_key" = -1 WHERE "product_key" = 0;

--  []
DROP TABLE IF EXISTS temp.main."lode_delta";

-- what differs from gold.fact_orders []
CREATE TEMPORARY TABLE "lode_delta" AS
SELECT COALESCE(f."source_system", t."source_system") AS "source_system", COALESCE(f."order_id", t."order_id") AS "order_id", COALESCE(f."line_number", t."line_number") AS "line_number",
       CASE WHEN t."source_system" IS NULL THEN 'insert' WHEN f."source_system" IS NULL THEN 'delete' ELSE 'update' END AS lode_change,
       COALESCE(t."created_at", '2025-06-02T00:00:00Z'::TIMESTAMP) AS lode_created_at
FROM "lode_fresh" f FULL JOIN "gold"."fact_orders" t ON f."source_system" = t."source_system" AND f."order_id" = t."order_id" AND f."line_number" = t."line_number"
WHERE t."source_system" IS NULL OR f."source_system" IS NULL OR f."customer_key" IS DISTINCT FROM t."customer_key" OR f."product_key" IS DISTINCT FROM t."product_key" OR f."ordered_on_key" IS DISTINCT FROM t."ordered_on_key" OR f."ordered_at" IS DISTINCT FROM t."ordered_at" OR f."quantity_count" IS DISTINCT FROM t."quantity_count" OR f."line_amount" IS DISTINCT FROM t."line_amount" OR f."event_stream" IS DISTINCT FROM t."event_stream" OR f."event_seq" IS DISTINCT FROM t."event_seq";

-- groups of agg_monthly_revenue that this touches []
INSERT INTO "lode"."waiting_agg_monthly_revenue" ("month_start_date", "segment")
SELECT DISTINCT d_ordered_on_key."month_start_date", d_customer_key."segment" FROM "gold"."fact_orders" f JOIN "lode_delta" c ON c."source_system" = f."source_system" AND c."order_id" = f."order_id" AND c."line_number" = f."line_number"
JOIN "gold"."dim_dates" d_ordered_on_key ON d_ordered_on_key."date_key" = f."ordered_on_key"
JOIN "gold"."dim_customers" d_customer_key ON d_customer_key."customer_key" = f."customer_key";

-- take the changed and vanished rows out [removed]
DELETE FROM "gold"."fact_orders" t USING (SELECT * FROM "lode_delta" WHERE lode_change IN ('update', 'delete')) c WHERE c."source_system" = t."source_system" AND c."order_id" = t."order_id" AND c."line_number" = t."line_number";

-- write the inserted rows [inserted]
INSERT INTO "gold"."fact_orders" ("source_system", "order_id", "line_number", "customer_key", "product_key", "ordered_on_key", "ordered_at", "quantity_count", "line_amount", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."source_system", f."order_id", f."line_number", f."customer_key", f."product_key", f."ordered_on_key", f."ordered_at", f."quantity_count", f."line_amount", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('insert')) c ON c."source_system" = f."source_system" AND c."order_id" = f."order_id" AND c."line_number" = f."line_number";

-- write the updated rows [updated]
INSERT INTO "gold"."fact_orders" ("source_system", "order_id", "line_number", "customer_key", "product_key", "ordered_on_key", "ordered_at", "quantity_count", "line_amount", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."source_system", f."order_id", f."line_number", f."customer_key", f."product_key", f."ordered_on_key", f."ordered_at", f."quantity_count", f."line_amount", f."event_stream", f."event_seq", c.lode_created_at, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('update')) c ON c."source_system" = f."source_system" AND c."order_id" = f."order_id" AND c."line_number" = f."line_number";

-- == agg_monthly_revenue
--  []
DROP TABLE IF EXISTS temp.main."lode_fresh";

-- these groups summed up anew []
CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT md5(COALESCE(CAST(length(CAST(d_ordered_on_key."month_start_date" AS text)) AS text) || ':' || CAST(d_ordered_on_key."month_start_date" AS text), '~') || COALESCE(CAST(length(CAST(d_customer_key."segment" AS text)) AS text) || ':' || CAST(d_customer_key."segment" AS text), '~')) AS "group_key",
       d_ordered_on_key."month_start_date" AS "month_start_date",
       d_customer_key."segment" AS "segment",
       CAST(sum(f."line_amount") AS DECIMAL(38,2)) AS "revenue_amount",
       CAST(count(DISTINCT f."order_id") AS BIGINT) AS "order_count",
       CAST(count(*) AS BIGINT) AS "line_count"
FROM "gold"."fact_orders" f
JOIN "gold"."dim_dates" d_ordered_on_key ON d_ordered_on_key."date_key" = f."ordered_on_key"
JOIN "gold"."dim_customers" d_customer_key ON d_customer_key."customer_key" = f."customer_key"
GROUP BY d_ordered_on_key."month_start_date", d_customer_key."segment";

--  []
DROP TABLE IF EXISTS temp.main."lode_delta";

-- what differs from gold.agg_monthly_revenue []
CREATE TEMPORARY TABLE "lode_delta" AS
SELECT COALESCE(f."group_key", t."group_key") AS "group_key",
       CASE WHEN t."group_key" IS NULL THEN 'insert' WHEN f."group_key" IS NULL THEN 'delete' ELSE 'update' END AS lode_change,
       COALESCE(t."created_at", '2025-06-02T00:00:00Z'::TIMESTAMP) AS lode_created_at
FROM "lode_fresh" f FULL JOIN "gold"."agg_monthly_revenue" t ON f."group_key" = t."group_key"
WHERE t."group_key" IS NULL OR f."group_key" IS NULL OR f."month_start_date" IS DISTINCT FROM t."month_start_date" OR f."segment" IS DISTINCT FROM t."segment" OR f."revenue_amount" IS DISTINCT FROM t."revenue_amount" OR f."order_count" IS DISTINCT FROM t."order_count" OR f."line_count" IS DISTINCT FROM t."line_count";

-- take the changed and vanished rows out [removed]
DELETE FROM "gold"."agg_monthly_revenue" t USING (SELECT * FROM "lode_delta" WHERE lode_change IN ('update', 'delete')) c WHERE c."group_key" = t."group_key";

-- write the inserted rows [inserted]
INSERT INTO "gold"."agg_monthly_revenue" ("group_key", "month_start_date", "segment", "revenue_amount", "order_count", "line_count", "created_at", "updated_at")
SELECT f."group_key", f."month_start_date", f."segment", f."revenue_amount", f."order_count", f."line_count", c.lode_created_at, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('insert')) c ON c."group_key" = f."group_key";

-- write the updated rows [updated]
INSERT INTO "gold"."agg_monthly_revenue" ("group_key", "month_start_date", "segment", "revenue_amount", "order_count", "line_count", "created_at", "updated_at")
SELECT f."group_key", f."month_start_date", f."segment", f."revenue_amount", f."order_count", f."line_count", c.lode_created_at, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f JOIN (SELECT * FROM "lode_delta" WHERE lode_change IN ('update')) c ON c."group_key" = f."group_key";

-- no group waits any more []
DELETE FROM "lode"."waiting_agg_monthly_revenue";

