import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { quoteQualified } from '../../../util/names.js'
import { startStep } from '../../../util/progress.js'
import { countRowsOf } from '../../manifest-tables.js'
import type { Snapshot, SnapshotContext } from '../../snapshot.js'
import { type ArchiveEntry, dumpFolder, isTableData, readArchive, rowsFile } from './archive.js'
import type { ClearedDatabase } from './clear-database.js'
import { openCopyIn } from './copy-in.js'
import { pipeRows } from './copy-text.js'
import type { DatabaseFile } from './database-file.js'
import { clearExtensionRows } from './extension-rows.js'
import { majorOf } from './maintenance.js'
import type { FillDatabase } from './restore-in-place.js'
import { runTool } from './run-tool.js'
import type { PostgresqlTools } from './tools.js'

interface Job {
  readonly context: SnapshotContext
  readonly snapshot: Snapshot
  readonly tools: PostgresqlTools
  readonly connection: PostgresqlConnection
  readonly file: DatabaseFile
  readonly entries: readonly ArchiveEntry[]
}

/** Reads a dump into the emptied database through one connection. */
export function fillFromDump(context: SnapshotContext, snapshot: Snapshot, tools: PostgresqlTools): FillDatabase {
  return async (connection, cleared, file) => {
    const entries = await readArchive(tools, context.project.target, snapshot)
    const job = { context, snapshot, tools, connection, file, entries }
    const wanted = entries.filter((entry) => !isKept(entry, cleared))
    await runSection(job, 'pre-data', wanted)
    await loadRows(job)
    // Sequences and large objects: what is in the data section and is no table's rows.
    await runSection(
      job,
      'data',
      wanted.filter((entry) => !isTableData(entry)),
    )
    await runSection(job, 'post-data', wanted)
  }
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
  const progress = startStep(context.onProgress, 'Restoring rows', countRowsOf(snapshot), 'rows')
  for (const { table, entry } of jobs) {
    const name = quoteQualified(table.schema, table.name)
    if (table.ofExtension) await clearExtensionRows(connection, name)
    const columns = table.columns.filter((column) => column.generated === null).map((column) => column.name)
    await pipeRows(rowsFile(snapshot, entry), openCopyIn(connection, name, columns), progress.add)
  }
  progress.end()
}
