import type { Database, Target } from '../databases/database.js'

/** What we are pointed at. Made by `resolveProject`. */
export interface Project {
  /** Absolute path of the folder that holds the project's package.json; Prisma is run here. */
  readonly root: string
  readonly prisma: PrismaCli
  /** Absolute path of the schema file or folder. */
  readonly schemaPath: string
  /** Absolute path of prisma.config.*, null without one. */
  readonly configPath: string | null
  /** Absolute path. It may not exist yet. */
  readonly migrationsDir: string
  /** As in the schema: `postgresql`, `sqlite`. */
  readonly provider: string
  readonly database: Database
  readonly target: Target
  /** The database that the user set aside for Prisma to wipe and replay migrations in; null when there is none, or its URL is not one for this database. */
  readonly shadow: Target | null
  /** `schemas` of the datasource block; empty when it has none. */
  readonly schemas: readonly string[]
  /** Tables that Prisma is told to leave alone (`tables.external`), `schema.name` or `name`. */
  readonly externalTables: readonly string[]
}

/** The project's own Prisma. */
export interface PrismaCli {
  readonly version: string
  readonly major: number
  readonly minor: number
  /** Absolute path of the script to run with node. */
  readonly script: string
}
