/** What `prisma migrate` takes in the database that it migrates. https://www.prisma.io/docs/orm/prisma-migrate/workflows/development-and-production#advisory-locking */
export const PRISMA_LOCK = 72707369
