--  []
DROP TABLE IF EXISTS pg_temp."lode_fact_keys";

-- the facts that new events touch []
CREATE TEMPORARY TABLE "lode_fact_keys" AS
SELECT DISTINCT "source_id" FROM "silver"."orders_log" WHERE log_seq > 100 AND op <> 'scope'
UNION
SELECT s."source_id" FROM "silver"."orders" s, (SELECT DISTINCT "order_id", "step" FROM "silver"."steps_log" WHERE log_seq > 50 AND op <> 'scope') c
WHERE c."order_id" = s."source_id" AND c."step" = 'paid'::text AND NOT s.is_deleted;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_fact_keys";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_source";

-- what the touched facts are made of []
CREATE TEMPORARY TABLE "lode_source" AS
SELECT s.*
FROM (SELECT s."source_id", s."ordered_at", s."refused_columns", s."event_stream", s."event_seq", "j_payment"."happened_at" AS "payment.happened_at", "j_payment"."refused_columns" AS "payment.refused_columns"
FROM "silver"."orders" s JOIN "lode_fact_keys" k ON k."source_id" = s."source_id"
LEFT JOIN "silver"."steps" "j_payment" ON "j_payment"."order_id" = s."source_id" AND "j_payment"."step" = 'paid'::text AND NOT "j_payment".is_deleted
WHERE NOT s.is_deleted) s;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_source";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- days of ordered []
SELECT min(CAST((s."ordered_at") AT TIME ZONE 'UTC' AS date)), max(CAST((s."ordered_at") AT TIME ZONE 'UTC' AS date)) FROM "lode_source" s;

-- days of paid []
SELECT min(CAST((s."payment.happened_at") AT TIME ZONE 'UTC' AS date)), max(CAST((s."payment.happened_at") AT TIME ZONE 'UTC' AS date)) FROM "lode_source" s;

--  []
DROP TABLE IF EXISTS pg_temp."lode_fresh";

-- the rows that the touched facts should have, keys as of the event []
CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT s."source_id",
       CASE WHEN (s."ordered_at" IS NULL) AND (strpos(',' || s."refused_columns" || ',', ',ordered_at,') > 0) THEN -4 WHEN (s."ordered_at" IS NULL) THEN -5 ELSE (trunc(extract(year FROM (s."ordered_at")::timestamp))::bigint * 10000 + trunc(extract(month FROM (s."ordered_at")::timestamp))::bigint * 100 + trunc(extract(day FROM (s."ordered_at")::timestamp))::bigint) END AS "ordered_key",
       CASE WHEN (s."payment.happened_at" IS NULL) AND (strpos(',' || s."payment.refused_columns" || ',', ',happened_at,') > 0) THEN -4 WHEN (s."payment.happened_at" IS NULL) THEN -5 ELSE (trunc(extract(year FROM (s."payment.happened_at")::timestamp))::bigint * 10000 + trunc(extract(month FROM (s."payment.happened_at")::timestamp))::bigint * 100 + trunc(extract(day FROM (s."payment.happened_at")::timestamp))::bigint) END AS "paid_key",
       s."ordered_at",
       CAST((CAST((s."payment.happened_at") AT TIME ZONE 'UTC' AS date) - CAST((s."ordered_at") AT TIME ZONE 'UTC' AS date)) AS bigint) AS "days_to_pay",
       ((CAST((CAST((s."payment.happened_at") AT TIME ZONE 'UTC' AS date) - CAST((s."ordered_at") AT TIME ZONE 'UTC' AS date)) AS bigint) * 86400000000 + (trunc(extract(hour FROM (s."payment.happened_at")::timestamp))::bigint * 3600000000 + trunc(extract(minute FROM (s."payment.happened_at")::timestamp))::bigint * 60000000 + trunc(extract(microseconds FROM (s."payment.happened_at")::timestamp))::bigint) - (trunc(extract(hour FROM (s."ordered_at")::timestamp))::bigint * 3600000000 + trunc(extract(minute FROM (s."ordered_at")::timestamp))::bigint * 60000000 + trunc(extract(microseconds FROM (s."ordered_at")::timestamp))::bigint)) / 3600000000) AS "hours_to_pay",
       s."event_stream",
       s."event_seq"
FROM "lode_source" s;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_fresh";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_delta";

