import type { Target } from '../../../databases/database.js'
import { connectTo } from '../../../databases/postgresql/connection.js'
import { postgresql } from '../../../databases/postgresql/postgresql.js'
import { ROWS_ESTIMATE } from '../../../databases/postgresql/scan-tables.js'
import type { Progress } from '../../../util/progress.js'

const INTERVAL = 500

/** What a program of PostgreSQL's has done so far in a database; it says nothing itself. */
export interface WatchedCopies {
  /** Copied rows, those of tables that are done included. */
  readonly rows: number
  /** Thought to be in the database; only asked once. */
  readonly estimate: number
  /** Indexes and constraints that are there. */
  readonly built: number
}

const COPIES = `SELECT p.pid, p.relid::text AS relid, p.tuples_processed::float8 AS rows FROM pg_stat_progress_copy p
  WHERE p.datname = current_database() AND p.pid <> pg_backend_pid()`
const ESTIMATE = `SELECT coalesce(sum(${ROWS_ESTIMATE}), 0) AS rows FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`
const BUILT = `SELECT (SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema')
  + (SELECT count(*) FROM pg_constraint WHERE contype = 'f') AS built`

/**
 * Reports what others copy in a database, twice a second, until the returned function is called. Only for people: without the view
 * (PostgreSQL 14) or the right to see it nothing is reported. https://www.postgresql.org/docs/current/progress-reporting.html#COPY-PROGRESS-REPORTING
 */
export async function watchCopies(
  target: Target,
  database: string,
  report: (seen: WatchedCopies) => Progress | Promise<Progress>,
  onProgress: (progress: Progress) => void,
): Promise<() => Promise<void>> {
  const connection = await connectTo(postgresql, target, database).catch(() => null)
  if (connection === null) return async () => {}
  const copied = new Map<string, number>()
  let isOver = false
  let wake = () => {}
  let last: Progress | null = null
  const look = async () => {
    await connection.query('SET lock_timeout = 200; SET statement_timeout = 2000')
    const estimate = Number((await connection.query(ESTIMATE).catch(() => []))[0]?.rows ?? 0)
    while (!isOver) {
      for (const { relid, rows } of await connection.query(COPIES))
        copied.set(String(relid), Math.max(copied.get(String(relid)) ?? 0, Number(rows)))
      const built = Number((await connection.query(BUILT))[0]?.built ?? 0)
      const progress = await report({ rows: [...copied.values()].reduce((sum, rows) => sum + rows, 0), estimate, built })
      last = progress
      if (!isOver) onProgress(progress)
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, INTERVAL).unref()
      })
    }
  }
  const looking = look()
    .catch(() => {})
    .finally(() => connection.close())
  return async () => {
    isOver = true
    wake()
    await looking
    if (last?.total !== undefined) onProgress({ ...last, done: last.total })
  }
}
