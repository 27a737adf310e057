-- Which airports lose the most time? The airport is the origin here; the same table joined
-- by destination_key answers where the lost time arrives.
SELECT o.iata_code, o.city, count(*) AS flight_count, round(avg(f.delay_minute_count), 1) AS mean_delay_minutes
FROM gold.fact_flights f
JOIN gold.dim_airports o ON o.airport_key = f.origin_key
GROUP BY 1, 2 HAVING count(*) > 10000
ORDER BY mean_delay_minutes DESC LIMIT 10
