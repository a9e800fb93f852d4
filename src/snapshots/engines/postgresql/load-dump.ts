import { availableParallelism } from 'node:os'
import type { Target } from '../../../databases/database.js'
import type { Snapshot, SnapshotContext } from '../../snapshot.js'
import { dumpFolder } from './archive.js'
import { withDatabase } from './maintenance.js'
import { errorLines, runTool, startTool, type ToolRun, toolError } from './run-tool.js'
import type { PostgresqlTools } from './tools.js'

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
  if (tools.major >= TRANSACTION_TIMEOUT_MAJOR && serverMajor < TRANSACTION_TIMEOUT_MAJOR) {
    await runTolerant({ tools, name: 'pg_restore', target, words })
  } else {
    await runTool({ tools, name: 'pg_restore', target, words: ['--exit-on-error', ...words] })
  }
  await analyze(target, database)
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
    const errors = errorLines(error).filter((line) => line.startsWith('pg_restore: error:'))
    if (errors.length === 0 || errors.some((line) => !line.includes('"transaction_timeout"'))) throw toolError(run, error)
  }
}
