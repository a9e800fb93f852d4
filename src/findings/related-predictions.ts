import type { Catalog, CatalogTable } from '../databases/catalog.js'
import type { Prediction } from '../rules/finding.js'
import { type LiveForeignKey, type LiveTable, type Measure, predict } from '../rules/measure.js'

/** Adds what the comparison will see elsewhere in consequence of what was predicted: partitions, keys, and what references them. */
export function withRelatives(
  catalog: Catalog,
  foreignKeys: readonly LiveForeignKey[],
  predictions: readonly Prediction[],
): readonly Prediction[] {
  return addRelatives(catalog, [...predictions, ...followKeys(catalog, foreignKeys, predictions, [])])
}

/** What may be seen of a measure that could not be taken: then what ON DELETE does in consequence is not known either. */
export function predictUncounted(foreignKeys: readonly LiveForeignKey[], measure: Measure): readonly Prediction[] {
  const predictions = predict(measure)
  const cascades = 'cascades' in measure ? (measure.cascades ?? null) : measure.what === 'left-rows' && !measure.enforced ? 'off' : null
  if (cascades === null) return predictions
  // A rebuild keeps its own rows, and yet deletes those that reference them.
  const deleted = new Map(
    predictions.filter(losesRows).map(({ schema, table }) => [JSON.stringify([schema, table]), { schema, name: table }]),
  )
  if ('table' in measure) deleted.set(JSON.stringify([measure.table.schema, measure.table.name]), measure.table)
  const followed = cascades === 'off' ? predictOrphaned : followDeletes
  return [...predictions, ...followed(foreignKeys, [...deleted.values()])]
}

function losesRows({ effect }: Prediction): boolean {
  return effect === 'rows-lost' || effect === 'table-gone'
}

function predictOrphaned(foreignKeys: readonly LiveForeignKey[], deleted: readonly LiveTable[]): readonly Prediction[] {
  return foreignKeys
    .filter(({ references }) => deleted.some(({ schema, name }) => references.name === name && references.schema === schema))
    .map(({ table }) => ({ effect: 'orphans', schema: table.schema, table: table.name, column: null, count: null }))
}

function followDeletes(foreignKeys: readonly LiveForeignKey[], deleted: readonly LiveTable[]): readonly Prediction[] {
  const reached = new Map<string, Prediction>()
  const visit = (schema: string | null, table: string) => {
    for (const key of foreignKeys) {
      if (key.references.name !== table || key.references.schema !== schema) continue
      const place = { schema: key.table.schema, table: key.table.name, count: null }
      const found: readonly Prediction[] =
        key.onDelete === 'cascade'
          ? [{ effect: 'rows-lost', ...place, column: null }]
          : key.onDelete === 'no action' || key.onDelete === 'restrict'
            ? [{ effect: 'orphans', ...place, column: null }]
            : key.columns.flatMap((column) => (['values-lost', 'values-changed'] as const).map((effect) => ({ effect, ...place, column })))
      const isNew = found.some((one) => !reached.has(JSON.stringify(one)))
      for (const one of found) reached.set(JSON.stringify(one), one)
      if (isNew && key.onDelete === 'cascade') visit(key.table.schema, key.table.name)
    }
  }
  for (const { schema, name } of deleted) visit(schema, name)
  return [...reached.values()]
}

/** Rows whose primary key changes are others to the comparison, and ON UPDATE carries the change into the tables that reference it. */
function followKeys(
  catalog: Catalog,
  foreignKeys: readonly LiveForeignKey[],
  predictions: readonly Prediction[],
  seen: readonly string[],
): readonly Prediction[] {
  const changed = predictions.filter(({ effect, column, count }) => effect === 'values-changed' && column !== null && count !== 0)
  return changed.flatMap((prediction) => {
    const { schema, table, column } = prediction
    const key = JSON.stringify([schema, table, column])
    if (column === null || seen.includes(key)) return []
    const own = catalog.tables.find((one) => one.name === table && one.schema === schema)
    const rows =
      own?.primaryKey.includes(column) === true ? [{ effect: 'rows-lost' as const, schema, table, column: null, count: null }] : []
    const references = foreignKeys.flatMap(({ table: child, columns, references: parent, referencedColumns, onUpdate }) => {
      const at = parent.name === table && parent.schema === schema ? referencedColumns.indexOf(column) : -1
      const place = { schema: child.schema, table: child.name, column: columns[at] ?? null, count: null }
      if (at === -1 || onUpdate === 'no action' || onUpdate === 'restrict') return []
      return [
        { effect: 'values-changed' as const, ...place },
        { effect: 'values-lost' as const, ...place },
      ]
    })
    return [...rows, ...references, ...followKeys(catalog, foreignKeys, references, [...seen, key])]
  })
}

/** What happens in a partitioned table is seen in its partitions, and rows that go from a partition go from the partitioned table. */
function addRelatives(catalog: Catalog, predictions: readonly Prediction[]): readonly Prediction[] {
  const { tables } = catalog
  const find = (schema: string | null, name: string) => tables.find((table) => table.name === name && table.schema === schema)
  const isSaid = (child: CatalogTable, effect: Prediction['effect']) =>
    predictions.some((other) => other.effect === effect && other.table === child.name && other.schema === child.schema)
  const down = predictions.flatMap((prediction) => {
    const children = tables.filter((table) =>
      (table.parents ?? []).some((parent) => parent.table === prediction.table && parent.schema === prediction.schema),
    )
    const silent = children.filter((child) => !isSaid(child, prediction.effect))
    return silent.map((child) => ({ ...prediction, schema: child.schema, table: child.name, count: null }))
  })
  const up = predictions.flatMap((prediction) => {
    const parents = losesRows(prediction) ? ancestorsOf(prediction.schema, prediction.table, find) : []
    return parents.map((parent) => ({ ...prediction, effect: 'rows-lost' as const, schema: parent.schema, table: parent.name }))
  })
  return [...predictions, ...down, ...up]
}

/** The partitioned tables that a partition's rows are rows of. */
function ancestorsOf(
  schema: string | null,
  table: string,
  find: (schema: string | null, name: string) => CatalogTable | undefined,
): readonly CatalogTable[] {
  const parents = (find(schema, table)?.parents ?? []).flatMap((parent) => find(parent.schema, parent.table) ?? [])
  return parents
    .filter((parent) => parent.kind === 'partitioned')
    .flatMap((parent) => [parent, ...ancestorsOf(parent.schema, parent.name, find)])
}
