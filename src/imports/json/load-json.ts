import type { Catalog, CatalogColumn, CatalogTable } from '../../databases/catalog.js'
import type { TableFingerprint } from '../../databases/fingerprint.js'
import type { JsonRow, JsonStage, JsonStageColumn, StagedJson } from '../../databases/json-stage.js'
import { messageOf } from '../../errors.js'
import type { Model } from '../../project/models.js'
import { fileNameOf, nameTables } from '../../snapshots/json-names.js'
import type { PartSource } from '../../snapshots/parts/part-source.js'
import { quoteIdentifier } from '../../util/names.js'
import { suggestNearest } from '../../util/nearest.js'
import type { OnProgress } from '../../util/progress.js'
import { readMembers } from '../../util/raw-json.js'
import { findJsonFiles, type JsonBatch, readJson } from './read-json.js'

const MOST_PROBLEMS = 50
const HISTORY_TABLE = '_prisma_migrations'
/** The row's own number, in what the engine json writes. */
const ROWID_KEY = '$rowid'

export interface FileProblem {
  readonly file: string
  readonly line: number
  readonly message: string
}

export interface LoadedJson {
  readonly source: PartSource
  readonly rows: number
  /** The first ones; when there is any, nothing may be written. */
  readonly problems: readonly FileProblem[]
  readonly moreProblems: number
}

export interface LoadJsonOptions {
  /** File or folder. */
  readonly path: string
  readonly name: string
  readonly models: readonly Model[]
  readonly catalog: Catalog
  readonly stage: JsonStage
  /** A table whose list is empty is to become empty. */
  readonly withEmpty: boolean
  readonly signal: AbortSignal
  readonly onProgress: OnProgress
}

/** A live table that gets rows, under the names that they have in JSON. */
interface Wanted {
  readonly table: CatalogTable
  readonly name: string
  keyOf(column: string): string
}

interface Filling {
  readonly wanted: Wanted
  readonly columns: readonly JsonStageColumn[]
  readonly staged: StagedJson
  /** Members that are left out: computed by the database. */
  readonly ignored: ReadonlySet<string>
  /** Where its first row is. */
  readonly batch: JsonBatch | null
  rows: number
}

/** Reads everything into the stage, and checks it against the tables as they are. @throws SafeMigrateError `usage` for files that cannot be read */
export async function loadJson(options: LoadJsonOptions): Promise<LoadedJson> {
  const loader = new JsonLoader(options)
  for (const file of await findJsonFiles(options.path)) for await (const batch of readJson(file)) await loader.add(batch)
  if (options.withEmpty) await loader.addEmpty()
  await loader.checkDoubles()
  return loader.result()
}

class JsonLoader {
  readonly #problems: FileProblem[] = []
  readonly #fillings = new Map<CatalogTable, Filling>()
  readonly #found = new Map<string, Wanted | null>()
  readonly #wanted: readonly Wanted[]
  #rows = 0

  constructor(private readonly options: LoadJsonOptions) {
    const { catalog, models } = options
    const names = nameTables(catalog.tables, models, catalog.defaultSchema)
    this.#wanted = [...names].map(([table, { name, keyOf }]) => ({ table, name, keyOf }))
  }

  async add(batch: JsonBatch): Promise<void> {
    const { signal, onProgress, name } = this.options
    signal.throwIfAborted()
    const wanted = this.#find(batch)
    if (wanted === null) return
    this.#rows += batch.rows.length
    const rows = batch.rows.filter((row) => this.#check(batch, row))
    const [first] = rows
    if (first === undefined) return
    const filling = this.#fillings.get(wanted.table) ?? (await this.#open(wanted, batch, first))
    const sound = rows.filter((row) => this.#hasMembers(batch, row, filling))
    for (const problem of await filling.staged.write(sound)) this.#say(batch, problem.line, problem.message)
    filling.rows += sound.length
    onProgress({ step: `Reading ${name}`, done: this.#rows, unit: 'rows' })
  }

  async addEmpty(): Promise<void> {
    for (const wanted of this.#found.values()) {
      if (wanted === null || this.#fillings.has(wanted.table)) continue
      const columns = wanted.table.columns
        .filter((column) => !column.generated)
        .map(({ name, type, notNull }) => ({ name, key: name, type, notNull }))
      const staged = await this.options.stage.addTable(wanted.table, columns)
      this.#fillings.set(wanted.table, { wanted, columns, staged, ignored: new Set(), batch: null, rows: 0 })
    }
  }

  /** What must be unique is, among the rows of the files. */
  async checkDoubles(): Promise<void> {
    for (const { wanted, columns, staged, batch } of this.#fillings.values()) {
      const keys = [wanted.table.primaryKey, ...wanted.table.uniqueKeys.map((key) => key.columns)]
      for (const names of keys) {
        if (batch === null || names.length === 0 || !names.every((name) => columns.some((column) => column.name === name))) continue
        const list = names.map(quoteIdentifier)
        const given = list.map((name) => `${name} IS NOT NULL`).join(' AND ')
        const [row] = await staged.connection.query(
          `SELECT count(*) AS n FROM (SELECT 1 AS one FROM ${staged.sqlName} WHERE ${given} GROUP BY ${list.join(', ')} HAVING count(*) > 1) AS d`,
        )
        const fields = names.map((name) => wanted.keyOf(name)).join(' + ')
        if (Number(row?.n ?? 0) > 0) this.#say(batch, 0, `${wanted.name}: several rows have the same ${fields}, which must be unique`)
      }
    }
  }

  result(): LoadedJson {
    const fillings = [...this.#fillings.values()]
    const source: PartSource = {
      name: this.options.name,
      tables: fillings.map(describe),
      isSameDatabase: false,
      openTable: async (_context, table) => {
        const filling = fillings.find(({ wanted }) => wanted.table.name === table.name && wanted.table.schema === table.schema)
        if (filling === undefined) throw new Error(`no rows of ${table.name}`)
        const { connection, sqlName } = filling.staged
        return { connection, sqlName, columns: filling.columns.map((column) => column.name), close: async () => {} }
      },
    }
    const problems = this.#problems.slice(0, MOST_PROBLEMS)
    return { source, rows: this.#rows, problems, moreProblems: this.#problems.length - problems.length }
  }

  /** Null: it is no table of the user's, or there is none (and that is said). */
  #find(batch: JsonBatch): Wanted | null {
    const known = this.#found.get(batch.table)
    if (known !== undefined) return known
    const found = isInternal(batch.table, this.options.catalog) ? null : findTable(batch, this.#wanted)
    if (found === undefined) {
      const names = this.#wanted.map(({ name }) => name)
      const line = batch.rows[0]?.line ?? 0
      this.#say(batch, line, `there is no model or table ${batch.table}${suggestNearest(batch.table, names) || '.'}`)
    }
    const wanted = found === undefined || found === null ? null : this.#rootOf(found)
    this.#found.set(batch.table, wanted)
    return wanted
  }

  /** Rows of a partition go where it says: into the partitioned table. */
  #rootOf(wanted: Wanted): Wanted {
    const root = this.#wanted.find(
      ({ table }) =>
        table.kind === 'partitioned' &&
        wanted.table.parents?.some((parent) => parent.table === table.name && parent.schema === table.schema) === true,
    )
    return root === undefined ? wanted : this.#rootOf(root)
  }

  #check(batch: JsonBatch, { line, json }: JsonRow): boolean {
    try {
      const value: unknown = JSON.parse(json)
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return true
      this.#say(batch, line, 'is no row: a row is an object')
    } catch (error) {
      this.#say(batch, line, `is no JSON: ${messageOf(error).replace(/ in JSON at position.*| \(line.*|, ".*$/s, '')}`)
    }
    return false
  }

  /** The first row says which columns there are. */
  async #open(wanted: Wanted, batch: JsonBatch, first: JsonRow): Promise<Filling> {
    const names = [...namesOf(first)]
    const columns = names.flatMap((key): JsonStageColumn[] => {
      const column = columnOf(wanted, key)
      return column === undefined || column.generated ? [] : [{ name: column.name, key, type: column.type, notNull: column.notNull }]
    })
    const ignored = new Set(names.filter((key) => key === ROWID_KEY || columnOf(wanted, key)?.generated === true))
    for (const key of wanted.table.primaryKey)
      if (!columns.some(({ name }) => name === key))
        this.#say(batch, first.line, `${wanted.name} rows need ${wanted.keyOf(key)}, by which they are found`)
    const staged = await this.options.stage.addTable(wanted.table, columns)
    const filling = { wanted, columns, staged, ignored, batch, rows: 0 }
    this.#fillings.set(wanted.table, filling)
    return filling
  }

  /** Every row has the members of the first, and no other. */
  #hasMembers(batch: JsonBatch, row: JsonRow, { wanted, columns, ignored }: Filling): boolean {
    const before = this.#problems.length
    try {
      const names = namesOf(row)
      for (const { key } of columns) if (!names.has(key)) this.#say(batch, row.line, `${key} is missing`)
      for (const name of names) {
        if (ignored.has(name) || columns.some(({ key }) => key === name)) continue
        const known = wanted.table.columns.map((column) => wanted.keyOf(column.name))
        const isColumn = columnOf(wanted, name) !== undefined
        const why = isColumn ? `${name} is here, and not in the first row` : `${wanted.name} has no ${name}${suggestNearest(name, known)}`
        this.#say(batch, row.line, why)
      }
    } catch (error) {
      this.#say(batch, row.line, messageOf(error))
    }
    return this.#problems.length === before
  }

  #say({ file }: JsonBatch, line: number, message: string): void {
    this.#problems.push({ file, line, message })
  }
}

function namesOf({ json }: JsonRow): ReadonlySet<string> {
  return new Set(readMembers(json).keys())
}

function columnOf({ table, keyOf }: Wanted, key: string): CatalogColumn | undefined {
  return table.columns.find(({ name }) => keyOf(name) === key) ?? table.columns.find(({ name }) => name === key)
}

/** What belongs to Prisma or to SQLite itself: its history, its marks, the shadow tables of a virtual one. */
function isInternal(name: string, { tables }: Catalog): boolean {
  if (name === HISTORY_TABLE || name.startsWith('sqlite_')) return true
  return (
    tables.some((table) => table.kind === 'virtual' && name.startsWith(`${table.name}_`)) && !tables.some((table) => table.name === name)
  )
}

function findTable({ table: name, isFileName }: JsonBatch, all: readonly Wanted[]): Wanted | undefined {
  const long = ({ table }: Wanted) => (table.schema === null ? table.name : `${table.schema}.${table.name}`)
  const asFile = (text: string) => (isFileName ? fileNameOf(text) : text)
  const byTable = all.filter((one) => asFile(one.table.name) === name)
  return (
    all.find((one) => asFile(one.name) === name) ??
    (byTable.length === 1 ? byTable[0] : undefined) ??
    all.find((one) => asFile(long(one)) === name)
  )
}

/** The table, as if a snapshot had seen it with these rows. */
function describe({ wanted, columns, rows }: Filling): TableFingerprint {
  const { schema, name } = wanted.table
  return {
    id: '',
    schema,
    name,
    rows,
    key: null,
    columns: columns.map((column) => ({ id: column.name, name: column.name, type: column.type, nonNull: rows, digest: null })),
  }
}
