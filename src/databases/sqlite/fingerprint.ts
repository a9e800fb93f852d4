import { messageOf, SafeMigrateError } from '../../errors.js'
import { ignoreProgress, startStep } from '../../util/progress.js'
import type { CatalogTable } from '../catalog.js'
import type { Connection, FingerprintOptions } from '../database.js'
import { type Fingerprint, READING_ROWS, type TableFingerprint } from '../fingerprint.js'
import { matchTables } from '../match.js'
import { readCatalog } from './catalog.js'
import { type SqliteConnection, toSqlite } from './connection.js'
import { readViolations } from './foreign-keys.js'
import { readObjects } from './objects.js'
import { scanTable } from './scan.js'
import { readSequences } from './sequences.js'

/** One pass a table, all at one moment: in the caller's transaction when one is open, else in one of its own. */
export async function fingerprint(connection: Connection, options: FingerprintOptions = {}): Promise<Fingerprint> {
  const sqlite = toSqlite(connection)
  return sqlite.readOnly(0, () => readAll(sqlite, options))
}

async function readAll(connection: SqliteConnection, options: FingerprintOptions): Promise<Fingerprint> {
  const { reference = null, skip = [], renames = [], onProgress = ignoreProgress } = options
  const takenAt = new Date().toISOString()
  const catalog = await readCatalog(connection)
  const matched = new Map([...matchTables(reference?.tables ?? [], catalog.tables, renames)].map(([then, now]) => [now, then]))
  const tables: TableFingerprint[] = []
  const unread: NonNullable<Fingerprint['unread']>[number][] = []
  const progress = startStep(onProgress, READING_ROWS, estimateRows(connection, catalog.tables), 'rows')
  for (const table of catalog.tables) {
    progress.add(0, table.name)
    // The scan does not let anything else run: progress bars and Ctrl-C have their turn here.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      tables.push(
        skip.includes(table.name)
          ? countTable(connection, table)
          : scanTable(connection, table, matched.get(table) ?? null, renames, progress.add),
      )
    } catch (error) {
      if (table.kind !== 'virtual') throw scanError(table, error)
      unread.push({ schema: null, name: table.name, why: messageOf(error) })
    }
  }
  progress.end()
  onProgress({ step: 'Checking foreign keys' })
  const { violations, unchecked } = await readViolations(connection, catalog)
  unread.push(...unchecked)
  return {
    takenAt,
    tables,
    objects: await readObjects(connection),
    sequences: await readSequences(connection),
    violations,
    ...(unread.length === 0 ? {} : { unread }),
  }
}

/** Exact, and read from the indexes alone: a fraction of what reading the rows takes. */
function estimateRows({ handle, database }: SqliteConnection, tables: readonly CatalogTable[]): number {
  const plain = tables.filter(({ kind }) => kind !== 'virtual')
  return plain.reduce(
    (sum, { name }) =>
      sum +
      Number(
        handle
          .prepare(`SELECT count(*) FROM main.${database.quoteName(name)}`)
          .pluck()
          .get(),
      ),
    0,
  )
}

function countTable({ handle, database }: SqliteConnection, table: CatalogTable): TableFingerprint {
  const rows = handle
    .prepare(`SELECT count(*) FROM main.${database.quoteName(table.name)}`)
    .pluck()
    .get()
  return { id: table.id, schema: null, name: table.name, rows: Number(rows), key: null, columns: [], skipped: true }
}

function scanError(table: CatalogTable, error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'connection',
    message: `The table ${table.name} cannot be read as a whole.`,
    why: messageOf(error),
    next: ['Look at the database with: PRAGMA integrity_check'],
    cause: error,
  })
}
