-- AlterTable
ALTER TABLE "Order" ADD COLUMN "currency" TEXT NOT NULL DEFAULT 'EUR';

-- Orders from Switzerland were paid in francs.
UPDATE "Order" SET "currency" = 'CHF'
WHERE "customerId" IN (SELECT "id" FROM "Customer" WHERE "country" = 'CH');
