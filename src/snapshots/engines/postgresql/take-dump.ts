import { mkdir, readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Fingerprint } from '../../../databases/fingerprint.js'
import { connectTo, type PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { postgresql } from '../../../databases/postgresql/postgresql.js'
import { PRIVATE_FOLDER, sumSizes } from '../../../util/durable-files.js'
import { holdProgress, type Progress } from '../../../util/progress.js'
import type { SnapshotContext, TakenSnapshot } from '../../snapshot.js'
import { takeFingerprint } from '../../take-fingerprint.js'
import { DUMP_FOLDER } from './archive.js'
import { writeDatabaseFile } from './database-file.js'
import { firstRow } from './maintenance.js'
import { readDatabase } from './read-database.js'
import { startTool, toolError } from './run-tool.js'
import type { PostgresqlTools } from './tools.js'
import { type WatchedCopies, watchCopies } from './watch-copies.js'

const MOST_JOBS = 4
/** Milliseconds to wait for others' locks on tables: without a limit a forgotten transaction would hold us up for ever. */
const LOCK_TIMEOUT = 60_000

/**
 * Dumps into `folder` while a transaction of ours exports its snapshot of the database to pg_dump, so that the dump and the fingerprint
 * show the same moment. https://www.postgresql.org/docs/current/app-pgdump.html
 */
export async function takeDump(context: SnapshotContext, tools: PostgresqlTools, folder: string): Promise<TakenSnapshot> {
  const { target } = context.project
  await mkdir(join(folder, DUMP_FOLDER), { mode: PRIVATE_FOLDER })
  const connection = await connectTo(postgresql, target, target.name)
  try {
    await connection.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0')
    await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const database = await readDatabase(connection)
    await writeDatabaseFile(folder, database)
    const jobs = Math.min(MOST_JOBS, availableParallelism())
    const fingerprint = await dumpAndFingerprint(context, tools, connection, join(folder, DUMP_FOLDER), jobs)
    const details = { toolVersion: tools.version, toolMajor: tools.major, compression: 'gzip', jobs }
    return { fingerprint, details }
  } finally {
    await connection.close()
  }
}

async function dumpAndFingerprint(
  context: SnapshotContext,
  tools: PostgresqlTools,
  connection: PostgresqlConnection,
  dump: string,
  jobs: number,
): Promise<Fingerprint> {
  const { snapshot } = firstRow(await connection.query('SELECT pg_export_snapshot() AS snapshot'))
  const abort = new AbortController()
  const words = ['--format=directory', `--file=${dump}`, `--jobs=${jobs}`, '--compress=1', '--no-password', '--no-sync']
  words.push(`--snapshot=${String(snapshot)}`, `--lock-wait-timeout=${LOCK_TIMEOUT}`)
  const run = {
    tools,
    name: 'pg_dump',
    target: context.project.target,
    words,
    signal: AbortSignal.any([abort.signal, ...(context.signal ? [context.signal] : [])]),
  } as const
  const stopWatching = await watchDump(context, dump)
  try {
    // When one fails, the other is ended and waited for: nothing may go on writing into the folder.
    const beside = holdProgress(context.onProgress)
    const dumped = startTool(run)
      .catch((error: unknown) => {
        throw toolError(run, error)
      })
      .finally(stopWatching)
      .finally(beside.release)
    const fingerprinted = takeFingerprint(context, connection, { moment: String(snapshot), onProgress: beside.onProgress })
    fingerprinted.catch(() => abort.abort())
    dumped.catch(() => {})
    const [dumpResult, fingerprintResult] = await Promise.allSettled([dumped, fingerprinted])
    if (fingerprintResult.status === 'rejected') throw fingerprintResult.reason
    if (dumpResult.status === 'rejected') throw dumpResult.reason
    return fingerprintResult.value
  } finally {
    await stopWatching()
  }
}

/** pg_dump says nothing about how far it is; the server and the files do. */
function watchDump({ project, onProgress }: SnapshotContext, folder: string): Promise<() => Promise<void>> {
  const report = async ({ rows, estimate }: WatchedCopies): Promise<Progress> => ({
    step: 'Dumping the database',
    done: Math.min(rows, estimate),
    total: estimate,
    unit: 'rows',
    also: { done: await sumSizes((await readdir(folder).catch(() => [])).map((name) => join(folder, name))), unit: 'bytes' },
  })
  return watchCopies(project.target, project.target.name, report, onProgress)
}
