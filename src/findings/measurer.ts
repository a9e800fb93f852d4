import type { Catalog, CatalogTable } from '../databases/catalog.js'
import type { Connection, Row } from '../databases/database.js'
import type { Dialect } from '../databases/dialect.js'
import type { ColumnFingerprint } from '../databases/fingerprint.js'
import type { Impact, Prediction } from '../rules/finding.js'
import type { LiveTable, RowSelection } from '../rules/measure.js'

/** What counting needs: a connection inside a read-only transaction, and what the database looks like. */
export interface Measurer {
  readonly connection: Connection
  readonly catalog: Catalog
  readonly dialect: Dialect
  /** The session's time zone, as Prisma will have it; null where values do not depend on it. */
  readonly timeZone: string | null
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

/** `"s"."T"`, under the name that the migration's own SQL uses where that is another one. */
export function fromTable(measurer: Measurer, table: LiveTable, rows: Pick<RowSelection, 'name'>): string {
  const quoted = quoteTable(measurer, table)
  return isOwnName(measurer, table, rows.name) ? quoted : `${quoted} AS ${measurer.dialect.quoteName(rows.name)}`
}

function isOwnName(measurer: Measurer, table: LiveTable, name: string): boolean {
  return name === table.name || (measurer.dialect.ignoresCase && name.toLowerCase() === table.name.toLowerCase())
}

/** Primary keys, as text, of the first rows for which the condition holds. `source` may be an aliased table. */
export async function exampleKeys(measurer: Measurer, table: LiveTable, source: string, condition: string): Promise<readonly string[]> {
  const key = findCatalogTable(measurer, table)?.primaryKey ?? []
  if (key.length === 0) return []
  const columns = key.map(measurer.dialect.quoteName).join(', ')
  const rows = await measurer.connection.query(`SELECT ${columns} FROM ${source} WHERE ${condition} ORDER BY ${columns} LIMIT ${EXAMPLES}`)
  return rows.map((row) => key.map((name) => String(row[name])).join(', '))
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
