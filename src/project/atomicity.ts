import type { Project } from './project.js'

/**
 * Whether this Prisma sends a migration file to this database as one text that is one transaction by itself.
 * Since 7.4 each statement is sent alone (prisma-engines PR 5767), so a failure leaves the earlier ones applied.
 */
export function isFileAtomic({ prisma, database }: Pick<Project, 'prisma' | 'database'>): boolean {
  const splits = prisma.major > 7 || (prisma.major === 7 && prisma.minor >= 4)
  return database.traits.batchIsTransaction && !splits
}
