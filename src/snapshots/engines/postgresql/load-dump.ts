import { availableParallelism } from 'node:os'
import type { Target } from '../../../databases/database.js'
import type { Progress } from '../../../util/progress.js'
import { countRowsOf } from '../../manifest-tables.js'
import type { Snapshot, SnapshotContext } from '../../snapshot.js'
import { dumpFolder, readArchive } from './archive.js'
import { withDatabase } from './maintenance.js'
import { errorLines, runTool, startTool, type ToolRun, toolError } from './run-tool.js'
import type { PostgresqlTools } from './tools.js'
import { type WatchedCopies, watchCopies } from './watch-copies.js'

const MOST_JOBS = 4
/** pg_dump 17 and later write a setting that older servers do not know. */
const TRANSACTION_TIMEOUT_MAJOR = 17

/** Reads a dump into an empty database, and gathers statistics so that the first queries are not planned blindly. @throws SafeMigrateError `snapshot` */
export async function loadDump(
  context: SnapshotContext,
  snapshot: Snapshot,
  tools: PostgresqlTools,
  database: string,
  serverMajor: number,
): Promise<void> {
  const { target } = context.project
  const jobs = Math.min(MOST_JOBS, availableParallelism())
  const words = [`--jobs=${jobs}`, '--no-password', `--dbname=${connectionString(database)}`, dumpFolder(snapshot)]
  context.onProgress({ step: 'Restoring the dump' })
  const stopWatching = await watchCopies(target, database, await describeLoad(tools, target, snapshot), context.onProgress)
  try {
    await runRestore(tools, target, words, serverMajor)
  } finally {
    await stopWatching()
  }
  context.onProgress({ step: 'Gathering statistics' })
  await analyze(target, database)
}

async function runRestore(tools: PostgresqlTools, target: Target, words: readonly string[], serverMajor: number): Promise<void> {
  if (tools.major >= TRANSACTION_TIMEOUT_MAJOR && serverMajor < TRANSACTION_TIMEOUT_MAJOR) {
    await runTolerant({ tools, name: 'pg_restore', target, words })
  } else {
    await runTool({ tools, name: 'pg_restore', target, words: ['--exit-on-error', ...words] })
  }
}

/** First the rows, then what is built over them; pg_restore itself says nothing of either. */
async function describeLoad(tools: PostgresqlTools, target: Target, snapshot: Snapshot): Promise<(seen: WatchedCopies) => Progress> {
  const total = countRowsOf(snapshot)
  const toBuild = (await readArchive(tools, target, snapshot)).filter(({ description }) =>
    /^(?:INDEX|CONSTRAINT|FK CONSTRAINT) /.test(description),
  ).length
  return ({ rows, built }) =>
    built === 0
      ? { step: 'Restoring the dump', done: Math.min(rows, total), total, unit: 'rows' }
      : { step: 'Building indexes and constraints', done: Math.min(built, toBuild), total: toBuild }
}

/** Only the database's name: host, user and password are in the environment. Quoted, because a name with `=` would be taken for options. */
export function connectionString(database: string): string {
  return `dbname='${database.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

async function analyze(target: Target, database: string): Promise<void> {
  await withDatabase(target, database, async (connection) => {
    await connection.query('ANALYZE')
  })
}

// Goes on after errors, and then accepts only the one that is known to be harmless.
async function runTolerant(run: ToolRun): Promise<void> {
  const child = startTool(run)
  child.stdout.resume()
  try {
    await child
  } catch (error) {
    if (!isHarmless(error)) throw toolError(run, error)
  }
}

/** Whether pg_restore went through to its end, and only missed that setting: every line is looked at, and the server speaks any language. */
export function isHarmless(error: unknown): boolean {
  const errors = errorLines(error).filter((line) => line.startsWith('pg_restore: error:'))
  const isEnded = error instanceof Error && 'exitCode' in error && error.exitCode === 1
  return isEnded && errors.length > 0 && errors.every((line) => /\btransaction_timeout\b/.test(line))
}
