import type { ObjectName } from '../sql/change.js'
import { isTableGone } from './dropped-object.js'
import type { JudgeContext, TableView } from './rule.js'

/** A key that holds values unique, and its table. */
export interface FoundKey {
  readonly table: TableView
  readonly columns: readonly string[]
}

/** The unique index or constraint of this name, when it is known to be one. */
export function findKey(name: ObjectName, context: JudgeContext): FoundKey | null {
  for (const table of context.tables(null, ({ uniqueKeys }) => uniqueKeys.some((key) => key.name === name.name))) {
    const key = table.namedKeys.find((one) => one.name === name.name && (name.schema === null || name.schema === table.live.schema))
    if (key !== undefined) return { table, columns: key.columns }
  }
  return null
}

/** Its table or a column of it goes as well, or another key within its columns, there or to come, keeps them unique. */
export function isKeyReplaced({ table, columns }: FoundKey, context: JudgeContext): boolean {
  const { name } = table
  const own = table.uniqueKeys.findIndex((key) => key.join() === columns.join())
  const others = table.uniqueKeys.filter((key, index) => index !== own && key.length > 0)
  if (others.some((key) => key.every((column) => columns.includes(column)))) return true
  if (isTableGone({ schema: table.live.schema, name }, context)) return true
  return context.later.some((later) => {
    if (!('table' in later) || later.table.name !== name) return false
    if (later.kind === 'drop-column') return columns.includes(later.column)
    return (
      later.kind === 'add-unique' && later.keys.length === later.columns.length && later.columns.every((column) => columns.includes(column))
    )
  })
}
