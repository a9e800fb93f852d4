-- CreateTable
CREATE TABLE "Wish" (
    "customerId" INTEGER NOT NULL,
    "productId" INTEGER NOT NULL,
    "wishedAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,

    PRIMARY KEY ("customerId", "productId"),
    CONSTRAINT "Wish_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Wish_productId_fkey" FOREIGN KEY ("productId") REFERENCES "Product" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
