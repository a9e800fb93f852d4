import { stat } from 'node:fs/promises'
import type { Connection } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { type Model, readModels } from '../project/models.js'
import type { Project } from '../project/project.js'
import { walk } from '../snapshots/files/walk.js'
import { suggestNearest } from '../util/nearest.js'
import type { RunOptions } from './run.js'

/** A column whose values name files below a folder. */
export interface FileReference {
  readonly model: string
  /** Field of the model. */
  readonly column: string
  /** Relative to the project. */
  readonly folder: string
}

/** What does not fit between a column and its folder. */
export interface FileReferenceProblems extends FileReference {
  /** Values whose file is not there. */
  readonly missing: { readonly count: number; readonly examples: readonly string[] }
  /** Files that no row names. */
  readonly unnamed: { readonly count: number; readonly examples: readonly string[] }
}

const EXAMPLES = 10
const PAGE = 5_000

/** A reference whose column was found. */
export interface ResolvedReference extends FileReference {
  /** Quoted, ready for SQL. */
  readonly sqlTable: string
  readonly sqlColumn: string
}

/** @throws SafeMigrateError `config` for a model or field that is not there */
export async function resolveFileReferences({
  project,
  config,
}: Pick<RunOptions, 'project' | 'config'>): Promise<readonly ResolvedReference[]> {
  if (config.fileReferences.length === 0) return []
  const models = await readModels(project.schemaPath)
  return config.fileReferences.map((reference) => ({ ...reference, ...findColumn(reference, models, project) }))
}

/**
 * Compares the values of columns with the files in their folders. A value names a file by its path below the folder, whatever
 * stands before it (`/images/a.jpg`, `https://cdn.example.com/images/a.jpg?v=2`).
 * @returns only those with problems
 */
export async function checkFileReferences(
  references: readonly ResolvedReference[],
  root: string,
  connection: Connection,
): Promise<readonly FileReferenceProblems[]> {
  const checked: FileReferenceProblems[] = []
  for (const reference of references) checked.push(await checkReference(reference, root, connection))
  return checked.filter(({ missing, unnamed }) => missing.count + unnamed.count > 0)
}

async function checkReference(
  { sqlTable, sqlColumn, ...reference }: ResolvedReference,
  root: string,
  connection: Connection,
): Promise<FileReferenceProblems> {
  const folder = reference.folder.replace(/^\.\//, '').replace(/\/+$/, '')
  const unnamed = new Set<string>()
  for await (const { path } of walk(root, folder, stat)) unnamed.add(path.slice(folder.length + 1))
  const files = new Set(unnamed)
  const missing = { count: 0, examples: [] as string[] }
  for await (const value of readValues(connection, sqlTable, sqlColumn)) {
    const file = findFile(value, files)
    if (file !== null) unnamed.delete(file)
    else if (!isElsewhere(value)) {
      missing.count += 1
      if (missing.examples.length < EXAMPLES) missing.examples.push(value)
    }
  }
  return { ...reference, missing, unnamed: { count: unnamed.size, examples: [...unnamed].sort().slice(0, EXAMPLES) } }
}

function findColumn(
  { model: name, column: field }: FileReference,
  models: readonly Model[],
  { database, target }: Project,
): Pick<ResolvedReference, 'sqlTable' | 'sqlColumn'> {
  const model = models.find((one) => one.name === name)
  const found = model?.fields.find((one) => one.name === field)
  if (model !== undefined && found !== undefined && found.type === 'String' && !found.isList) {
    const { quoteName } = database
    const schema = model.schema ?? target.schema
    return { sqlTable: `${schema === null ? '' : `${quoteName(schema)}.`}${quoteName(model.table)}`, sqlColumn: quoteName(found.column) }
  }
  const why =
    model === undefined
      ? `There is no model ${name}${suggestNearest(
          name,
          models.map((one) => one.name),
        )}`
      : found === undefined
        ? `${name} has no field ${field}${suggestNearest(
            field,
            model.fields.map((one) => one.name),
          )}`
        : `${name}.${field} is no String.`
  throw new SafeMigrateError({ code: 'config', message: 'fileReferences in the configuration does not fit.', why, next: ['Correct it.'] })
}

/** Each value once, page by page. */
async function* readValues(connection: Connection, table: string, column: string): AsyncGenerator<string> {
  const { parameter } = connection.database.values
  let last: string | null = null
  for (;;) {
    const where = last === null ? `${column} IS NOT NULL` : `${column} > ${parameter(1)}`
    const sql = `SELECT DISTINCT ${column} AS "value" FROM ${table} WHERE ${where} ORDER BY 1 LIMIT ${PAGE}`
    const rows = await connection.query(sql, last === null ? [] : [last])
    for (const { value } of rows) yield String(value)
    if (rows.length < PAGE) return
    last = String(rows.at(-1)?.value)
  }
}

/** The longest end of the value that is the path of a file. */
function findFile(value: string, files: ReadonlySet<string>): string | null {
  const parts = value
    .replace(/[?#].*$/, '')
    .split('/')
    .filter((part) => part !== '')
  for (let at = 0; at < parts.length; at += 1) {
    const path = parts.slice(at).join('/')
    if (files.has(path)) return path
    if (files.has(decode(path))) return decode(path)
  }
  return null
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Another host's files are not looked for here. */
function isElsewhere(value: string): boolean {
  return value.trim() === '' || /^[a-z][a-z0-9+.-]*:/i.test(value)
}
