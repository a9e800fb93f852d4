import type { CatalogTable } from '../databases/catalog.js'
import type { Prediction } from '../rules/finding.js'
import type { Cascades, LiveForeignKey, LiveTable } from '../rules/measure.js'
import { type Cascaded, count, findCatalogTable, type Measurement, type Measurer, quoteTable } from './measurer.js'

/** `SELECT <columns of the table> …` for rows of it that are deleted. */
type DeletedRows = (columns: readonly string[]) => string

interface Reference {
  readonly child: CatalogTable
  readonly key: LiveForeignKey
}

/**
 * Rows of other tables that go, or whose reference is cleared, when these rows of `table` are deleted: the closure over ON DELETE.
 * @throws Error when the tables reference each other in a circle, which one query cannot follow
 */
export async function measureCascades(measurer: Measurer, table: LiveTable, cascades: Cascades, rows: DeletedRows): Promise<Measurement> {
  const root = findCatalogTable(measurer, table)
  if (root === null) return { predictions: [] }
  const deleted = new Map<CatalogTable, DeletedRows>([[root, rows]])
  const found: Cascaded[number][] = []
  const predictions: Prediction[] = []
  for (const one of orderTables(measurer, root)) {
    const own = deletedBy(measurer, one, deleted, one === root ? rows : null)
    if (own === null) continue
    deleted.set(one, own)
    if (one === root) continue
    const rowCount = await count(measurer, `SELECT count(*) AS n FROM (${own([])}) AS gone`)
    found.push({ schema: one.schema, table: one.name, rows: rowCount, effect: 'deleted' })
    predictions.push({ effect: 'rows-lost', schema: one.schema, table: one.name, column: null, count: rowCount })
  }
  const cleared = await measureCleared(measurer, deleted)
  const copied = cascades.isCopied ? await measureOwnReferences(measurer, root) : []
  for (const one of [...cleared, ...copied]) {
    found.push(one.cascaded)
    predictions.push(...one.predictions)
  }
  return { cascades: found, predictions: [...predictions, ...(await predictLeftBehind(measurer, root, deleted))] }
}

/**
 * Where a key says NO ACTION the statement fails in the end, but for SQLite: there `PRAGMA defer_foreign_keys = OFF` forgets what was put off,
 * and the rows stay without what they reference. https://www.sqlite.org/pragma.html#pragma_defer_foreign_keys
 */
async function predictLeftBehind(
  measurer: Measurer,
  root: CatalogTable,
  deleted: ReadonlyMap<CatalogTable, DeletedRows>,
): Promise<readonly Prediction[]> {
  const predictions: Prediction[] = []
  for (const [parent, rows] of deleted) {
    if (parent === root) continue
    for (const { child, key } of findReferences(measurer, parent)) {
      if (key.onDelete !== 'no action' && key.onDelete !== 'restrict') continue
      const left = await countStaying(measurer, child, key, rows, deleted.get(child))
      if (left > 0) predictions.push({ effect: 'orphans', schema: child.schema, table: child.name, column: null, count: left })
    }
  }
  return predictions
}

/** Rows that reference deleted ones and are not deleted themselves. */
function countStaying(
  measurer: Measurer,
  child: CatalogTable,
  key: LiveForeignKey,
  rows: DeletedRows,
  gone: DeletedRows | undefined,
): Promise<number> {
  const stays = gone === undefined || child.primaryKey.length === 0 ? '' : ` AND NOT ${isAmong(measurer, child, gone)}`
  return count(
    measurer,
    `SELECT count(*) AS n FROM ${quoteTable(measurer, child)} AS t WHERE ${isReferencing(measurer, 't', key, rows)}${stays}`,
  )
}

function findReferences(measurer: Measurer, parent: CatalogTable): readonly Reference[] {
  return measurer.foreignKeys.flatMap((key) => {
    const child =
      key.references.name === parent.name && key.references.schema === parent.schema ? findCatalogTable(measurer, key.table) : null
    return child === null || !key.isCountable ? [] : [{ child, key }]
  })
}

/** The table and all that lose rows because of it, each after those that it references. */
function orderTables(measurer: Measurer, root: CatalogTable): readonly CatalogTable[] {
  const done: CatalogTable[] = []
  const visit = (table: CatalogTable, path: readonly CatalogTable[]) => {
    if (path.includes(table)) throw new Error('the foreign keys form a circle')
    for (const { child, key } of findReferences(measurer, table)) {
      if (key.onDelete === 'cascade' && child !== table) visit(child, [...path, table])
    }
    if (!done.includes(table)) done.unshift(table)
  }
  visit(root, [])
  return done
}

/** Deleted rows of one table: those that reference a deleted row, and, where it references itself, those that reference these in turn. */
function deletedBy(
  measurer: Measurer,
  table: CatalogTable,
  deleted: ReadonlyMap<CatalogTable, DeletedRows>,
  given: DeletedRows | null,
): DeletedRows | null {
  const conditions = [...deleted].flatMap(([parent, rows]) =>
    findReferences(measurer, parent)
      .filter(({ child, key }) => child === table && parent !== table && key.onDelete === 'cascade')
      .map(({ key }) => isReferencing(measurer, 't', key, rows)),
  )
  const { quoteName } = measurer.dialect
  const list = (columns: readonly string[]) =>
    columns.length === 0 ? '1 AS one' : columns.map((column) => `t.${quoteName(column)}`).join(', ')
  const quoted = quoteTable(measurer, table)
  const direct: DeletedRows | null =
    given ?? (conditions.length === 0 ? null : (columns) => `SELECT ${list(columns)} FROM ${quoted} AS t WHERE ${conditions.join(' OR ')}`)
  const ownKeys = findReferences(measurer, table).filter(({ child, key }) => child === table && key.onDelete === 'cascade')
  return direct === null || ownKeys.length === 0
    ? direct
    : descend(
        measurer,
        table,
        ownKeys.map(({ key }) => key),
        direct,
      )
}

function isReferencing(measurer: Measurer, alias: string, key: LiveForeignKey, parents: DeletedRows): string {
  const { quoteName } = measurer.dialect
  return `(${key.columns.map((column) => `${alias}.${quoteName(column)}`).join(', ')}) IN (${parents(key.referencedColumns)})`
}

/** Adds the rows that reference deleted rows of the same table, over any number of steps. */
function descend(measurer: Measurer, table: CatalogTable, keys: readonly LiveForeignKey[], direct: DeletedRows): DeletedRows {
  const { quoteName } = measurer.dialect
  const identity = table.primaryKey
  if (identity.length === 0) throw new Error(`${table.name} references itself and has no primary key`)
  const needed = [...new Set([...identity, ...keys.flatMap((key) => key.referencedColumns)])]
  const names = needed.map(quoteName).join(', ')
  const steps = keys.map((key) =>
    key.columns.map((column, index) => `t.${quoteName(column)} = g.${quoteName(key.referencedColumns[index] ?? '')}`).join(' AND '),
  )
  const quoted = quoteTable(measurer, table)
  const tree = `WITH RECURSIVE gone(${names}) AS (${direct(needed)} UNION SELECT ${needed.map((name) => `t.${quoteName(name)}`).join(', ')} FROM ${quoted} AS t JOIN gone AS g ON ${steps.map((step) => `(${step})`).join(' OR ')}) SELECT ${identity.map(quoteName).join(', ')} FROM gone`
  return (columns) => {
    const list = columns.length === 0 ? '1 AS one' : columns.map((column) => `t.${quoteName(column)}`).join(', ')
    return `SELECT ${list} FROM ${quoted} AS t WHERE (${identity.map((name) => `t.${quoteName(name)}`).join(', ')}) IN (${tree})`
  }
}

interface Consequence {
  readonly cascaded: Cascaded[number]
  readonly predictions: readonly Prediction[]
}

/** The copy of a rebuilt table references the table that is dropped, as the table itself did. */
async function measureOwnReferences(measurer: Measurer, table: CatalogTable): Promise<readonly Consequence[]> {
  const own = findReferences(measurer, table).filter(({ child, key }) => child === table && isActing(key))
  const found: Consequence[] = []
  for (const { key } of own) {
    const present = key.columns.map((column) => `${measurer.dialect.quoteName(column)} IS NOT NULL`).join(' AND ')
    const rowCount = await count(measurer, `SELECT count(*) AS n FROM ${quoteTable(measurer, table)} WHERE ${present}`)
    found.push(describeConsequence(table, key, rowCount))
  }
  return found
}

function isActing(key: LiveForeignKey): boolean {
  return key.onDelete === 'cascade' || key.onDelete === 'set null' || key.onDelete === 'set default'
}

function describeConsequence(child: CatalogTable, key: LiveForeignKey, rows: number): Consequence {
  const at = { schema: child.schema, table: child.name }
  if (key.onDelete === 'cascade')
    return { cascaded: { ...at, rows, effect: 'deleted' }, predictions: [{ effect: 'rows-lost', ...at, column: null, count: rows }] }
  const effect = key.onDelete === 'set null' ? ('values-lost' as const) : ('values-changed' as const)
  return {
    cascaded: { ...at, rows, effect: 'cleared' },
    predictions: key.columns.map((column) => ({ effect, ...at, column, count: rows })),
  }
}

/** Rows that will reference nothing, where foreign keys are not enforced while rows of `table` go. */
export async function predictOrphans(measurer: Measurer, table: LiveTable, rows: DeletedRows): Promise<readonly Prediction[]> {
  const root = findCatalogTable(measurer, table)
  const predictions: Prediction[] = []
  for (const { child, key } of root === null ? [] : findReferences(measurer, root)) {
    const left = await countStaying(measurer, child, key, rows, child === root ? rows : undefined)
    predictions.push({ effect: 'orphans', schema: child.schema, table: child.name, column: null, count: left })
  }
  return predictions
}

function isAmong(measurer: Measurer, table: CatalogTable, rows: DeletedRows): string {
  return `(${table.primaryKey.map((name) => `t.${measurer.dialect.quoteName(name)}`).join(', ')}) IN (${rows(table.primaryKey)})`
}

async function measureCleared(measurer: Measurer, deleted: ReadonlyMap<CatalogTable, DeletedRows>): Promise<readonly Consequence[]> {
  const found: Consequence[] = []
  for (const [parent, rows] of deleted) {
    for (const { child, key } of findReferences(measurer, parent)) {
      if (key.onDelete !== 'set null' && key.onDelete !== 'set default') continue
      found.push(describeConsequence(child, key, await countStaying(measurer, child, key, rows, deleted.get(child))))
    }
  }
  return found
}

/** TRUNCATE … CASCADE: every table that references these in any way is emptied. */
export async function measureReferencing(measurer: Measurer, tables: readonly LiveTable[]): Promise<Measurement> {
  const roots = tables.flatMap((table) => findCatalogTable(measurer, table) ?? [])
  const reached = new Set(roots)
  for (const parent of reached) for (const { child } of findReferences(measurer, parent)) reached.add(child)
  const others = [...reached].filter((table) => !roots.includes(table))
  const cascades: Cascaded[number][] = []
  for (const table of others) {
    const rows = await count(measurer, `SELECT count(*) AS n FROM ${quoteTable(measurer, table)}`)
    cascades.push({ schema: table.schema, table: table.name, rows, effect: 'deleted' })
  }
  return {
    cascades,
    predictions: cascades.map((one) => ({ effect: 'rows-lost', schema: one.schema, table: one.table, column: null, count: one.rows })),
  }
}
