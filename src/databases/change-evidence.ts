import type { Connection } from './database.js'

/**
 * What tells cheaply whether anything in a database changed between two moments. Evidence is a text to be kept and compared, without secrets.
 * `unchanged` and `changed` are certain for all that a snapshot holds, except that `changed` may also be said of writes that were rolled back.
 * `unknown`: comparing fingerprints tells.
 */
export interface ChangeEvidence {
  /** Null when nothing of it can be read. */
  read(connection: Connection): Promise<string | null>
  /** @param then null: none was kept */
  compare(then: string | null, now: string): 'unchanged' | 'changed' | 'unknown'
}
