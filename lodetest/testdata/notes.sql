SELECT t."id", t."text" FROM "app"."notes" t WHERE TRUE LIMIT 3
