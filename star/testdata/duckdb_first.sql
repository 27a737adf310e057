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
DROP TABLE IF EXISTS temp.main."lode_fresh";

-- the rows that the touched keys should have []
CREATE TEMPORARY TABLE "lode_fresh" AS
WITH numbered AS (
SELECT 0 + row_number() OVER (ORDER BY v."source_system", v."source_id", v.event_at) AS "customer_key", v.lode_life,
       v."source_system", v."source_id", v."name", v."email", v."phone", v."segment", v."country_code", v."is_active", v."is_vip", v.valid_from, v.valid_to, (v.valid_to = '9999-12-31T00:00:00Z'::TIMESTAMP) AS is_current,
       v.version, FALSE AS is_inferred, v.is_deleted, v.event_at, v.event_stream, v.event_seq
FROM "lode_versions" v)
SELECT n.*, min(n."customer_key") OVER (PARTITION BY n."source_system", n."source_id") AS "customer_durable_key" FROM numbered n;

-- fill the empty table [inserted]
INSERT INTO "gold"."dim_customers" ("customer_key", "customer_durable_key", "source_system", "source_id", "name", "email", "phone", "segment", "country_code", "is_active", "is_vip", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."customer_key", f."customer_durable_key", f."source_system", f."source_id", f."name", f."email", f."phone", f."segment", f."country_code", f."is_active", f."is_vip", f."valid_from", f."valid_to", f."is_current", f."version", f."is_inferred", f."is_deleted", f."event_at", f."event_stream", f."event_seq", '2025-06-02T00:00:00Z'::TIMESTAMP, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f;

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
DROP TABLE IF EXISTS temp.main."lode_fresh";

-- the rows that the touched keys should have []
CREATE TEMPORARY TABLE "lode_fresh" AS
WITH numbered AS (
SELECT 0 + row_number() OVER (ORDER BY v."source_system", v."source_id", v.event_at) AS "product_key", v.lode_life,
       v."source_system", v."source_id", v."name", v."description", v."category", v."price_amount", v.valid_from, v.valid_to, (v.valid_to = '9999-12-31T00:00:00Z'::TIMESTAMP) AS is_current,
       v.version, FALSE AS is_inferred, v.is_deleted, v.event_at, v.event_stream, v.event_seq
FROM "lode_versions" v)
SELECT n.*, min(n."product_key") OVER (PARTITION BY n."source_system", n."source_id") AS "product_durable_key" FROM numbered n;

-- fill the empty table [inserted]
INSERT INTO "gold"."dim_products" ("product_key", "product_durable_key", "source_system", "source_id", "name", "description", "category", "price_amount", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "event_at", "event_stream", "event_seq", "created_at", "updated_at")
SELECT f."product_key", f."product_durable_key", f."source_system", f."source_id", f."name", f."description", f."category", f."price_amount", f."valid_from", f."valid_to", f."is_current", f."version", f."is_inferred", f."is_deleted", f."event_at", f."event_stream", f."event_seq", '2025-06-02T00:00:00Z'::TIMESTAMP, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f;

-- == fact_orders
-- the rows that the touched facts should have, keys as of the event [inserted]
INSERT INTO "gold"."fact_orders" ("source_system", "order_id", "line_number", "customer_key", "product_key", "ordered_on_key", "ordered_at", "quantity_count", "line_amount", "event_stream", "event_seq", "created_at", "updated_at")
SELECT x.*, '2025-06-02T00:00:00Z'::TIMESTAMP, '2025-06-02T00:00:00Z'::TIMESTAMP FROM (
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
WHERE NOT s.is_deleted) x;

--  []
DROP TABLE IF EXISTS temp.main."lode_missing";

-- facts whose customer is not found yet []
CREATE TEMPORARY TABLE "lode_missing" AS
SELECT f."lode_fact_source_system", f."lode_fact_order_id", f."lode_fact_line_number", s."ordered_at" AS lode_at
     , s."customer_system" AS "source_system", s."customer_id" AS "source_id"
FROM (SELECT "source_system" AS "lode_fact_source_system", "order_id" AS "lode_fact_order_id", "line_number" AS "lode_fact_line_number", "customer_key" AS lode_fk FROM "gold"."fact_orders") f JOIN "silver"."order_lines" s ON f."lode_fact_source_system" = s."source_system" AND f."lode_fact_order_id" = s."order_id" AND f."lode_fact_line_number" = s."line_number" WHERE f.lode_fk = 0;

-- an event in a gap or after a delete belongs to the last version before it []
UPDATE "gold"."fact_orders" t SET "customer_key" = g.lode_sk FROM (
  SELECT DISTINCT ON (m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number") m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number", v."customer_key" AS lode_sk
  FROM "lode_missing" m JOIN "gold"."dim_customers" v ON v."source_system" = m."source_system" AND v."source_id" = m."source_id" AND v.valid_from <= m.lode_at ORDER BY m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number", v.valid_from DESC
) g WHERE g."lode_fact_source_system" = t."source_system" AND g."lode_fact_order_id" = t."order_id" AND g."lode_fact_line_number" = t."line_number";

-- inferred members of dim_customers [inferred]
INSERT INTO "gold"."dim_customers" ("customer_key", "customer_durable_key", "source_system", "source_id", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "created_at", "updated_at")
SELECT GREATEST(7, (SELECT COALESCE(max("customer_key"), 0) FROM "gold"."dim_customers" WHERE "customer_key" > 7)) + row_number() OVER (ORDER BY n."source_system", n."source_id"), GREATEST(7, (SELECT COALESCE(max("customer_key"), 0) FROM "gold"."dim_customers" WHERE "customer_key" > 7)) + row_number() OVER (ORDER BY n."source_system", n."source_id"), n."source_system", n."source_id", '1900-01-01T00:00:00Z'::TIMESTAMP, '9999-12-31T00:00:00Z'::TIMESTAMP, TRUE, 1, TRUE, FALSE, '2025-06-02T00:00:00Z'::TIMESTAMP, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM (SELECT DISTINCT m."source_system", m."source_id" FROM "lode_missing" m WHERE NOT EXISTS (SELECT 1 FROM "gold"."dim_customers" v WHERE v."source_system" = m."source_system" AND v."source_id" = m."source_id")) n;

-- and their facts point to them []
UPDATE "gold"."fact_orders" t SET "customer_key" = v."customer_key" FROM "lode_missing" m JOIN "gold"."dim_customers" v ON v."source_system" = m."source_system" AND v."source_id" = m."source_id" AND v.is_inferred WHERE m."lode_fact_source_system" = t."source_system" AND m."lode_fact_order_id" = t."order_id" AND m."lode_fact_line_number" = t."line_number" AND t."customer_key" = 0;

-- the rest point to the unknown member []
UPDATE "gold"."fact_orders" SET "customer_key" = -1 WHERE "customer_key" = 0;

--  []
DROP TABLE IF EXISTS temp.main."lode_missing";

-- facts whose product is not found yet []
CREATE TEMPORARY TABLE "lode_missing" AS
SELECT f."lode_fact_source_system", f."lode_fact_order_id", f."lode_fact_line_number", s."ordered_at" AS lode_at
     , s."product_system" AS "source_system", s."product_id" AS "source_id"
FROM (SELECT "source_system" AS "lode_fact_source_system", "order_id" AS "lode_fact_order_id", "line_number" AS "lode_fact_line_number", "product_key" AS lode_fk FROM "gold"."fact_orders") f JOIN "silver"."order_lines" s ON f."lode_fact_source_system" = s."source_system" AND f."lode_fact_order_id" = s."order_id" AND f."lode_fact_line_number" = s."line_number" WHERE f.lode_fk = 0;

-- an event in a gap or after a delete belongs to the last version before it []
UPDATE "gold"."fact_orders" t SET "product_key" = g.lode_sk FROM (
  SELECT DISTINCT ON (m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number") m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number", v."product_key" AS lode_sk
  FROM "lode_missing" m JOIN "gold"."dim_products" v ON v."source_system" = m."source_system" AND v."source_id" = m."source_id" AND v.valid_from <= m.lode_at ORDER BY m."lode_fact_source_system", m."lode_fact_order_id", m."lode_fact_line_number", v.valid_from DESC
) g WHERE g."lode_fact_source_system" = t."source_system" AND g."lode_fact_order_id" = t."order_id" AND g."lode_fact_line_number" = t."line_number";

-- inferred members of dim_products [inferred]
INSERT INTO "gold"."dim_products" ("product_key", "product_durable_key", "source_system", "source_id", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "created_at", "updated_at")
SELECT GREATEST(5, (SELECT COALESCE(max("product_key"), 0) FROM "gold"."dim_products" WHERE "product_key" > 5)) + row_number() OVER (ORDER BY n."source_system", n."source_id"), GREATEST(5, (SELECT COALESCE(max("product_key"), 0) FROM "gold"."dim_products" WHERE "product_key" > 5)) + row_number() OVER (ORDER BY n."source_system", n."source_id"), n."source_system", n."source_id", '1900-01-01T00:00:00Z'::TIMESTAMP, '9999-12-31T00:00:00Z'::TIMESTAMP, TRUE, 1, TRUE, FALSE, '2025-06-02T00:00:00Z'::TIMESTAMP, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM (SELECT DISTINCT m."source_system", m."source_id" FROM "lode_missing" m WHERE NOT EXISTS (SELECT 1 FROM "gold"."dim_products" v WHERE v."source_system" = m."source_system" AND v."source_id" = m."source_id")) n;

-- and their facts point to them []
UPDATE "gold"."fact_orders" t SET "product_key" = v."product_key" FROM "lode_missing" m JOIN "gold"."dim_products" v ON v."source_system" = m."source_system" AND v."source_id" = m."source_id" AND v.is_inferred WHERE m."lode_fact_source_system" = t."source_system" AND m."lode_fact_order_id" = t."order_id" AND m."lode_fact_line_number" = t."line_number" AND t."product_key" = 0;

-- the rest point to the unknown member []
UPDATE "gold"."fact_orders" SET "product_key" = -1 WHERE "product_key" = 0;

-- groups of agg_monthly_revenue that this touches []
INSERT INTO "lode"."waiting_agg_monthly_revenue" ("month_start_date", "segment")
SELECT DISTINCT d_ordered_on_key."month_start_date", d_customer_key."segment" FROM "gold"."fact_orders" f JOIN "lode_delta" c ON c."source_system" = f."source_system" AND c."order_id" = f."order_id" AND c."line_number" = f."line_number"
JOIN "gold"."dim_dates" d_ordered_on_key ON d_ordered_on_key."date_key" = f."ordered_on_key"
JOIN "gold"."dim_customers" d_customer_key ON d_customer_key."customer_key" = f."customer_key";

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

-- fill the empty table [inserted]
INSERT INTO "gold"."agg_monthly_revenue" ("group_key", "month_start_date", "segment", "revenue_amount", "order_count", "line_count", "created_at", "updated_at")
SELECT f."group_key", f."month_start_date", f."segment", f."revenue_amount", f."order_count", f."line_count", '2025-06-02T00:00:00Z'::TIMESTAMP, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM "lode_fresh" f;

-- no group waits any more []
DELETE FROM "lode"."waiting_agg_monthly_revenue";

