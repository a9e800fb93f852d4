import type { Connection, MigrationRow } from '../database.js'

/** All rows of `_prisma_migrations` in order of `started_at`; null when there is no such table. */
export async function readMigrationRows(connection: Connection): Promise<readonly MigrationRow[] | null> {
  const found = await connection.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'")
  if (found.length === 0) return null
  const rows = await connection.query('SELECT * FROM "_prisma_migrations" ORDER BY rowid')
  const read = rows.map((row) => ({
    id: String(row.id),
    checksum: String(row.checksum),
    name: String(row.migration_name),
    startedAt: readTime(row.started_at) ?? '',
    finishedAt: readTime(row.finished_at),
    rolledBackAt: readTime(row.rolled_back_at),
    logs: row.logs === null || row.logs === undefined ? null : String(row.logs),
    appliedStepsCount: Number(row.applied_steps_count),
  }))
  return read.sort((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0))
}

/** Prisma stores milliseconds since 1970; the column's default is SQLite's own text in UTC, and people write ISO 8601. */
function readTime(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint' || typeof value === 'number') return new Date(Number(value)).toISOString()
  const text = String(value)
  const time = new Date(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/.test(text) ? `${text.replace(' ', 'T')}Z` : text)
  return Number.isNaN(time.getTime()) ? text : time.toISOString()
}
