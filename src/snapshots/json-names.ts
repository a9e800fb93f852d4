import type { Model } from '../project/models.js'
import type { SnapshotTable } from './snapshot.js'

/** What a table and its columns are called in JSON. */
export interface JsonNames {
  readonly name: string
  keyOf(column: string): string
}

/** PostgreSQL cuts longer names off. */
const LONGEST_NAME = 63

/**
 * Models' and fields' names; the table's and column's own where no model has them, with the schema where that is needed to tell it from others.
 * No two tables have one name, and no two columns of a table.
 * @param schema of models without one; null on SQLite
 */
export function nameTables<Table extends SnapshotTable & { readonly columns: readonly { readonly name: string }[] }>(
  tables: readonly Table[],
  models: readonly Model[],
  schema: string | null,
): ReadonlyMap<Table, JsonNames> {
  const taken = new Set<string>()
  const named = new Map<Table, JsonNames>()
  const claim = (table: Table, model: Model | undefined, names: readonly string[]) => {
    const name = names.find((one) => !taken.has(one)) ?? `${names.at(-1)} ${taken.size}`
    taken.add(name)
    named.set(table, { name, keyOf: nameColumns(table.columns, model) })
  }
  const modelOf = new Map(tables.map((table) => [table, findModel(table, tables, models, schema)]))
  for (const [table, model] of modelOf) if (model !== undefined) claim(table, model, [model.name, longName(table)])
  for (const [table, model] of modelOf) {
    if (model !== undefined) continue
    const isOnlyOne = tables.filter(({ name }) => name === table.name).length === 1
    claim(table, model, isOnlyOne ? [table.name, longName(table)] : [longName(table)])
  }
  return named
}

/** The model that is stored in this table. */
export function findModel(
  table: SnapshotTable,
  tables: readonly SnapshotTable[],
  models: readonly Model[],
  schema: string | null,
): Model | undefined {
  const ofName = models.filter((model) => model.table === table.name)
  const own = ofName.find((model) => table.schema === (model.schema ?? schema))
  return own ?? (tables.filter(({ name }) => name === table.name).length === 1 ? ofName[0] : undefined)
}

function longName({ schema, name }: SnapshotTable): string {
  return schema === null ? name : `${schema}.${name}`
}

function nameColumns(columns: readonly { readonly name: string }[], model: Model | undefined): (column: string) => string {
  const keys = new Map(columns.map(({ name }) => [name, name]))
  for (const { name } of columns) {
    const field = model?.fields.find(({ column }) => column === name)?.name ?? name
    const isTaken = columns.some((other) => other.name !== name && (keys.get(other.name) === field || other.name === field))
    if (!isTaken && Buffer.byteLength(field) <= LONGEST_NAME) keys.set(name, field)
  }
  return (column) => keys.get(column) ?? column
}

/** What a model's file is called in an export, without its ending. */
export function fileNameOf(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '_')
}
