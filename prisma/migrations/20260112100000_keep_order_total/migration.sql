-- The total of an order follows its items while it is being put together.
CREATE TRIGGER "Order_total" AFTER UPDATE ON "Order"
BEGIN
    UPDATE "Order" SET "total" = (
        SELECT coalesce(sum("OrderItem"."quantity" * "Product"."price"), 0)
        FROM "OrderItem" JOIN "Product" ON "Product"."id" = "OrderItem"."productId"
        WHERE "OrderItem"."orderId" = NEW."id"
    ) WHERE "id" = NEW."id";
END;
