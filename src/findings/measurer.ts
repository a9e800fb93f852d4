import type { Catalog, CatalogTable } from '../databases/catalog.js'
import type { Connection, Row } from '../databases/database.js'
import type { Dialect } from '../databases/dialect.js'
import type { ColumnFingerprint } from '../databases/fingerprint.js'
import type { Impact, Prediction } from '../rules/finding.js'
import type { LiveForeignKey, LiveTable, SeenAs } from '../rules/measure.js'
import type { Counting } from './counting.js'

/** What counting needs: a connection inside a read-only transaction, and what the database looks like. */
export interface Measurer {
  /** Its queries go through `counting`. */
  readonly connection: Connection
  readonly counting: Counting
  readonly catalog: Catalog
  /** Those that are there when the statement runs. */
  readonly foreignKeys: readonly LiveForeignKey[]
  readonly dialect: Dialect
  /** The session's time zone, as Prisma will have it; null where values do not depend on it. */
  readonly timeZone: string | null
  /** Whether values of rows may be shown. */
  readonly showValues: boolean
  /** Compare values by their texts: casting one to the other's type has failed. */
  readonly asText: boolean
}

/** What one measure found. */
export interface Measurement {
  readonly rows?: number
  readonly values?: number
  readonly failing?: Failing
  readonly cascades?: Cascaded
  readonly predictions: readonly Prediction[]
}

type MeasuredImpact = Extract<Impact, { measured: true }>
export type Failing = NonNullable<MeasuredImpact['failing']>
export type Cascaded = NonNullable<MeasuredImpact['cascades']>

/** How many example keys are shown. */
const EXAMPLES = 5

export async function count(measurer: Measurer, sql: string): Promise<number> {
  const [row] = await measurer.connection.query(sql)
  return readNumber(row, 'n')
}

/** How many rows of a table meet each condition, as SQL on `source`. @throws AtLeastOne */
export function countWhere(
  measurer: Measurer,
  table: LiveTable,
  source: string,
  conditions: readonly (string | null)[],
  isAlone = false,
): Promise<readonly number[]> {
  const size = findCatalogTable(measurer, table)?.estimatedRows ?? 0
  return measurer.counting.count({ source, conditions, size, isAlone })
}

export function readNumber(row: Row | undefined, column: string): number {
  return Number(row?.[column] ?? 0)
}

export function quoteTable(measurer: Measurer, table: LiveTable): string {
  const { quoteName } = measurer.dialect
  return table.schema === null ? quoteName(table.name) : `${quoteName(table.schema)}.${quoteName(table.name)}`
}

export function findCatalogTable(measurer: Measurer, table: LiveTable): CatalogTable | null {
  return measurer.catalog.tables.find((one) => one.name === table.name && (table.schema === null || one.schema === table.schema)) ?? null
}

/** `"s"."T"`, under the name and with the columns that the migration's own SQL uses where these are others. */
export function fromTable(measurer: Measurer, table: LiveTable, { name, shape }: SeenAs): string {
  const quoted = quoteTable(measurer, table)
  const { quoteName, measuring } = measurer.dialect
  if (shape === null) return isOwnName(measurer, table, name) ? quoted : `${quoted} AS ${quoteName(name)}`
  const columns = shape.columns.map((column) => {
    const type = column.type ?? ''
    const added = column.initial === null ? 'NULL' : `(${column.initial})`
    const value = column.live === null ? measuring.storedAs(added, type, type, null, null) : quoteName(column.live)
    return `${value} AS ${quoteName(column.name)}`
  })
  return `(SELECT ${[...measuring.identityColumns, ...columns].join(', ')} FROM ${quoted}) AS ${quoteName(name)}`
}

/** What SQL of the migration calls a column of before. */
export function currentName({ shape }: SeenAs, live: string): string {
  return shape?.columns.find((column) => column.live === live)?.name ?? live
}

function isOwnName(measurer: Measurer, table: LiveTable, name: string): boolean {
  return name === table.name || (measurer.dialect.ignoresCase && name.toLowerCase() === table.name.toLowerCase())
}

/** Rows for which the condition holds. `source` is the table, aliased or as the migration sees it; `shown` are expressions on it. */
export interface FailingRows {
  readonly table: LiveTable
  readonly source: string
  readonly condition: string
  /** The source does not have the table's own columns. */
  readonly isReshaped: boolean
  readonly shown: readonly string[]
}

/** Primary keys, as text, of the first of these rows, and what is shown of them where values may be shown. */
export async function exampleRows(measurer: Measurer, failing: FailingRows): Promise<Pick<Failing, 'keys' | 'values'>> {
  const { dialect, connection, showValues } = measurer
  const key = findCatalogTable(measurer, failing.table)?.primaryKey ?? []
  const shown = showValues ? failing.shown.map((sql, index) => `${connection.database.comparison.text(sql)} AS shown${index}`) : []
  if (key.length === 0 && shown.length === 0) return { keys: [] }
  const order = (columns: readonly string[]) => (columns.length === 0 ? '' : `ORDER BY ${columns.join(', ')}`)
  const read = async (sql: string) => {
    const rows = await connection.query(`${sql} LIMIT ${EXAMPLES}`)
    const join = (names: readonly string[]) => rows.map((row) => names.map((name) => String(row[name])).join(', '))
    const values = shown.length === 0 ? {} : { values: join(shown.map((_, index) => `shown${index}`)) }
    return { keys: key.length === 0 ? [] : join(key), ...values }
  }
  const own = key.map(dialect.quoteName)
  if (!failing.isReshaped)
    return read(`SELECT ${[...own, ...shown].join(', ')} FROM ${failing.source} WHERE ${failing.condition} ${order(own)}`)
  const identity = dialect.measuring.identityColumns
  const same = identity.map((column) => `k.${column} = x.${column}`).join(' AND ')
  const keys = key.map((name) => `k.${dialect.quoteName(name)}`)
  const values = shown.map((_, index) => `x.shown${index}`)
  return read(`SELECT ${[...keys, ...values].join(', ')} FROM ${quoteTable(measurer, failing.table)} AS k
    JOIN (SELECT ${[...identity, ...shown].join(', ')} FROM ${failing.source} WHERE ${failing.condition}) AS x ON ${same} ${order(keys)}`)
}

/** Condition: two values, both not NULL, are not the same to the comparison after the run. `type` is of `before`. */
export function differs(measurer: Measurer, before: string, from: string, after: string, to: string): string {
  const { comparison } = measurer.connection.database
  const compare = measurer.asText ? comparison.differsAsText : comparison.differs
  return compare({ sql: before, column: columnOf(measurer, from) }, { sql: after, column: columnOf(measurer, to) })
}

function columnOf(measurer: Measurer, type: string): ColumnFingerprint {
  const family = measurer.dialect.measuring.familyOf(type)
  return { id: '', name: '', type, nonNull: 0, digest: null, ...(family === undefined ? {} : { family }) }
}
