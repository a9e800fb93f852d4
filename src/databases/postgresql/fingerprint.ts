import { ignoreProgress } from '../../util/progress.js'
import type { Connection, FingerprintOptions } from '../database.js'
import type { Fingerprint } from '../fingerprint.js'
import { matchTables } from '../match.js'
import { STABLE_SETTINGS } from './canonical.js'
import { toPostgresql } from './connection.js'
import { readViolations } from './foreign-keys.js'
import { withHelpers } from './helper-connections.js'
import { readLargeObjects } from './large-objects.js'
import { readObjects } from './objects.js'
import { makeRecipe } from './recipe.js'
import { scanAll } from './scan-all.js'
import { planScan } from './scan-tables.js'
import { readSequences } from './sequences.js'
import { endTimeLimit } from './time-limit.js'

/** `row_security = off` makes a policy that would hide rows an error; names are printed with their schema. */
const SETTINGS = [
  ...STABLE_SETTINGS,
  'SET LOCAL search_path = pg_catalog',
  'SET LOCAL row_security = off',
  'SET LOCAL statement_timeout = 0',
  'SET LOCAL lock_timeout = 0',
  'SET LOCAL idle_in_transaction_session_timeout = 0',
]

/** From so many rows on, more connections are opened. */
const WORTH_HELP = 500_000

/**
 * One scan a table, all at one moment: in the caller's transaction when one is open (its snapshot is used, its settings are put back),
 * else in one of its own. Values are compared as values: numeric 1.0 and 1.00 are one, blanks in json do not count (rows.ts).
 */
export async function fingerprint(connection: Connection, options: FingerprintOptions = {}): Promise<Fingerprint> {
  const isNested = toPostgresql(connection).isInTransaction()
  await connection.query(isNested ? 'SAVEPOINT safe_migrate_fingerprint' : 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    // In the caller's transaction only the caller can say that others may see what it sees.
    const moment = isNested ? (options.moment ?? null) : await exportMoment(connection)
    await connection.query(SETTINGS.join('; '))
    return await readAll(connection, options, moment)
  } finally {
    await connection
      .query(isNested ? 'ROLLBACK TO SAVEPOINT safe_migrate_fingerprint; RELEASE SAVEPOINT safe_migrate_fingerprint' : 'ROLLBACK')
      .catch(() => {})
  }
}

async function readAll(connection: Connection, options: FingerprintOptions, moment: string | null): Promise<Fingerprint> {
  const { reference = null, levelOf = () => 'columns', only = () => true, budget, renames = [], onProgress = ignoreProgress } = options
  const takenAt = new Date().toISOString()
  const plan = await planScan(connection, reference)
  const matched = new Map([...matchTables(reference?.tables ?? [], plan.tables, renames)].map(([then, now]) => [now, then]))
  const wanted = plan.tables.filter(only)
  const recipes = wanted.map((table) => {
    const then = matched.get(table) ?? null
    return makeRecipe(table, then?.level ?? levelOf(table), then, renames)
  })
  const rows = wanted.reduce((sum, { estimate }) => sum + estimate, 0)
  const deadline = budget === undefined ? null : performance.now() + budget
  const tables = await withHelpers(connection, rows < WORTH_HELP ? null : moment, SETTINGS, (helpers) =>
    scanAll(connection, recipes, { helpers, deadline, onProgress }),
  )
  if (options.only !== undefined) return { takenAt, tables, objects: [], sequences: [], violations: [] }
  await endTimeLimit(connection)
  const isDigested = levelOf({ schema: 'pg_catalog', name: 'pg_largeobject' }) === 'columns'
  const largeObjects = await readLargeObjects(connection, reference?.largeObjects, { isDigested, deadline })
  onProgress({ step: 'Checking foreign keys' })
  return {
    takenAt,
    tables,
    objects: await readObjects(connection),
    sequences: await readSequences(connection),
    violations: await readViolations(connection),
    largeObjects,
    ...(plan.unread.length === 0 ? {} : { unread: plan.unread }),
  }
}

/** Null where the server cannot (a standby under recovery); the transaction is then a new one. */
async function exportMoment(connection: Connection): Promise<string | null> {
  try {
    const [row] = await connection.query('SELECT pg_export_snapshot() AS moment')
    return String(row?.moment)
  } catch {
    await connection.query('ROLLBACK')
    await connection.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return null
  }
}
