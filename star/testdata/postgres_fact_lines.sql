--  []
DROP TABLE IF EXISTS pg_temp."lode_fact_keys";

-- the facts that new events touch []
CREATE TEMPORARY TABLE "lode_fact_keys" AS
SELECT DISTINCT "order_id", "line_number" FROM "silver"."lines_log" WHERE log_seq > 100 AND op <> 'scope'
UNION
SELECT s."order_id", s."line_number" FROM "silver"."lines" s, (SELECT DISTINCT "source_id" FROM "silver"."orders_log" WHERE log_seq > 50 AND op <> 'scope') c
WHERE c."source_id" = s."order_id" AND NOT s.is_deleted
UNION
SELECT s."order_id", s."line_number" FROM (SELECT s."order_id", s."line_number", s."event_stream", s."event_seq", "j_order"."currency_code" AS "order.currency_code", "j_order"."ordered_at" AS "order.ordered_at"
FROM "silver"."lines" s
LEFT JOIN "silver"."orders" "j_order" ON "j_order"."source_id" = s."order_id" AND NOT "j_order".is_deleted
WHERE NOT s.is_deleted) s, (SELECT DISTINCT "currency_code", "rate_date" FROM "silver"."rates_log" WHERE log_seq > 50 AND op <> 'scope') c
WHERE c."currency_code" = s."order.currency_code" AND c."rate_date" <= s."order.ordered_at" AND NOT EXISTS (SELECT 1 FROM "silver"."rates" r WHERE NOT r.is_deleted AND r."rate_date" > c."rate_date" AND r."rate_date" <= s."order.ordered_at" AND r."currency_code" = c."currency_code");

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_fact_keys";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- the facts that share an amount with those []
INSERT INTO "lode_fact_keys"
SELECT DISTINCT s."order_id", s."line_number" FROM "silver"."lines" s JOIN (SELECT DISTINCT l."order_id" FROM "silver"."lines_log" l JOIN "lode_fact_keys" k ON k."order_id" = l."order_id" AND k."line_number" = l."line_number" WHERE l.op = 'upsert') h ON h."order_id" = s."order_id"
WHERE NOT EXISTS (SELECT 1 FROM "lode_fact_keys" k WHERE k."order_id" = s."order_id" AND k."line_number" = s."line_number");

--  []
DROP TABLE IF EXISTS pg_temp."lode_source";

-- what the touched facts are made of []
CREATE TEMPORARY TABLE "lode_source" AS
SELECT x.*,
       CAST(x."lode_share_freight_amount" + x."lode_rest_freight_amount" AS numeric(12,2)) AS "lode_value_freight_amount" FROM (
SELECT x.*,
       CASE WHEN row_number() OVER (PARTITION BY x."order_id" ORDER BY x."lode_weight_freight_amount" DESC, (x."order_id" COLLATE "C"), x."line_number") = 1 THEN x."lode_amount_freight_amount" - sum(x."lode_share_freight_amount") OVER (PARTITION BY x."order_id") ELSE 0 END AS "lode_rest_freight_amount" FROM (
SELECT x.*,
       CAST(CAST(div((2 * x."lode_part_freight_amount" + CASE WHEN x."lode_part_freight_amount" < 0 THEN -x."lode_of_freight_amount" ELSE x."lode_of_freight_amount" END), NULLIF(2 * x."lode_of_freight_amount", 0)) AS numeric(38,0)) * '0.01'::numeric(2,2) AS numeric(38,2)) AS "lode_share_freight_amount" FROM (
SELECT x.*,
       CAST(CAST(CAST(x."lode_amount_freight_amount" AS numeric(38,2)) * '100'::numeric(3,0) AS numeric(38,0)) * CASE WHEN x."lode_total_freight_amount" = 0 THEN 1 WHEN x."lode_total_freight_amount" < 0 THEN -x."lode_weight_freight_amount" ELSE x."lode_weight_freight_amount" END AS numeric(38,0)) AS "lode_part_freight_amount",
       CAST(CASE WHEN x."lode_total_freight_amount" = 0 THEN count(*) OVER (PARTITION BY x."order_id") ELSE abs(x."lode_total_freight_amount") END AS numeric(38,0)) AS "lode_of_freight_amount" FROM (
SELECT x.*,
       CAST(sum(x."lode_weight_freight_amount") OVER (PARTITION BY x."order_id") AS numeric(38,0)) AS "lode_total_freight_amount" FROM (
SELECT s.*, CAST(CAST(round((CAST(s."line_amount" AS numeric(19,2)) * s."rate.eur_rate"), 2) AS numeric(19,2)) AS numeric(19,2)) AS "lode_value_eur_amount", CAST(s."order.freight_amount" AS numeric(12,2)) AS "lode_amount_freight_amount", COALESCE(CAST(CAST(s."line_amount" AS numeric(38,2)) * '100'::numeric(3,0) AS numeric(38,0)), 0) AS "lode_weight_freight_amount"
FROM (SELECT s."order_id", s."line_number", s."line_amount", s."event_stream", s."event_seq", "j_order"."ordered_at" AS "order.ordered_at", "j_order"."customer_id" AS "order.customer_id", "j_order"."refused_columns" AS "order.refused_columns", "j_rate"."eur_rate" AS "rate.eur_rate", "j_order"."freight_amount" AS "order.freight_amount"
FROM "silver"."lines" s JOIN "lode_fact_keys" k ON k."order_id" = s."order_id" AND k."line_number" = s."line_number"
LEFT JOIN "silver"."orders" "j_order" ON "j_order"."source_id" = s."order_id" AND NOT "j_order".is_deleted
LEFT JOIN LATERAL (SELECT * FROM (SELECT * FROM "silver"."rates" WHERE NOT is_deleted) lode_x WHERE lode_x."currency_code" = "j_order"."currency_code" AND lode_x."rate_date" <= "j_order"."ordered_at" ORDER BY lode_x."rate_date" DESC LIMIT 1) "j_rate" ON TRUE
WHERE NOT s.is_deleted) s) x) x) x) x) x;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_source";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- days of ordered_on []
SELECT min(CAST((s."order.ordered_at") AT TIME ZONE 'UTC' AS date)), max(CAST((s."order.ordered_at") AT TIME ZONE 'UTC' AS date)) FROM "lode_source" s;

--  []
DROP TABLE IF EXISTS pg_temp."lode_fresh";

-- the rows that the touched facts should have, keys as of the event []
CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT s."order_id",
       s."line_number",
       COALESCE(d0."customer_key", CASE WHEN (s."order.customer_id" IS NULL) AND (strpos(',' || s."order.refused_columns" || ',', ',customer_id,') > 0) THEN -4 WHEN (s."order.customer_id" IS NULL) THEN -1 WHEN s."order.ordered_at" IS NULL AND (strpos(',' || s."order.refused_columns" || ',', ',ordered_at,') > 0) THEN -4 WHEN s."order.ordered_at" IS NULL THEN -1 ELSE 0 END) AS "customer_key",
       CASE WHEN (s."order.ordered_at" IS NULL) AND (strpos(',' || s."order.refused_columns" || ',', ',ordered_at,') > 0) THEN -4 WHEN (s."order.ordered_at" IS NULL) THEN -1 ELSE (trunc(extract(year FROM (s."order.ordered_at")::timestamp))::bigint * 10000 + trunc(extract(month FROM (s."order.ordered_at")::timestamp))::bigint * 100 + trunc(extract(day FROM (s."order.ordered_at")::timestamp))::bigint) END AS "ordered_on_key",
       s."order.ordered_at" AS "ordered_at",
       s."line_amount",
       s."lode_value_eur_amount" AS "eur_amount",
       s."lode_value_freight_amount" AS "freight_amount",
       s."event_stream",
       s."event_seq"
FROM "lode_source" s
LEFT JOIN "gold"."dim_customers" d0 ON d0."source_id" = s."order.customer_id" AND d0."valid_from" <= s."order.ordered_at" AND s."order.ordered_at" < d0."valid_to";

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_fresh";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_missing";

-- facts whose customer is not found yet []
CREATE TEMPORARY TABLE "lode_missing" AS
SELECT f."lode_fact_order_id", f."lode_fact_line_number", s."order.ordered_at" AS lode_at
     , s."order.customer_id" AS "source_id"
FROM (SELECT "order_id" AS "lode_fact_order_id", "line_number" AS "lode_fact_line_number", "customer_key" AS lode_fk FROM "lode_fresh") f JOIN "lode_source" s ON f."lode_fact_order_id" = s."order_id" AND f."lode_fact_line_number" = s."line_number" WHERE f.lode_fk = 0;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_missing";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- an event in a gap or after a delete belongs to the last version before it []
UPDATE "lode_fresh" t SET "customer_key" = g.lode_sk FROM (
  SELECT DISTINCT ON (m."lode_fact_order_id", m."lode_fact_line_number") m."lode_fact_order_id", m."lode_fact_line_number", v."customer_key" AS lode_sk
  FROM "lode_missing" m JOIN "gold"."dim_customers" v ON v."source_id" = m."source_id" AND v.valid_from <= m.lode_at ORDER BY m."lode_fact_order_id", m."lode_fact_line_number", v.valid_from DESC
) g WHERE g."lode_fact_order_id" = t."order_id" AND g."lode_fact_line_number" = t."line_number";

-- inferred members of dim_customers [inferred]
INSERT INTO "gold"."dim_customers" ("customer_key", "customer_durable_key", "source_id", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "created_at", "updated_at")
SELECT GREATEST(7, (SELECT COALESCE(max("customer_key"), 0) FROM "gold"."dim_customers" WHERE "customer_key" > 7)) + row_number() OVER (ORDER BY n."source_id"), GREATEST(7, (SELECT COALESCE(max("customer_key"), 0) FROM "gold"."dim_customers" WHERE "customer_key" > 7)) + row_number() OVER (ORDER BY n."source_id"), n."source_id", '1900-01-01T00:00:00Z'::timestamptz, '9999-12-31T00:00:00Z'::timestamptz, TRUE, 1, TRUE, FALSE, '2025-06-02T00:00:00Z'::timestamptz, '2025-06-02T00:00:00Z'::timestamptz
FROM (SELECT DISTINCT m."source_id" FROM "lode_missing" m WHERE NOT EXISTS (SELECT 1 FROM "gold"."dim_customers" v WHERE v."source_id" = m."source_id")) n;

-- and their facts point to them []
UPDATE "lode_fresh" t SET "customer_key" = v."customer_key" FROM "lode_missing" m JOIN "gold"."dim_customers" v ON v."source_id" = m."source_id" AND v.is_inferred WHERE m."lode_fact_order_id" = t."order_id" AND m."lode_fact_line_number" = t."line_number" AND t."customer_key" = 0;

-- the rest point to the unknown member []
UPDATE "lode_fresh" SET "customer_key" = -1 WHERE "customer_key" = 0;

--  []
DROP TABLE IF EXISTS pg_temp."lode_delta";

