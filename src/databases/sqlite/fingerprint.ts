import { randomUUID } from 'node:crypto'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { ignoreProgress, startStep } from '../../util/progress.js'
import type { CatalogTable } from '../catalog.js'
import type { Connection, FingerprintOptions } from '../database.js'
import { type Fingerprint, READING_ROWS, type TableFingerprint } from '../fingerprint.js'
import { matchTables } from '../match.js'
import { type Beside, withBeside } from './beside.js'
import { readCatalog } from './catalog.js'
import { compareTable, findMoved } from './compare-table.js'
import { type SqliteConnection, toSqlite } from './connection.js'
import { countTable } from './count-table.js'
import { readViolations } from './foreign-keys.js'
import { readObjects } from './objects.js'
import { scanTable } from './scan.js'
import { readSequences } from './sequences.js'

const COUNTING_ROWS = 'Counting rows'

/**
 * One pass a table, all at one moment: in the caller's transaction when one is open, else in one of its own. Beside a reference whose rows are
 * at hand through a connection of its own.
 */
export async function fingerprint(connection: Connection, options: FingerprintOptions = {}): Promise<Fingerprint> {
  const sqlite = toSqlite(connection)
  const { reference, rowsIn } = options
  if (reference?.rowsIn !== undefined) {
    return withBeside(sqlite, reference.rowsIn, (beside) => beside.live.readOnly(0, () => readAll(beside.live, options, beside)))
  }
  const read = await sqlite.readOnly(0, () => readAll(sqlite, options, null))
  return rowsIn === undefined ? read : { ...read, rowsIn }
}

async function readAll(connection: SqliteConnection, options: FingerprintOptions, beside: Beside | null): Promise<Fingerprint> {
  const { reference = null, only = () => true, budget, renames = [], onProgress = ignoreProgress } = options
  const takenAt = new Date().toISOString()
  const catalog = await readCatalog(connection)
  const wanted = catalog.tables.filter((table) => only({ schema: null, name: table.name }))
  const matched = new Map([...matchTables(reference?.tables ?? [], catalog.tables, renames)].map(([then, now]) => [now, then]))
  const tables = new Map<CatalogTable, TableFingerprint>()
  const unread: NonNullable<Fingerprint['unread']>[number][] = []
  const counts = countRows(connection, wanted)
  const total = [...counts.values()].reduce((sum, rows) => sum + rows, 0)
  const progress = startStep(onProgress, options.rowsIn === undefined ? READING_ROWS : COUNTING_ROWS, total, 'rows')
  const deadline = budget === undefined ? null : performance.now() + budget
  // Under a limit the smallest first, so that most tables are read.
  const sizeOf = (table: CatalogTable) => counts.get(table) ?? 0
  const order = deadline === null ? wanted : [...wanted].sort((a, b) => sizeOf(a) - sizeOf(b))
  const readTable = chooseReader({ connection, options, beside, deadline, onRows: progress.add })
  for (const table of order) {
    progress.add(0, table.name)
    // The scan does not let anything else run: progress bars and Ctrl-C have their turn here.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      tables.set(table, readTable(table, matched.get(table) ?? null))
    } catch (error) {
      if (table.kind !== 'virtual') throw scanError(table, error)
      unread.push({ schema: null, name: table.name, why: messageOf(error) })
    }
  }
  const added = new Map([...tables].filter(([table]) => !matched.has(table)))
  const known = new Set(matched.values())
  const gone = (reference?.tables ?? []).filter((table) => !known.has(table))
  if (beside !== null) for (const [table, found] of findMoved(beside, gone, added)) tables.set(table, found)
  progress.end()
  const found = wanted.flatMap((table) => tables.get(table) ?? [])
  if (options.only !== undefined) return { takenAt, tables: found, objects: [], sequences: [], violations: [] }
  onProgress({ step: 'Checking foreign keys' })
  const { violations, unchecked } = await readViolations(connection, catalog)
  unread.push(...unchecked)
  return {
    takenAt,
    tables: found,
    objects: await readObjects(connection),
    sequences: await readSequences(connection),
    violations,
    ...(unread.length === 0 ? {} : { unread }),
  }
}

interface Reading {
  readonly connection: SqliteConnection
  readonly options: FingerprintOptions
  readonly beside: Beside | null
  readonly deadline: number | null
  readonly onRows: (rows: number) => void
}

type ReadTable = (table: CatalogTable, then: TableFingerprint | null) => TableFingerprint

/** How the tables are read: counted, compared with those of the reference, or digested. */
function chooseReader({ connection, options, beside, deadline, onRows }: Reading): ReadTable {
  const { renames = [], levelOf = () => 'columns', rowsIn } = options
  const chooseLevel = (table: CatalogTable, then: TableFingerprint | null) => then?.level ?? levelOf({ schema: null, name: table.name })
  const name = randomUUID()
  let number = 0
  const count: ReadTable = (table, then) => countTable(connection, table, chooseLevel(table, then), `${name}:${number++}`)
  if (rowsIn !== undefined) return count
  if (beside === null)
    return (table, then) => scanTable(connection, table, { level: chooseLevel(table, then), reference: then, renames, deadline, onRows })
  return (table, then) => {
    if (then === null) return count(table, null)
    const level = chooseLevel(table, then)
    const isLate = level === 'columns' && deadline !== null && performance.now() >= deadline
    const found = compareTable(beside, then, table, { level: isLate ? 'counts' : level, renames })
    onRows(found.rows)
    return isLate ? { ...found, isOverBudget: true } : found
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
