import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '../../../databases/database.js'
import { isUserSchema } from '../../../databases/postgresql/catalog-sql.js'
import type { PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { ROWS_ESTIMATE } from '../../../databases/postgresql/scan-tables.js'
import { BEST_COMPRESSION, COMPRESSED_EXTENSION } from '../../../util/compression.js'
import { PRIVATE_FOLDER } from '../../../util/durable-files.js'
import { quoteText } from '../../../util/names.js'
import { holdProgress } from '../../../util/progress.js'
import type { SnapshotContext, TakenSnapshot } from '../../snapshot.js'
import { takeFingerprint } from '../../take-fingerprint.js'
import { writeDatabaseFile } from '../postgresql/database-file.js'
import { firstRow } from '../postgresql/maintenance.js'
import { readDatabase } from '../postgresql/read-database.js'
import { requireCounts } from '../postgresql/verify-rows.js'
import { type CopiedPart, ROWS_FOLDER, writeCopyFile } from './copy-file.js'
import { copyOut } from './copy-out.js'
import { copyLargeObjects } from './large-objects.js'
import { readNotCarried } from './not-carried.js'
import { type PlannedPart, planParts } from './plan-parts.js'
import { readBack } from './read-back.js'
import { runTasks } from './run-tasks.js'
import { readSchema } from './schema/read-schema.js'
import { readSequenceValues } from './sequence-values.js'
import { READING_SETTINGS, withConnections } from './sessions.js'

const MOST_JOBS = 4
const PROGRESS_INTERVAL = 500
const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'

const TABLES = `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')} ORDER BY c.oid`

/** Copies all rows by several connections that see one moment, the one of the fingerprint, and reads from the catalogs what makes the rest again. */
export async function takeCopy(context: SnapshotContext, folder: string, id: string): Promise<TakenSnapshot> {
  const { target } = context.project
  const jobs = Math.max(2, Math.min(MOST_JOBS, availableParallelism()))
  await mkdir(join(folder, ROWS_FOLDER), { mode: PRIVATE_FOLDER })
  return withConnections(target, target.name, jobs + 1, READING_SETTINGS, async ([main, ...workers]) => {
    if (main === undefined) throw new Error('no connection')
    await beginLocked(main)
    const database = await readDatabase(main)
    const entries = await readSchema(main)
    const planned = await planParts(main, database, jobs)
    const rows = await estimateRows(main)
    const { encoding } = database.properties
    const { snapshot } = firstRow(await main.query('SELECT pg_export_snapshot() AS snapshot'))
    for (const worker of workers) await worker.query(`${BEGIN}; SET TRANSACTION SNAPSHOT ${quoteText(String(snapshot))}`)
    const sequences = await readSequenceValues(main)
    const beside = holdProgress(context.onProgress)
    const [fingerprint, { parts, files }] = await both(
      () => takeFingerprint(context, main, { moment: String(snapshot), onProgress: beside.onProgress }),
      () => copyParts(context, workers, planned, folder, encoding, rows).finally(beside.release),
      [main, ...workers],
    )
    requireCounts({ id }, database.tables, fingerprint.tables, countByTable(parts))
    const largeObjects = await copyLargeObjects(main, folder)
    const notCarried = [...new Set([...database.notCarried, ...(await readNotCarried(main))])].sort()
    await writeDatabaseFile(folder, { ...database, notCarried })
    await writeCopyFile(folder, { encoding, entries: [...entries], parts, sequences, largeObjects })
    return { fingerprint, notCarried, details: { compression: BEST_COMPRESSION, jobs }, files, isReadBack: true }
  })
}

function countByTable(parts: readonly CopiedPart[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { table, rows } of parts) counts.set(table, (counts.get(table) ?? 0) + rows)
  return counts
}

/** As the planner does it. */
async function estimateRows(connection: Connection): Promise<number> {
  const [row] =
    await connection.query(`SELECT coalesce(sum(${ROWS_ESTIMATE}), 0) AS rows FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')}`)
  return Number(row?.rows ?? 0)
}

/** Others may not change a table's definition while it is read; the locks come first, so that what is seen is what was locked. */
export async function beginLocked(connection: Connection): Promise<void> {
  const names = (await connection.query(TABLES)).map((row) => String(row.name))
  await connection.query(BEGIN)
  if (names.length > 0) await connection.query(`LOCK TABLE ONLY ${names.join(', ONLY ')} IN ACCESS SHARE MODE`)
  const known = new Set(names)
  const since = (await connection.query(TABLES)).map((row) => String(row.name)).filter((name) => !known.has(name))
  if (since.length > 0) await connection.query(`LOCK TABLE ONLY ${since.join(', ONLY ')} IN ACCESS SHARE MODE`)
}

async function copyParts(
  context: SnapshotContext,
  workers: readonly PostgresqlConnection[],
  planned: readonly PlannedPart[],
  folder: string,
  encoding: string,
  total: number,
): Promise<{ readonly parts: CopiedPart[]; readonly files: NonNullable<TakenSnapshot['files']> }> {
  let [done, bytes] = [0, 0]
  const report = () =>
    context.onProgress({ step: 'Copying the rows', done: Math.min(done, total), total, unit: 'rows', also: { done: bytes, unit: 'bytes' } })
  const timer = setInterval(report, PROGRESS_INTERVAL)
  const onRows = (newRows: number, newBytes: number) => {
    done += newRows
    bytes += newBytes
  }
  // Each file is read back while its connection copies the next one.
  const reading = new Map<PostgresqlConnection, Promise<void>>()
  const parts: CopiedPart[] = []
  const files: NonNullable<TakenSnapshot['files']> = []
  const tasks = planned.map((part, index) => ({
    after: [],
    locks: [],
    run: async (worker: PostgresqlConnection) => {
      const file = `${ROWS_FOLDER}/${String(index).padStart(5, '0')}-${part.table}.copy${COMPRESSED_EXTENSION[BEST_COMPRESSION]}`
      const {
        written: { plain, ...written },
        ...copied
      } = await copyOut(worker, part.source, join(folder, file), {
        encoding,
        onRows,
        signal: context.signal,
      })
      parts.push({ table: part.table, file, ...copied })
      files.push({ path: file, ...written })
      await reading.get(worker)
      const read = readBack(join(folder, file), plain, context.signal)
      read.catch(() => {}) // seen by who waits for it
      reading.set(worker, read)
    },
  }))
  try {
    await runTasks(workers, tasks)
    await Promise.all(reading.values())
  } finally {
    await Promise.allSettled(reading.values())
    clearInterval(timer)
    done = total
    report()
  }
  return { parts: parts.sort((a, b) => (a.file < b.file ? -1 : 1)), files }
}

/** When one fails the connections are closed, so that the other ends too: nothing may go on writing into the folder. */
async function both<A, B>(one: () => Promise<A>, other: () => Promise<B>, connections: readonly PostgresqlConnection[]): Promise<[A, B]> {
  let first: { readonly error: unknown } | null = null
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (first === null) {
        first = { error }
        for (const connection of connections) connection.client.connection.stream.destroy()
      }
      throw error
    }
  }
  const [a, b] = await Promise.allSettled([guard(one), guard(other)])
  if (a.status === 'fulfilled' && b.status === 'fulfilled') return [a.value, b.value]
  throw (first as { readonly error: unknown } | null)?.error
}
