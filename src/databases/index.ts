import type { Database } from './database.js'
import { postgresql } from './postgresql/postgresql.js'
import { sqlite } from './sqlite/sqlite.js'

/** Every database that safe-migrate knows. */
export const databases: readonly Database[] = [postgresql, sqlite]

/** The database of a Prisma provider name; null when it is not supported. */
export function databaseOfProvider(provider: string): Database | null {
  return databases.find((database) => database.providers.includes(provider)) ?? null
}
