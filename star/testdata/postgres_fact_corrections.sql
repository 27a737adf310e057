--  []
DROP TABLE IF EXISTS pg_temp."lode_fact_keys";

-- the facts that new events touch []
CREATE TEMPORARY TABLE "lode_fact_keys" AS
SELECT DISTINCT "source_id" FROM "silver"."orders_log" WHERE log_seq > 100 AND op <> 'scope';

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_fact_keys";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_source";

-- what the touched facts are made of []
CREATE TEMPORARY TABLE "lode_source" AS
SELECT s.*
FROM (WITH seen AS (
SELECT l."source_id", l."ordered_at", l."customer_id", l."refused_columns", l."freight_amount", l."event_stream", l."event_seq", l.op, l.observed_at,
       row_number() OVER (PARTITION BY l."source_id" ORDER BY l.valid_at, l."source_order" NULLS FIRST, CASE l."op" WHEN 'delete' THEN 1 ELSE 0 END, l."observed_at", l."event_stream", l."event_seq", l."event_ordinal") AS lode_rank,
       row_number() OVER (PARTITION BY l."source_id" ORDER BY l.observed_at, l.event_stream, l.event_seq, l.event_ordinal) AS lode_seen,
       CASE l.op WHEN 'upsert' THEN COALESCE(CAST(length(CAST(l."ordered_at" AS text)) AS text) || ':' || CAST(l."ordered_at" AS text), '~') || COALESCE(CAST(length(CAST(l."customer_id" AS text)) AS text) || ':' || CAST(l."customer_id" AS text), '~') || COALESCE(CAST(length(CAST(l."freight_amount" AS text)) AS text) || ':' || CAST(l."freight_amount" AS text), '~') || COALESCE(CAST(length(CAST(COALESCE(strpos(',' || l."refused_columns" || ',', ',customer_id,') > 0 OR strpos(',' || l."refused_columns" || ',', ',ordered_at,') > 0, FALSE) AS text)) AS text) || ':' || CAST(COALESCE(strpos(',' || l."refused_columns" || ',', ',customer_id,') > 0 OR strpos(',' || l."refused_columns" || ',', ',ordered_at,') > 0, FALSE) AS text), '~') END AS lode_sig
FROM (SELECT l.* FROM "silver"."orders_log" l JOIN (SELECT DISTINCT "source_id" FROM "lode_fact_keys" q) k ON k."source_id" = l."source_id" WHERE l.op IN ('upsert', 'delete')) l
), best AS (
  SELECT e.*, max(lode_rank) OVER (PARTITION BY "source_id" ORDER BY lode_seen ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS lode_best FROM seen e
), won AS (
  SELECT e.*, lode_seen = min(lode_seen) OVER (PARTITION BY "source_id") OR lode_sig IS DISTINCT FROM lag(lode_sig) OVER (PARTITION BY "source_id" ORDER BY lode_seen) AS lode_changes
  FROM best e WHERE lode_best IS NULL OR lode_rank > lode_best
), states AS (
  SELECT e.*, lead(lode_seen) OVER (PARTITION BY "source_id" ORDER BY lode_seen) AS lode_next_seen, lead(observed_at) OVER (PARTITION BY "source_id" ORDER BY lode_seen) AS lode_next_observed_at, lead(event_stream) OVER (PARTITION BY "source_id" ORDER BY lode_seen) AS lode_next_event_stream, lead(event_seq) OVER (PARTITION BY "source_id" ORDER BY lode_seen) AS lode_next_event_seq
  FROM won e WHERE lode_changes
)
SELECT e."source_id", e."ordered_at", e."customer_id", e."refused_columns", e."freight_amount", CASE WHEN r.is_reversal THEN e.lode_next_observed_at ELSE e.observed_at END AS recorded_at, CASE WHEN r.is_reversal THEN e.lode_next_event_stream ELSE e.event_stream END AS event_stream, CASE WHEN r.is_reversal THEN e.lode_next_event_seq ELSE e.event_seq END AS event_seq,
       r.is_reversal, row_number() OVER (PARTITION BY e."source_id" ORDER BY CASE WHEN r.is_reversal THEN e.lode_next_seen ELSE e.lode_seen END, r.is_reversal DESC) - 1 AS correction
FROM states e CROSS JOIN (VALUES (FALSE), (TRUE)) AS r(is_reversal)
WHERE e.op = 'upsert' AND (NOT r.is_reversal OR e.lode_next_seen IS NOT NULL)) s;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_source";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_fresh";

-- the rows that the touched facts should have, keys as of the event []
CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT s."source_id",
       s."correction",
       COALESCE(d0."customer_key", CASE WHEN (s."customer_id" IS NULL) AND (strpos(',' || s."refused_columns" || ',', ',customer_id,') > 0) THEN -4 WHEN (s."customer_id" IS NULL) THEN -1 WHEN s."ordered_at" IS NULL AND (strpos(',' || s."refused_columns" || ',', ',ordered_at,') > 0) THEN -4 WHEN s."ordered_at" IS NULL THEN -1 ELSE 0 END) AS "customer_key",
       s."ordered_at",
       CASE WHEN s.is_reversal THEN -s."freight_amount" ELSE s."freight_amount" END AS "freight_amount",
       s."is_reversal",
       s."recorded_at",
       s."event_stream",
       s."event_seq"
FROM "lode_source" s
LEFT JOIN "gold"."dim_customers" d0 ON d0."source_id" = s."customer_id" AND d0."valid_from" <= s."ordered_at" AND s."ordered_at" < d0."valid_to";

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_fresh";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

--  []
DROP TABLE IF EXISTS pg_temp."lode_missing";

-- facts whose customer is not found yet []
CREATE TEMPORARY TABLE "lode_missing" AS
SELECT f."lode_fact_source_id", f."lode_fact_correction", s."ordered_at" AS lode_at
     , s."customer_id" AS "source_id"
FROM (SELECT "source_id" AS "lode_fact_source_id", "correction" AS "lode_fact_correction", "customer_key" AS lode_fk FROM "lode_fresh") f JOIN "lode_source" s ON f."lode_fact_source_id" = s."source_id" AND f."lode_fact_correction" = s."correction" WHERE f.lode_fk = 0;

--  []
DO E'DECLARE target text := current_setting(''default_statistics_target'');\nBEGIN\nPERFORM set_config(''default_statistics_target'', ''10'', true);\nANALYZE pg_temp."lode_missing";\nPERFORM set_config(''default_statistics_target'', target, true);\nEND';

-- an event in a gap or after a delete belongs to the last version before it []
UPDATE "lode_fresh" t SET "customer_key" = g.lode_sk FROM (
  SELECT DISTINCT ON (m."lode_fact_source_id", m."lode_fact_correction") m."lode_fact_source_id", m."lode_fact_correction", v."customer_key" AS lode_sk
  FROM "lode_missing" m JOIN "gold"."dim_customers" v ON v."source_id" = m."source_id" AND v.valid_from <= m.lode_at ORDER BY m."lode_fact_source_id", m."lode_fact_correction", v.valid_from DESC
) g WHERE g."lode_fact_source_id" = t."source_id" AND g."lode_fact_correction" = t."correction";

-- inferred members of dim_customers [inferred]
INSERT INTO "gold"."dim_customers" ("customer_key", "customer_durable_key", "source_id", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "created_at", "updated_at")
SELECT GREATEST(7, (SELECT COALESCE(max("customer_key"), 0) FROM "gold"."dim_customers" WHERE "customer_key" > 7)) + row_number() OVER (ORDER BY n."source_id"), GREATEST(7, (SELECT COALESCE(max("customer_key"), 0) FROM "gold"."dim_customers" WHERE "customer_key" > 7)) + row_number() OVER (ORDER BY n."source_id"), n."source_id", '1900-01-01T00:00:00Z'::timestamptz, '9999-12-31T00:00:00Z'::timestamptz, TRUE, 1, TRUE, FALSE, '2025-06-02T00:00:00Z'::timestamptz, '2025-06-02T00:00:00Z'::timestamptz
FROM (SELECT DISTINCT m."source_id" FROM "lode_missing" m WHERE NOT EXISTS (SELECT 1 FROM "gold"."dim_customers" v WHERE v."source_id" = m."source_id")) n;

-- and their facts point to them []
UPDATE "lode_fresh" t SET "customer_key" = v."customer_key" FROM "lode_missing" m JOIN "gold"."dim_customers" v ON v."source_id" = m."source_id" AND v.is_inferred WHERE m."lode_fact_source_id" = t."source_id" AND m."lode_fact_correction" = t."correction" AND t."customer_key" = 0;

-- the rest point to the unknown member []
UPDATE "lode_fresh" SET "customer_key" = -1 WHERE "customer_key" = 0;

--  []
DROP TABLE IF EXISTS pg_temp."lode_delta";

