import { quoteQualified } from '../../util/names.js'
import type { Connection, MigrationRow } from '../database.js'

const TABLE = '_prisma_migrations'

/** All rows of `_prisma_migrations` in order of `started_at`; null when there is no such table. */
export async function readMigrationRows(connection: Connection): Promise<readonly MigrationRow[] | null> {
  const table = quoteQualified(connection.target.schema, TABLE)
  const [found] = await connection.query('SELECT to_regclass($1) IS NOT NULL AS found', [table])
  if (found?.found !== true) return null
  const iso = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column}`
  const rows = await connection.query(
    `SELECT id, checksum, migration_name, logs, applied_steps_count, ${iso('started_at')}, ${iso('finished_at')}, ${iso('rolled_back_at')}
     FROM ${table} AS history ORDER BY history.started_at, id`,
  )
  return rows.map((row) => ({
    id: String(row.id),
    checksum: String(row.checksum),
    name: String(row.migration_name),
    startedAt: String(row.started_at),
    finishedAt: textOrNull(row.finished_at),
    rolledBackAt: textOrNull(row.rolled_back_at),
    logs: textOrNull(row.logs),
    appliedStepsCount: Number(row.applied_steps_count),
  }))
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}
