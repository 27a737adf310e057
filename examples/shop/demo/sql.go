package main

// The questions of the demo. They read the same in DuckDB and in PostgreSQL. What the
// demo itself reads is in cents, so that it needs no decimals.
const (
	storyVersions = `SELECT version, segment, country_code, valid_from, valid_to, is_current
FROM gold.dim_customers
WHERE source_system = 'crm' AND source_id = 'C-1001'
ORDER BY version`

	storyOrders = `SELECT f.order_id, f.ordered_at, c.version, c.segment, sum(f.line_amount) AS order_amount
FROM gold.fact_orders f JOIN gold.dim_customers c ON c.customer_key = f.customer_key
WHERE c.source_system = 'crm' AND c.source_id = 'C-1001' AND f.ordered_at >= '2025-05-01'
GROUP BY f.order_id, f.ordered_at, c.version, c.segment
ORDER BY f.ordered_at`

	storyOrigin = `SELECT r.origin AS request, substr(CAST(b.payload AS VARCHAR), 1, 60) AS payload
FROM gold.dim_customers c
JOIN bronze.crm_customers b ON c.event_stream = 'crm.customers' AND b.seq = c.event_seq
JOIN lode.requests r ON r.load_id = b.load_id AND r.request = b.request
WHERE c.source_id = 'C-1001' AND c.version = 2`

	revenueTable = `SELECT substr(CAST(month_start_date AS VARCHAR), 1, 7) AS month,
  round(sum(CASE WHEN segment = 'Enterprise' THEN revenue_amount END) / 1000) AS enterprise,
  round(sum(CASE WHEN segment = 'Mid-Market' THEN revenue_amount END) / 1000) AS mid_market,
  round(sum(CASE WHEN segment = 'Public Sector' THEN revenue_amount END) / 1000) AS public_sector,
  round(sum(CASE WHEN segment = 'SMB' THEN revenue_amount END) / 1000) AS smb,
  round(sum(revenue_amount) / 1000) AS total,
  sum(line_count) AS line_count
FROM gold.agg_monthly_revenue
GROUP BY month_start_date ORDER BY month_start_date`

	revenueRows = `SELECT CAST(month_start_date AS VARCHAR) AS month, coalesce(segment, 'Unknown') AS segment,
  CAST(sum(revenue_amount) * 100 AS BIGINT) AS cents, CAST(sum(order_count) AS BIGINT) AS orders, CAST(sum(line_count) AS BIGINT) AS lines
FROM gold.agg_monthly_revenue
GROUP BY 1, 2 ORDER BY 1, 2`

	// The books have one group for customers who are not known; the star tells inferred
	// members, whose segment is NULL, from the unknown member.
	booksRows = `SELECT CAST(month_start_date AS VARCHAR) AS month,
  CASE WHEN segment IS NULL OR segment = 'Unknown' THEN '' ELSE segment END AS segment,
  CAST(sum(revenue_amount) * 100 AS BIGINT) AS cents, CAST(sum(order_count) AS BIGINT) AS orders, CAST(sum(line_count) AS BIGINT) AS lines
FROM gold.agg_monthly_revenue
GROUP BY 1, 2 ORDER BY 1, 2`
)
