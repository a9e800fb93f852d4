-- The catalogue goes from small to large. A product must not cost less than the one before it: the few that do get its price.
-- safe-migrate: allow update-unfiltered Product.price -- agreed with sales: only products that cost less than the one before
UPDATE "Product"
SET "price" = max("price", coalesce((SELECT "smaller"."price" FROM "Product" AS "smaller" WHERE "smaller"."id" = "Product"."id" - 1), 0));
