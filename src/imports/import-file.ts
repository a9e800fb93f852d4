import type { ImportMapping } from '../config/import-mapping.js'
import { commit } from '../databases/commit.js'
import type { Connection } from '../databases/database.js'
import type { FieldValue } from '../databases/field-value.js'
import { messageOf, SafeMigrateError } from '../errors.js'
import type { Model } from '../project/models.js'
import type { OnProgress } from '../util/progress.js'
import { convertCell } from './convert.js'
import { type FileRow, openRowFile, type RowFile } from './read-rows.js'
import { type ResolvedMapping, resolveMapping } from './resolve-mapping.js'
import { batchSize, type ImportRow, type RowCounts, type RowProblem, type Writer, writeRows } from './write-rows.js'

const MOST_PROBLEMS = 50

export interface ImportOptions {
  /** Key in `imports`. */
  readonly name: string
  readonly mapping: ImportMapping
  readonly file: string
  readonly models: readonly Model[]
  readonly connection: Connection
  /** Everything is done, and rolled back. */
  readonly dryRun: boolean
  readonly signal: AbortSignal
  readonly onProgress: OnProgress
}

export interface ImportOutcome extends Readonly<RowCounts> {
  readonly model: string
  readonly rows: number
  /** The first ones, by line; when there is any, nothing was written. Line 0: all of it. */
  readonly problems: readonly RowProblem[]
  readonly moreProblems: number
  readonly ignored: readonly string[]
}

/**
 * Imports a file in one transaction: all of its rows, or none.
 * @throws SafeMigrateError `usage` for a file that cannot be read, `config` for a mapping that does not fit
 */
export async function importFile(options: ImportOptions): Promise<ImportOutcome> {
  const { connection, mapping } = options
  const { database, target } = connection
  const { header, rows, bytes } = await openRowFile(options.file, mapping.delimiter ?? null)
  const catalog = await database.readCatalog(connection)
  const resolved = resolveMapping(options.name, mapping, header, options.models, catalog, target.schema)
  const writer: Writer = {
    connection,
    mapping: resolved,
    bind: await database.values.prepare(connection, resolved.table),
    now: new Date(),
    counts: { inserted: 0, updated: 0, skipped: 0 },
    problems: [],
    slugs: new Map(),
  }
  await connection.query(database.values.begin)
  try {
    const read = await writeAll(options, writer, { header, rows, bytes })
    await end(writer, options.dryRun)
    return outcomeOf(resolved, writer, read)
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {})
    throw error
  }
}

async function writeAll(options: ImportOptions, writer: Writer, { header, rows, bytes }: RowFile): Promise<number> {
  const size = batchSize(writer)
  let batch: ImportRow[] = []
  let [read, at] = [0, 0]
  // After the first problem nothing will be committed: the other rows are only checked.
  const flush = async () => {
    if (writer.problems.length === 0 && batch.length > 0) await writeRows(writer, batch)
    batch = []
    options.onProgress({ step: 'Importing rows', done: at, total: bytes, unit: 'bytes', also: { done: read, unit: 'rows' } })
  }
  for await (const row of rows) {
    options.signal.throwIfAborted()
    read += 1
    at = Math.min(bytes, row.bytes)
    const converted = convertRow(writer, row, header.length)
    if (converted !== null) batch.push(converted)
    if (batch.length >= size) await flush()
  }
  at = bytes
  await flush()
  return read
}

function convertRow({ mapping, problems, bind }: Writer, { line, cells }: FileRow, width: number): ImportRow | null {
  if (cells.length !== width) {
    problems.push({ line, message: `has ${cells.length} cells, and the header has ${width}` })
    return null
  }
  const values = new Map<string, FieldValue>(mapping.constants.map(({ field, value }) => [field.name, value]))
  let isSound = true
  for (const { field, column, cell, header, options } of mapping.columns) {
    try {
      const value = convertCell(cells[cell] ?? '', field, options)
      if (value !== undefined && value !== null) bind(value, column)
      if (value === undefined && isNeeded(mapping, field.name)) throw new RangeError('is empty, and needs a value')
      if (value !== undefined) values.set(field.name, value)
    } catch (error) {
      isSound = false
      problems.push({ line, message: `"${header}" → ${field.name} ${messageOf(error)}` })
    }
  }
  return isSound ? { line, values } : null
}

/** An existing row may keep what it has; a new one must get a value. */
function isNeeded({ columns, key, existing }: ResolvedMapping, name: string): boolean {
  const target = columns.find(({ field }) => field.name === name)
  if (target === undefined) return false
  if (key.some(({ field }) => field.name === name)) return true
  const { field, column } = target
  const isFilled = field.isOptional || field.clientDefault !== null || column.default !== null || !column.notNull
  return !isFilled && !(key.length > 0 && existing === 'update')
}

async function end({ connection, problems, counts }: Writer, dryRun: boolean): Promise<void> {
  if (problems.length === 0 && !dryRun) {
    try {
      await commit(connection, connection.target.label, {
        what: 'the imported rows were',
        next: 'look for a row of the file in the database, or run the same command with --dry-run.',
      })
      return
    } catch (error) {
      if (error instanceof SafeMigrateError) throw error
      // Constraints that are checked at the end.
      problems.push({ line: 0, message: messageOf(error) })
    }
  }
  await connection.query('ROLLBACK').catch(() => {})
  if (problems.length > 0) Object.assign(counts, { inserted: 0, updated: 0, skipped: 0 })
}

function outcomeOf({ model, ignored }: ResolvedMapping, { counts, problems }: Writer, rows: number): ImportOutcome {
  const shown = problems.slice(0, MOST_PROBLEMS)
  return { model: model.name, rows, ...counts, problems: shown, moreProblems: problems.length - shown.length, ignored }
}
