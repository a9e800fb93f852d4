import { availableParallelism } from 'node:os'
import type { PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { quoteQualified } from '../../../util/names.js'
import { type ProgressStep, startStep } from '../../../util/progress.js'
import { countRowsOf } from '../../manifest-tables.js'
import type { Snapshot, SnapshotContext } from '../../snapshot.js'
import { openCopyIn } from '../postgresql/copy-in.js'
import type { WriteRows } from '../postgresql/copy-text.js'
import { type DatabaseFile, readDatabaseFile, type TableLayout } from '../postgresql/database-file.js'
import { clearExtensionRows } from '../postgresql/extension-rows.js'
import type { FillDatabase } from '../postgresql/restore-in-place.js'
import { type CopyFile, partsOfFiles, partsOfTable, type RowsPart, readCopyFile } from './copy-file.js'
import { loadLargeObjects } from './large-objects.js'
import { runTasks, type Task } from './run-tasks.js'
import type { Stage } from './schema/reader.js'
import { setSequences } from './sequence-values.js'
import { LOADING_SETTINGS, NEW_DATABASE_SETTINGS, withConnections } from './sessions.js'

const MOST_JOBS = 4

interface Load {
  readonly context: SnapshotContext
  readonly snapshot: Snapshot
  readonly copy: CopyFile
  readonly database: DatabaseFile
  readonly parts: readonly RowsPart[]
}

/** Where the rows of a snapshot are. */
export type FindParts = (snapshot: Snapshot, copy: CopyFile) => readonly RowsPart[] | Promise<readonly RowsPart[]>

/** Makes everything in an empty database: tables, then rows, then indexes and constraints, several at a time; then what is left. */
export async function loadCopy(
  context: SnapshotContext,
  snapshot: Snapshot,
  name: string,
  findParts: FindParts = partsOfFiles,
): Promise<void> {
  const copy = await readCopyFile(snapshot)
  const load = { context, snapshot, copy, database: await readDatabaseFile(snapshot), parts: await findParts(snapshot, copy) }
  const jobs = Math.max(2, Math.min(MOST_JOBS, availableParallelism()))
  const settings = [...LOADING_SETTINGS, ...NEW_DATABASE_SETTINGS]
  await withConnections(context.project.target, name, jobs, settings, async (connections) => {
    const [main] = connections
    if (main === undefined) throw new Error('no connection')
    await inTransaction(main, async () => {
      await dropInitial(main, load)
      await makeInOrder(main, load, ['pre'])
    })
    await loadRows(connections, load)
    await makeInParallel(connections, load, 'index')
    await analyze(connections, load)
    await makeInParallel(connections, load, 'constraint')
    await inTransaction(main, async () => {
      await loadRest(main, load)
      await makeInOrder(main, load, ['late', 'last'])
    })
  })
}

/** Makes everything through one connection, inside its transaction. */
export function fillFromCopy(context: SnapshotContext, snapshot: Snapshot, findParts: FindParts = partsOfFiles): FillDatabase {
  return async (connection, _cleared, database) => {
    const copy = await readCopyFile(snapshot)
    const load = { context, snapshot, copy, database, parts: await findParts(snapshot, copy) }
    await connection.query(LOADING_SETTINGS.join('; '))
    await dropGlobalDefaults(connection)
    await makeInOrder(connection, load, ['pre'])
    const progress = startRows(load)
    for (const table of database.tables) {
      const parts = partsOfTable(load.parts, table.id)
      await loadTable(connection, load, table, parts ?? [], false, progress.add)
    }
    progress.end()
    context.onProgress({ step: 'Building indexes and constraints' })
    await makeInOrder(connection, load, ['index', 'constraint'])
    await loadRest(connection, load)
    await makeInOrder(connection, load, ['late', 'last'])
  }
}

async function inTransaction(connection: PostgresqlConnection, work: () => Promise<void>): Promise<void> {
  await connection.query('BEGIN')
  await work()
  await connection.query('COMMIT')
}

/** What every new database has, and this one had not. */
async function dropInitial(connection: PostgresqlConnection, { copy, database }: Load): Promise<void> {
  if (!copy.entries.some((entry) => entry.name === 'schema public')) await connection.query('DROP SCHEMA IF EXISTS public')
  if (!database.extensions.some((extension) => extension.name === 'plpgsql')) await connection.query('DROP EXTENSION IF EXISTS plpgsql')
}

/** Default privileges that are tied to no schema would be given to what is made now. */
async function dropGlobalDefaults(connection: PostgresqlConnection): Promise<void> {
  const rows = await connection.query(`
    SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I %s', pg_get_userbyid(d.defaclrole), change) AS sql
    FROM pg_default_acl d CROSS JOIN LATERAL (SELECT CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS kind) k
    CROSS JOIN LATERAL (
      SELECT 1 AS place, format('REVOKE ALL ON %s FROM %s', kind, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS change FROM aclexplode(d.defaclacl) a
      UNION ALL SELECT 2, format('GRANT %s ON %s TO %s', a.privilege_type, kind, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
        FROM aclexplode(acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)) a) c
    WHERE d.defaclnamespace = 0 ORDER BY place`)
  for (const row of rows) await connection.query(String(row.sql))
}

async function makeInOrder(connection: PostgresqlConnection, { copy }: Load, stages: readonly Stage[]): Promise<void> {
  for (const entry of copy.entries) if (stages.includes(entry.stage)) await make(connection, entry)
}

async function makeInParallel(connections: readonly PostgresqlConnection[], { context, copy }: Load, stage: Stage): Promise<void> {
  const first = copy.entries.findIndex((entry) => entry.stage === stage)
  const entries = copy.entries.filter((entry) => entry.stage === stage)
  const step = stage === 'index' ? 'Building indexes' : 'Checking constraints'
  let done = 0
  if (entries.length > 0) context.onProgress({ step, done, total: entries.length })
  const tasks = entries.map(
    (entry): Task<PostgresqlConnection> => ({
      // What is of an earlier stage is there.
      after: entry.after.filter((place) => place >= first).map((place) => place - first),
      locks: entry.tables,
      run: async (connection) => {
        await make(connection, entry)
        context.onProgress({ step, detail: entry.name, done: ++done, total: entries.length })
      },
    }),
  )
  await runTasks(connections, tasks)
}

async function make(connection: PostgresqlConnection, entry: CopyFile['entries'][number]): Promise<void> {
  await connection.query(entry.sql).catch((error: unknown) => {
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `The ${entry.name} could not be made again.`,
      why: messageOf(error),
      cause: error,
    })
  })
}

/** A table that is more than a connection's share is loaded by several; the others by one each, which can write their rows for good at once. */
async function loadRows(connections: readonly PostgresqlConnection[], load: Load): Promise<void> {
  const { database } = load
  const total = load.parts.reduce((sum, part) => sum + part.bytes, 0)
  const jobs = database.tables.flatMap((table) => {
    const parts = load.parts.filter((part) => part.table === table.id)
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
    if (parts.length === 0) return []
    if (bytes <= total / connections.length) return [{ table, parts, bytes, isNew: true }]
    return parts.map((part) => ({ table, parts: [part], bytes: part.bytes, isNew: false }))
  })
  const progress = startRows(load)
  const tasks = jobs
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ table, parts, isNew }) => ({
      after: [],
      locks: [],
      run: async (connection: PostgresqlConnection) => {
        await connection.query('BEGIN')
        await loadTable(
          connection,
          load,
          table,
          parts.map(({ write }) => write),
          isNew,
          progress.add,
        )
        await connection.query('COMMIT')
      },
    }))
  await runTasks(connections, tasks)
  progress.end()
}

function startRows({ context, snapshot }: Load): ProgressStep {
  return startStep(context.onProgress, 'Restoring rows', countRowsOf(snapshot), 'rows')
}

async function loadTable(
  connection: PostgresqlConnection,
  { copy }: Load,
  table: TableLayout,
  parts: readonly WriteRows[],
  isNew: boolean,
  onRows: (rows: number) => void,
): Promise<void> {
  const name = quoteQualified(table.schema, table.name)
  const columns = table.columns.filter((column) => column.generated === null).map((column) => column.name)
  if (table.ofExtension && parts.length > 0) await clearExtensionRows(connection, name)
  // FREEZE wants a table that this very transaction made or emptied: https://www.postgresql.org/docs/current/sql-copy.html
  const freezes = isNew && !table.ofExtension
  if (freezes) await connection.query(`TRUNCATE ONLY ${name}`)
  for (const write of parts) await write(openCopyIn(connection, name, columns, { encoding: copy.encoding, isNew: freezes }), onRows)
}

async function analyze(connections: readonly PostgresqlConnection[], { context, database }: Load): Promise<void> {
  context.onProgress({ step: 'Gathering statistics' })
  const tables = database.tables.filter((table) => table.hasRows || table.partitions.length > 0)
  await runTasks(
    connections,
    tables.map((table) => ({
      after: [],
      locks: [],
      run: async (connection: PostgresqlConnection) => {
        await connection.query(`ANALYZE ${quoteQualified(table.schema, table.name)}`)
      },
    })),
  )
}

async function loadRest(connection: PostgresqlConnection, { snapshot, copy }: Load): Promise<void> {
  await setSequences(connection, copy.sequences)
  await loadLargeObjects(connection, snapshot.folder, copy.largeObjects)
}
