import type { Project } from './project.js'

/**
 * How Prisma sends a migration file to the database: as one text that is one transaction by itself, or each statement by itself, so that a failure
 * leaves the earlier ones applied. PostgreSQL: since 7.4 the latter, unless it cannot split the file (prisma-engines PR 5767 and 5847).
 */
export type Delivery = 'one-transaction' | 'one-by-one'

export function readDelivery({ prisma, database }: Pick<Project, 'prisma' | 'database'>): Delivery {
  const splits = prisma.major > 7 || (prisma.major === 7 && prisma.minor >= 4)
  return database.traits.batchIsTransaction && !splits ? 'one-transaction' : 'one-by-one'
}
