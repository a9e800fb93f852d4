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
  const { reference = null, levelOf = () => 'columns', budget, renames = [], onProgress = ignoreProgress } = options
  const takenAt = new Date().toISOString()
  const catalog = await readCatalog(connection)
  const matched = new Map([...matchTables(reference?.tables ?? [], catalog.tables, renames)].map(([then, now]) => [now, then]))
  const tables = new Map<CatalogTable, TableFingerprint>()
  const unread: NonNullable<Fingerprint['unread']>[number][] = []
  const counts = countRows(connection, catalog.tables)
  const total = [...counts.values()].reduce((sum, rows) => sum + rows, 0)
  const progress = startStep(onProgress, READING_ROWS, total, 'rows')
  const deadline = budget === undefined ? null : performance.now() + budget
  // Under a limit the smallest first, so that most tables are read.
  const sizeOf = (table: CatalogTable) => counts.get(table) ?? 0
  const order = deadline === null ? catalog.tables : [...catalog.tables].sort((a, b) => sizeOf(a) - sizeOf(b))
  for (const table of order) {
    progress.add(0, table.name)
    // The scan does not let anything else run: progress bars and Ctrl-C have their turn here.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      const then = matched.get(table) ?? null
      const level = then?.level ?? levelOf({ schema: null, name: table.name })
      tables.set(table, scanTable(connection, table, { level, reference: then, renames, deadline, onRows: progress.add }))
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
    tables: catalog.tables.flatMap((table) => tables.get(table) ?? []),
    objects: await readObjects(connection),
    sequences: await readSequences(connection),
    violations,
    ...(unread.length === 0 ? {} : { unread }),
  }
}

/** Exact, and read from the indexes alone: a fraction of what reading the rows takes. */
function countRows({ handle, database }: SqliteConnection, tables: readonly CatalogTable[]): ReadonlyMap<CatalogTable, number> {
  const plain = tables.filter(({ kind }) => kind !== 'virtual')
  const count = (name: string) =>
    handle
      .prepare(`SELECT count(*) FROM main.${database.quoteName(name)}`)
      .pluck()
      .get()
  return new Map(plain.map((table) => [table, Number(count(table.name))]))
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
