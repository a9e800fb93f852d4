import { displayName } from '../../util/names.js'
import { ignoreProgress } from '../../util/progress.js'
import type { Connection, FingerprintOptions } from '../database.js'
import { type Fingerprint, READING_ROWS, type TableFingerprint } from '../fingerprint.js'
import { matchTables } from '../match.js'
import { STABLE_SETTINGS } from './canonical.js'
import { toPostgresql } from './connection.js'
import { readViolations } from './foreign-keys.js'
import { readObjects } from './objects.js'
import { countTable, scanTable } from './scan.js'
import { planScan, type ScanTable } from './scan-tables.js'
import { readSequences } from './sequences.js'

/** `row_security = off` makes a policy that would hide rows an error; names are printed with their schema. */
const SETTINGS = [
  ...STABLE_SETTINGS,
  'SET LOCAL search_path = pg_catalog',
  'SET LOCAL row_security = off',
  'SET LOCAL statement_timeout = 0',
  'SET LOCAL lock_timeout = 0',
  'SET LOCAL idle_in_transaction_session_timeout = 0',
]

/**
 * One scan a table, all at one moment: in the caller's transaction when one is open (its snapshot is used, its settings are put back),
 * else in one of its own. Values are compared as values: numeric 1.0 and 1.00 are one, blanks in json do not count (rows.ts).
 */
export async function fingerprint(connection: Connection, options: FingerprintOptions = {}): Promise<Fingerprint> {
  const isNested = toPostgresql(connection).isInTransaction()
  await connection.query(isNested ? 'SAVEPOINT safe_migrate_fingerprint' : 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    await connection.query(SETTINGS.join('; '))
    return await readAll(connection, options)
  } finally {
    await connection
      .query(isNested ? 'ROLLBACK TO SAVEPOINT safe_migrate_fingerprint; RELEASE SAVEPOINT safe_migrate_fingerprint' : 'ROLLBACK')
      .catch(() => {})
  }
}

async function readAll(connection: Connection, options: FingerprintOptions): Promise<Fingerprint> {
  const { reference = null, skip = [], renames = [], onProgress = ignoreProgress } = options
  const takenAt = new Date().toISOString()
  const plan = await planScan(connection, reference)
  const matched = new Map([...matchTables(reference?.tables ?? [], plan.tables, renames)].map(([then, now]) => [now, then]))
  const tables: TableFingerprint[] = []
  // What is left is estimated, what was read is known.
  let [done, left] = [0, plan.tables.reduce((sum, { estimate }) => sum + estimate, 0)]
  const report = (table?: ScanTable) =>
    onProgress({
      step: READING_ROWS,
      ...(table === undefined ? {} : { detail: displayName(table.schema, table.name) }),
      done,
      total: done + left,
      unit: 'rows',
    })
  for (const table of plan.tables) {
    report(table)
    tables.push(
      skip.includes(table.name)
        ? await countTable(connection, table)
        : await scanTable(connection, table, matched.get(table) ?? null, renames),
    )
    done += tables.at(-1)?.rows ?? 0
    left -= table.estimate
  }
  left = 0
  report()
  onProgress({ step: 'Checking foreign keys' })
  return {
    takenAt,
    tables,
    objects: await readObjects(connection),
    sequences: await readSequences(connection),
    violations: await readViolations(connection),
    ...(plan.unread.length === 0 ? {} : { unread: plan.unread }),
  }
}
