import { existsSync } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import type { TableFingerprint } from '../databases/fingerprint.js'
import { SafeMigrateError } from '../errors.js'
import { readModels } from '../project/models.js'
import { findEngine } from '../snapshots/engines/index.js'
import { readFingerprint } from '../snapshots/fingerprint-file.js'
import { fileNameOf, type JsonNames, nameTables } from '../snapshots/json-names.js'
import type { Snapshot, SnapshotContext } from '../snapshots/snapshot.js'
import { withVerified } from '../snapshots/verify-snapshot.js'
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../util/durable-files.js'
import { findSnapshot } from './find-snapshot.js'
import type { ExportedTable, ExportReport } from './row-reports.js'
import { type RunOptions, snapshotContext } from './run.js'
import { openSession } from './session.js'

export const EXPORT_FORMATS = ['ndjson', 'json'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export interface ExportRequest {
  /** Id of the snapshot, the beginning of one, or `latest`. */
  readonly wanted: string
  readonly format: ExportFormat
  /** Absolute path of the folder (ndjson) or file (json) to make; null: named after the snapshot, in `folder`. */
  readonly output: string | null
  readonly folder: string
}

/**
 * Writes the rows of a snapshot as JSON, model by model, with the names of the Prisma schema. The snapshot is verified first.
 * @throws SafeMigrateError `snapshot`, `usage` when the output is there already; then nothing of it is left
 */
export async function exportSnapshot(options: RunOptions, request: ExportRequest): Promise<ExportReport> {
  const { project, config, ui } = options
  const snapshot = await findSnapshot(options, request.wanted, project.target.identity)
  const output = request.output ?? path.join(request.folder, request.format === 'json' ? `${snapshot.id}.json` : `${snapshot.id}-export`)
  if (existsSync(output))
    throw new SafeMigrateError({
      code: 'usage',
      message: `${output} is there already.`,
      next: ['Name another one with --output, or remove it.'],
    })
  const models = await readModels(project.schemaPath)
  const session = await openSession(project.database, project.target)
  try {
    const context = snapshotContext({ project, config, session, ui, journal: null })
    const tables = await withVerified(context, snapshot, async (readable) => {
      const { tables: found } = await readFingerprint(readable)
      const source = { context, snapshot: readable, tables: found, names: nameTables(found, models, project.target.schema) }
      return request.format === 'json' ? writeOneFile(source, output) : writeFiles(source, output)
    })
    return { report: 'export', formatVersion: 1, exitCode: 0, snapshot: snapshot.id, format: request.format, output, tables }
  } catch (error) {
    await rm(output, { recursive: true, force: true })
    throw error
  } finally {
    await session.close()
  }
}

interface Source {
  readonly context: SnapshotContext
  readonly snapshot: Snapshot
  readonly tables: readonly TableFingerprint[]
  readonly names: ReadonlyMap<TableFingerprint, JsonNames>
}

const nameOf = ({ names }: Source, table: TableFingerprint): string => names.get(table)?.name ?? table.name

/** One file a model, one row a line. https://github.com/ndjson/ndjson-spec */
async function writeFiles(source: Source, output: string): Promise<readonly ExportedTable[]> {
  await mkdir(output, { recursive: true, mode: PRIVATE_FOLDER })
  const written: ExportedTable[] = []
  for (const table of source.tables) {
    const name = nameOf(source, table)
    const file = path.join(output, `${fileNameOf(name)}.ndjson`)
    const handle = await open(file, 'wx', PRIVATE_FILE)
    try {
      const rows = await writeRows(source, table, (lines) => handle.appendFile(`${lines.join('\n')}\n`))
      written.push({ name, schema: table.schema, table: table.name, rows, file })
    } finally {
      await handle.close()
    }
  }
  return written
}

/** `{ "metadata": { …, "counts" }, "data": { "User": [ … ] } }`, one row a line. */
async function writeOneFile(source: Source, output: string): Promise<readonly ExportedTable[]> {
  const { manifest } = source.snapshot
  const counts = Object.fromEntries(source.tables.map((table) => [nameOf(source, table), table.rows]))
  const metadata = {
    format: 1,
    tool: `safe-migrate ${manifest.toolVersion}`,
    takenAt: manifest.takenAt,
    provider: manifest.provider,
    counts,
  }
  const written: ExportedTable[] = []
  const handle = await open(output, 'wx', PRIVATE_FILE)
  try {
    await handle.appendFile(`{\n"metadata": ${JSON.stringify(metadata)},\n"data": {`)
    for (const [at, table] of source.tables.entries()) {
      const name = nameOf(source, table)
      await handle.appendFile(`${at === 0 ? '' : ','}\n${JSON.stringify(name)}: [`)
      let isFirst = true
      const rows = await writeRows(source, table, async (lines) => {
        await handle.appendFile(`${isFirst ? '' : ','}\n${lines.join(',\n')}`)
        isFirst = false
      })
      await handle.appendFile(rows === 0 ? ']' : '\n]')
      written.push({ name, schema: table.schema, table: table.name, rows, file: output })
    }
    await handle.appendFile('\n}\n}\n')
  } finally {
    await handle.close()
  }
  return written
}

async function writeRows(source: Source, table: TableFingerprint, write: (lines: readonly string[]) => Promise<void>): Promise<number> {
  const { context, snapshot } = source
  if (table.rows === 0) return 0
  const names = source.names.get(table)
  const opened = await findEngine(snapshot.manifest.engine).openTable(context, snapshot, table)
  try {
    const columns = table.columns
      .filter(({ name }) => opened.columns.includes(name))
      .map(({ name, type }) => ({ name, type, key: names?.keyOf(name) ?? name }))
    let rows = 0
    await context.project.database.readJsonRows(opened.connection, opened.sqlName, columns, async (lines) => {
      await write(lines)
      rows += lines.length
      context.onProgress({ step: `Exporting ${nameOf(source, table)}`, done: rows, total: table.rows, unit: 'rows' })
    })
    if (rows === table.rows) return rows
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `Snapshot ${snapshot.id} gave ${rows} rows of ${table.name} instead of ${table.rows}.`,
      next: [`safe-migrate snapshot verify ${snapshot.id}`],
    })
  } finally {
    await opened.close()
  }
}
