import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectTo, type PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { postgresql } from '../../../databases/postgresql/postgresql.js'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { quoteQualified, quoteText } from '../../../util/names.js'
import { findInequalities } from '../../equal-fingerprints.js'
import { readFingerprint } from '../../fingerprint-file.js'
import type { RestoreOutcome, Snapshot, SnapshotContext } from '../../snapshot.js'
import { type ArchiveEntry, dumpFolder, isTableData, readArchive, rowsFile } from './archive.js'
import { type ClearedDatabase, clearDatabase } from './clear-database.js'
import { openCopyIn } from './copy-in.js'
import { pipeRows } from './copy-text.js'
import { type DatabaseFile, readDatabaseFile } from './database-file.js'
import { majorOf } from './maintenance.js'
import { unequal } from './replace-database.js'
import { runTool } from './run-tool.js'
import type { PostgresqlTools } from './tools.js'

/** Milliseconds to wait for others' locks on tables. */
const LOCK_TIMEOUT = 30_000

interface Job {
  readonly context: SnapshotContext
  readonly snapshot: Snapshot
  readonly tools: PostgresqlTools
  readonly connection: PostgresqlConnection
  readonly file: DatabaseFile
  readonly entries: readonly ArchiveEntry[]
}

/**
 * For a role that may not create or rename databases: empties the database and reads the dump into it, all in one transaction that is
 * only committed when the fingerprint proves equal. Others see the old state until then, or wait.
 * @throws SafeMigrateError `snapshot`; then the transaction was rolled back
 */
export async function restoreInPlace(context: SnapshotContext, snapshot: Snapshot, tools: PostgresqlTools): Promise<RestoreOutcome> {
  const { target } = context.project
  const entries = await readArchive(tools, target, snapshot)
  const file = await readDatabaseFile(snapshot)
  const connection = await connectTo(postgresql, target, target.name)
  try {
    await connection.query(`SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = ${LOCK_TIMEOUT}`)
    await context.onStep?.('replace-contents', { database: target.name })
    await connection.query('BEGIN')
    await replaceContents({ context, snapshot, tools, connection, file, entries })
    await connection.query('COMMIT')
    return { replaced: null, isProven: true, disconnected: [] }
  } catch (error) {
    throw error instanceof SafeMigrateError ? error : inPlaceError(context, error)
  } finally {
    await connection.close() // what is not committed by now is rolled back
  }
}

async function replaceContents(job: Job): Promise<void> {
  const { context, snapshot, connection } = job
  const cleared = await clearDatabase(connection, job.file)
  const wanted = job.entries.filter((entry) => !isKept(entry, cleared))
  await runSection(job, 'pre-data', wanted)
  await loadRows(job)
  // Sequences and large objects: what is in the data section and is no table's rows.
  await runSection(
    job,
    'data',
    wanted.filter((entry) => !isTableData(entry)),
  )
  await runSection(job, 'post-data', wanted)
  await connection.query('SET row_security = off; ANALYZE')
  const actual = await postgresql.fingerprint(connection, { onProgress: context.onProgress })
  const digests = majorOf(connection.serverVersion) === majorOf(snapshot.manifest.serverVersion)
  const differences = findInequalities(await readFingerprint(snapshot), actual, { digests, definitions: false, sequences: false })
  if (differences.length > 0) throw unequal(context, snapshot, connection.serverVersion, differences)
}

function isKept({ description }: ArchiveEntry, { keptExtensions, keptSchemas }: ClearedDatabase): boolean {
  const extension = /^(?:EXTENSION - |COMMENT - EXTENSION )(.*?) ?$/.exec(description)?.[1]
  if (extension !== undefined) return keptExtensions.has(extension)
  return [...keptSchemas].some((schema) => description.startsWith(`SCHEMA - ${schema.replaceAll(/[\r\n]/g, ' ')} `))
}

/** Runs the SQL of one section of the dump, without tables' rows. */
async function runSection(job: Job, section: 'pre-data' | 'data' | 'post-data', entries: readonly ArchiveEntry[]): Promise<void> {
  if (entries.length === 0) return
  const folder = await mkdtemp(join(tmpdir(), 'safe-migrate-'))
  try {
    const list = join(folder, 'list')
    await writeFile(list, entries.map((entry) => `${entry.dumpId};\n`).join(''), { mode: 0o600 })
    const words = [`--section=${section}`, `--use-list=${list}`, '--file=-', dumpFolder(job.snapshot)]
    const script = await runTool({ tools: job.tools, name: 'pg_restore', target: job.context.project.target, words })
    await job.connection.query(cleanScript(script, majorOf(job.connection.serverVersion)))
  } finally {
    await rm(folder, { recursive: true })
  }
}

// \restrict and \unrestrict are for psql alone; they stand at the very beginning and end. https://www.postgresql.org/docs/current/app-psql.html
function cleanScript(script: string, serverMajor: number): string {
  const sql = script.replace(/^(?:--[^\n]*\n|\n)*\\restrict [^\n]*\n/, '').replace(/\n\\unrestrict [^\n]*\n*$/, '\n')
  return serverMajor < 17 ? sql.replace(/^SET transaction_timeout = 0;$/m, '') : sql
}

async function loadRows({ context, snapshot, connection, file, entries }: Job): Promise<void> {
  const jobs = file.tables.flatMap((table) => {
    const entry = entries.find((one) => isTableData(one) && one.oid === table.id)
    return entry === undefined ? [] : [{ table, entry }]
  })
  let done = 0
  for (const { table, entry } of jobs) {
    const name = quoteQualified(table.schema, table.name)
    if (table.ofExtension) await clearExtensionRows(connection, name)
    const columns = table.columns.filter((column) => column.generated === null).map((column) => column.name)
    await pipeRows(rowsFile(snapshot, entry), openCopyIn(connection, name, columns))
    context.onProgress({ step: 'Restoring rows', done: ++done, total: jobs.length, unit: 'tables' })
  }
}

/** The rows that pg_dump takes from an extension's table are those that its condition names. https://www.postgresql.org/docs/current/extend-extensions.html#EXTEND-EXTENSIONS-CONFIG-TABLES */
async function clearExtensionRows(connection: PostgresqlConnection, name: string): Promise<void> {
  const rows = await connection.query(
    `SELECT e.extcondition[array_position(e.extconfig, c.oid)] AS condition
     FROM pg_extension e, pg_class c WHERE c.oid = ${quoteText(name)}::regclass AND c.oid = ANY (e.extconfig)`,
  )
  for (const row of rows) await connection.query(`DELETE FROM ${name} ${row.condition === null ? '' : String(row.condition)}`)
}

function inPlaceError(context: SnapshotContext, error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${context.project.target.label} could not be restored.`,
    why: `${messageOf(error)}. It is as it was: everything was undone.`,
    next: [
      'If rights are missing: run the restore as the owner of the database with CREATEDB, or as a superuser.',
      'If a lock was not to be had: stop the programs that use the database, then run the restore again.',
    ],
    cause: error,
  })
}
