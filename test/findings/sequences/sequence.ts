import type { DatabaseId } from '../../../src/databases/database.js'

/** Statements and migrations of which one spoils what can be known of a later one. */
export interface Sequence {
  readonly name: string
  /** Where it is valid; everywhere when absent. */
  readonly databases?: readonly DatabaseId[]
  /** `?schema=` of the URL, `public` when absent. */
  readonly schema?: string
  /** Schema and data, unqualified names in `public`. */
  readonly setup: string
  /** Pending, in order, each in a session of its own. */
  readonly migrations: readonly string[]
  /** As the test describes them. */
  readonly findings: readonly string[] | Readonly<Record<DatabaseId, readonly string[]>>
  /** What the comparison finds gone or changed; nothing when absent. */
  readonly lost?: Readonly<Record<string, number>>
  /** The database refuses it although nothing foretells that. */
  readonly fails?: true
}

/** Three rows, of which two have a value in `a` and one in `b`. */
export const PAIR =
  "CREATE TABLE \"T\" (id INTEGER PRIMARY KEY, a TEXT, b TEXT); INSERT INTO \"T\" VALUES (1, 'x', 'p'), (2, 'y', NULL), (3, NULL, NULL);"
