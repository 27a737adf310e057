// Package asof rewrites a question about the star so that it is answered as of another
// time. It is pure: SQL goes in and SQL comes out.
//
// The names of tables in the question are replaced, and what they mean stands in front
// of it as common table expressions:
//
//	SELECT segment FROM gold.dim_customers WHERE is_current
//
//	WITH "gold.dim_customers" AS (SELECT ... FROM "gold"."dim_customers" WHERE <in force>)
//	SELECT segment FROM "gold.dim_customers" AS dim_customers WHERE is_current
//
// The SQL is cut into tokens, not parsed: strings, comments and quoted names are told
// from the rest, which is enough to find schema.table, and the same for every database.
package asof
