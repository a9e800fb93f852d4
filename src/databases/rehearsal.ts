import type { SqlSource } from '../sql/statement.js'
import type { Secret } from '../util/secret.js'
import type { Connection, Target } from './database.js'

/** What a rehearsal of migrations on a copy needs of a database. */
export interface RehearsalTools {
  /** A Prisma URL for `target.name`, with everything else as in `target.url`. */
  copyUrl(target: Target): Secret
  /** Makes the restored copy as quick as the database itself. */
  prepare(copy: Connection): Promise<void>
  /** Keeps Prisma from migrating this database, where there is a way; null when Prisma is migrating it now. Nobody else is kept from anything. */
  hold(target: Target): Promise<MigrationHold | null>
  /** Watches from another connection what migrations do to `target`. */
  watch(target: Target): Promise<MigrationWatch>
  /** What a copy of this database does not keep away from everything else. */
  findReach(connection: Connection, migrations: readonly SqlSource[]): Promise<Reach>
}

export interface MigrationHold {
  /** Whether a Prisma waits to migrate this database. */
  isAwaited(): Promise<boolean>
  release(): Promise<void>
}

/** Each one part of a sentence for people. */
export interface Reach {
  /** What makes a rehearsal change something outside of the copy. */
  readonly refused: readonly string[]
  /** What might. */
  readonly warned: readonly string[]
}

export interface MigrationWatch {
  stop(): Promise<MigrationObservations>
}

/** `query` is what the database says it was doing, perhaps cut off; null when it was too short to be seen. Seconds are the least that it took. */
export interface MigrationObservations {
  /** Seconds between two looks; what is shorter may not have been seen. Null: nothing was looked at while the migrations ran. */
  readonly interval: number | null
  readonly statements: readonly { readonly query: string; readonly seconds: number }[]
  /** Locks that kept others from writing or reading. Tables that were there before, by their names of then. */
  readonly locks: readonly ObservedLock[]
  /** Tables whose rows were all written anew. Names of before. */
  readonly rewritten: readonly RewrittenTable[]
}

export interface ObservedLock {
  readonly schema: string | null
  readonly table: string
  /** As the database calls it. */
  readonly mode: string
  /** What others could not do meanwhile. */
  readonly blocks: 'reads and writes' | 'writes'
  readonly seconds: number
  readonly query: string | null
}

export interface RewrittenTable {
  readonly schema: string | null
  readonly table: string
  /** What it took on disk before, with its large values; null when that is not known. */
  readonly bytes: number | null
  readonly query: string | null
}
