import type { Difference } from '../verify/difference.js'
import type { FailedMigration } from './report.js'

/** A statement of a migration. `line` is null where the database was sent the whole file as one text. */
export interface RehearsedStatement {
  readonly migration: string
  readonly line: number | null
  readonly summary: string
}

/** What the pending migrations did to a copy of the database. The copy is gone; the database itself was not touched. */
export interface Rehearsal {
  /** bad: a migration failed, Prisma would not run, or data was lost that no finding predicted. */
  readonly verdict: 'good' | 'bad'
  /** The snapshot of which the copy was made, and the engine that made both. */
  readonly snapshot: string
  readonly engine: string
  readonly exitCode: number
  readonly errorCode: string | null
  /** What Prisma said, when it applied nothing. */
  readonly problem: string | null
  readonly failed: FailedMigration | null
  /** Those that were begun, in order; seconds are null for one that did not end. */
  readonly migrations: readonly { readonly name: string; readonly seconds: number | null }[]
  /** Seconds between two looks at the sessions: what is shorter may not have been seen. Null: nobody looked. */
  readonly interval: number | null
  /** The longest ones, longest first. Seconds are the least that each took. */
  readonly statements: readonly (RehearsedStatement & { readonly seconds: number })[]
  /** Locks that kept others from writing or reading; seconds are the least that they were held. Names of before. */
  readonly locks: readonly {
    readonly schema: string | null
    readonly table: string
    readonly mode: string
    readonly blocks: 'reads and writes' | 'writes'
    readonly seconds: number
    readonly statement: RehearsedStatement | null
  }[]
  /** Tables whose rows were all written anew. */
  readonly rewritten: readonly {
    readonly schema: string | null
    readonly table: string
    readonly bytes: number | null
    readonly statement: RehearsedStatement | null
  }[]
  readonly differences: readonly Difference[]
  /** For people: how the copy may not have been on its own. */
  readonly warnings: readonly string[]
  /** Seconds: `copy`, `fingerprint`, `migrate`, `compare`. */
  readonly seconds: Readonly<Record<string, number>>
}
