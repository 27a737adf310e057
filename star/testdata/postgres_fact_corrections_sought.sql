WITH x AS (SELECT s."customer_id" AS "source_id" FROM "lode_source" s LIMIT 1000)
SELECT (SELECT count(*) FROM x), count(*) FROM x JOIN "gold"."dim_customers" v ON v."source_id" = x."source_id";

CREATE TEMPORARY TABLE "lode_fresh" AS
SELECT s."source_id",
       s."correction",
       COALESCE(CASE WHEN s."ordered_at" < d0."valid_to" THEN d0."customer_key" END, CASE WHEN (s."customer_id" IS NULL) AND (strpos(',' || s."refused_columns" || ',', ',customer_id,') > 0) THEN -4 WHEN (s."customer_id" IS NULL) THEN -1 WHEN s."ordered_at" IS NULL AND (strpos(',' || s."refused_columns" || ',', ',ordered_at,') > 0) THEN -4 WHEN s."ordered_at" IS NULL THEN -1 ELSE 0 END) AS "customer_key",
       s."ordered_at",
       CASE WHEN s.is_reversal THEN -s."freight_amount" ELSE s."freight_amount" END AS "freight_amount",
       s."is_reversal",
       s."recorded_at",
       s."event_stream",
       s."event_seq"
FROM "lode_source" s
LEFT JOIN LATERAL (SELECT * FROM "gold"."dim_customers" lode_x WHERE lode_x."source_id" = s."customer_id" AND lode_x."valid_from" <= s."ordered_at" ORDER BY lode_x."valid_from" DESC LIMIT 1) d0 ON TRUE;
