--  []
DROP TABLE IF EXISTS temp.main."lode_fact_keys";

-- the facts that new events touch []
CREATE TEMPORARY TABLE "lode_fact_keys" AS
SELECT e."source_id", make_date(CAST(((g.n + 1) // 12) AS integer), CAST((g.n + 1) % 12 + 1 AS integer), 1) - 1 AS "period_end" FROM (SELECT "source_id", min((extract(year FROM (valid_at)::TIMESTAMP)::BIGINT * 12 + extract(month FROM (valid_at)::TIMESTAMP)::BIGINT - 1)) AS lode_n FROM "silver"."accounts_log" WHERE log_seq > 100 AND op IN ('upsert', 'delete') GROUP BY "source_id") e CROSS JOIN LATERAL (SELECT unnest(generate_series(e.lode_n, 24304)) AS n) AS g
UNION
SELECT f."source_id", f."period_end" FROM "gold"."fact_balances" f WHERE EXISTS (SELECT 1 FROM (SELECT "source_id" FROM "silver"."accounts_log" WHERE log_seq > 100 AND op NOT IN ('upsert', 'delete', 'scope')) v WHERE v."source_id" = f."source_id")
UNION
SELECT e."source_id", make_date(CAST(((g.n + 1) // 12) AS integer), CAST((g.n + 1) % 12 + 1 AS integer), 1) - 1 AS "period_end" FROM "silver"."accounts" e CROSS JOIN LATERAL (SELECT unnest(generate_series(24304, 24304)) AS n) AS g;

--  []
DROP TABLE IF EXISTS temp.main."lode_source";

-- what the touched facts are made of []
CREATE TEMPORARY TABLE "lode_source" AS
SELECT s.*
FROM (WITH events AS (
  SELECT l."source_id", l."balance_amount", l."event_stream", l."event_seq", l.op, b.lode_first, b.lode_last, (extract(year FROM (l.valid_at)::TIMESTAMP)::BIGINT * 12 + extract(month FROM (l.valid_at)::TIMESTAMP)::BIGINT - 1) AS lode_n,
         row_number() OVER (PARTITION BY l."source_id", (extract(year FROM (l.valid_at)::TIMESTAMP)::BIGINT * 12 + extract(month FROM (l.valid_at)::TIMESTAMP)::BIGINT - 1) ORDER BY l.valid_at DESC, l."source_order" DESC NULLS LAST, CASE l."op" WHEN 'delete' THEN 1 ELSE 0 END DESC, l."observed_at" DESC, l."event_stream" DESC, l."event_seq" DESC, l."event_ordinal" DESC) AS lode_place
  FROM (SELECT l.* FROM "silver"."accounts_log" l JOIN (SELECT DISTINCT "source_id" FROM "lode_fact_keys" q) k ON k."source_id" = l."source_id" WHERE l.op IN ('upsert', 'delete')) l JOIN (SELECT "source_id", min("period_end") AS lode_first, max("period_end") AS lode_last FROM "lode_fact_keys" q GROUP BY "source_id") b ON b."source_id" = l."source_id"
), states AS (
  SELECT w.*, lead(w.lode_n) OVER (PARTITION BY w."source_id" ORDER BY w.lode_n) AS lode_next FROM events w WHERE w.lode_place = 1
), held AS (
  SELECT e.*, GREATEST(e.lode_n, (extract(year FROM (e.lode_first)::TIMESTAMP)::BIGINT * 12 + extract(month FROM (e.lode_first)::TIMESTAMP)::BIGINT - 1)) AS lode_from, LEAST(COALESCE(e.lode_next - 1, 24304), 24304, (extract(year FROM (e.lode_last)::TIMESTAMP)::BIGINT * 12 + extract(month FROM (e.lode_last)::TIMESTAMP)::BIGINT - 1)) AS lode_to FROM states e WHERE e.op = 'upsert'
), periods AS (
  SELECT g.n AS lode_n, make_date(CAST((g.n // 12) AS integer), CAST(g.n % 12 + 1 AS integer), 1) AS "period_start", make_date(CAST(((g.n + 1) // 12) AS integer), CAST((g.n + 1) % 12 + 1 AS integer), 1) - 1 AS "period_end", CAST(make_date(CAST(((g.n + 1) // 12) AS integer), CAST((g.n + 1) % 12 + 1 AS integer), 1) AS TIMESTAMP) - INTERVAL '1 microsecond' AS lode_at FROM (SELECT min(lode_from) AS lode_from, max(lode_to) AS lode_to FROM held) h CROSS JOIN LATERAL (SELECT unnest(generate_series(h.lode_from, h.lode_to)) AS n) AS g
)
SELECT h."source_id", h."balance_amount", h."event_stream", h."event_seq", p."period_start", p."period_end", p."lode_at"
FROM held h CROSS JOIN LATERAL (SELECT unnest(generate_series(h.lode_from, h.lode_to)) AS n) AS g JOIN periods p ON p.lode_n = g.n) s JOIN "lode_fact_keys" k ON k."source_id" = s."source_id" AND k."period_end" = s."period_end";

-- days of period []
SELECT min(CAST(s."period_end" AS date)), max(CAST(s."period_end" AS date)) FROM "lode_source" s;

--  []
DROP TABLE IF EXISTS temp.main."lode_fresh";

-- the rows that the touched facts should have, keys as of the event []
CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT s."source_id",
       s."period_end",
       COALESCE(d0."account_key", CASE WHEN (s."source_id" IS NULL) THEN -1 WHEN s."lode_at" IS NULL THEN -1 ELSE 0 END) AS "account_key",
       CASE WHEN (s."period_end" IS NULL) THEN -1 ELSE (extract(year FROM (s."period_end")::TIMESTAMP)::BIGINT * 10000 + extract(month FROM (s."period_end")::TIMESTAMP)::BIGINT * 100 + extract(day FROM (s."period_end")::TIMESTAMP)::BIGINT) END AS "period_key",
       s."period_start",
       s."balance_amount",
       s."event_stream",
       s."event_seq"
FROM "lode_source" s
LEFT JOIN "gold"."dim_accounts" d0 ON d0."source_id" = s."source_id" AND d0."valid_from" <= s."lode_at" AND s."lode_at" < d0."valid_to";

--  []
DROP TABLE IF EXISTS temp.main."lode_missing";

-- facts whose account is not found yet []
CREATE TEMPORARY TABLE "lode_missing" AS
SELECT f."lode_fact_source_id", f."lode_fact_period_end", s."lode_at" AS lode_at
     , s."source_id" AS "source_id"
FROM (SELECT "source_id" AS "lode_fact_source_id", "period_end" AS "lode_fact_period_end", "account_key" AS lode_fk FROM "lode_fresh") f JOIN "lode_source" s ON f."lode_fact_source_id" = s."source_id" AND f."lode_fact_period_end" = s."period_end" WHERE f.lode_fk = 0;

-- an event in a gap or after a delete belongs to the last version before it []
UPDATE "lode_fresh" t SET "account_key" = g.lode_sk FROM (
  SELECT DISTINCT ON (m."lode_fact_source_id", m."lode_fact_period_end") m."lode_fact_source_id", m."lode_fact_period_end", v."account_key" AS lode_sk
  FROM "lode_missing" m JOIN "gold"."dim_accounts" v ON v."source_id" = m."source_id" AND v.valid_from <= m.lode_at ORDER BY m."lode_fact_source_id", m."lode_fact_period_end", v.valid_from DESC
) g WHERE g."lode_fact_source_id" = t."source_id" AND g."lode_fact_period_end" = t."period_end";

-- inferred members of dim_accounts [inferred]
INSERT INTO "gold"."dim_accounts" ("account_key", "account_durable_key", "source_id", "valid_from", "valid_to", "is_current", "version", "is_inferred", "is_deleted", "created_at", "updated_at")
SELECT GREATEST(5, (SELECT COALESCE(max("account_key"), 0) FROM "gold"."dim_accounts" WHERE "account_key" > 5)) + row_number() OVER (ORDER BY n."source_id"), GREATEST(5, (SELECT COALESCE(max("account_key"), 0) FROM "gold"."dim_accounts" WHERE "account_key" > 5)) + row_number() OVER (ORDER BY n."source_id"), n."source_id", '1900-01-01T00:00:00Z'::TIMESTAMP, '9999-12-31T00:00:00Z'::TIMESTAMP, TRUE, 1, TRUE, FALSE, '2025-06-02T00:00:00Z'::TIMESTAMP, '2025-06-02T00:00:00Z'::TIMESTAMP
FROM (SELECT DISTINCT m."source_id" FROM "lode_missing" m WHERE NOT EXISTS (SELECT 1 FROM "gold"."dim_accounts" v WHERE v."source_id" = m."source_id")) n;

-- and their facts point to them []
UPDATE "lode_fresh" t SET "account_key" = v."account_key" FROM "lode_missing" m JOIN "gold"."dim_accounts" v ON v."source_id" = m."source_id" AND v.is_inferred WHERE m."lode_fact_source_id" = t."source_id" AND m."lode_fact_period_end" = t."period_end" AND t."account_key" = 0;

-- the rest point to the unknown member []
UPDATE "lode_fresh" SET "account_key" = -1 WHERE "account_key" = 0;

--  []
DROP TABLE IF EXISTS temp.main."lode_delta";

