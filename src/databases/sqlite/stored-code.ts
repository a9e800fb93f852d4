import type { StoredCode } from '../../sql/code.js'
import type { Connection } from '../database.js'
import { parseSqlite } from './parse.js'

/** Triggers and views, read by the same parser as migrations. SQLite keeps no functions. */
export async function readStoredCode(connection: Connection): Promise<StoredCode> {
  const rows = await connection.query("SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY rowid")
  const parsed = await Promise.all(rows.map((row) => parseSqlite({ migration: '', file: '', sql: String(row.sql) })))
  const defined = parsed.flatMap(({ changes }) => changes.flatMap(({ defines }) => defines ?? []))
  return {
    triggers: defined.filter((one) => one.defines === 'trigger'),
    views: defined.filter((one) => one.defines === 'view'),
    functions: [],
  }
}
