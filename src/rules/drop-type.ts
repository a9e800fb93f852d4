import { bareType } from '../sql/type-name.js'
import type { ColumnView, Draft, JudgeContext, Rule, TableView } from './rule.js'
import { refTo } from './wording.js'

/** CASCADE takes every column of the type, with its values. https://www.postgresql.org/docs/current/sql-droptype.html */
export const dropType: Rule = {
  id: 'drop-type',
  kind: 'loss',
  severity: 'S1',
  summary: 'A type is dropped with CASCADE, and every column of it.',
  examples: {
    unsafe: [{ sql: 'DROP TYPE "Mood" CASCADE;', databases: ['postgresql'] }],
    safe: [
      { sql: 'DROP TYPE "Mood";', databases: ['postgresql'] },
      { sql: 'CREATE TYPE "Mood" AS ENUM (\'a\'); DROP TYPE "Mood" CASCADE;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'drop-type' || !change.cascade) return []
    const isOwn = context.earlier.some(
      (earlier) =>
        (earlier.kind === 'create-enum' && earlier.type.name === change.type.name) ||
        (earlier.kind === 'create-object' && earlier.type === 'type' && earlier.name.name === change.type.name),
    )
    // Columns of before may have become of it.
    if (isOwn && columnsOfTypes([change.type.name], context).length === 0) return []
    return draftColumnsOfTypes(
      [change.type.name],
      `DROP TYPE ${change.type.name} CASCADE drops every column of that type.`,
      { type: change.type.name },
      context,
    )
  },
}

/** The columns whose type is one of these go with it. */
export function draftColumnsOfTypes(
  types: readonly string[],
  message: string,
  object: { readonly type?: string },
  context: JudgeContext,
): readonly Draft[] {
  const columns = columnsOfTypes(types, context)
  if (context.catalog !== null && columns.length === 0) return []
  return [
    {
      message,
      why: 'The columns go with their values; no ALTER TABLE says so anywhere.',
      instead: 'Leave CASCADE out: the statement is then refused as long as a column needs the type.',
      objects: [...(object.type === undefined ? [] : [object]), ...columns.map(({ table, live }) => refTo(table.live, live))],
      measures:
        columns.length > 0
          ? columns.map(({ table, live }) => ({ what: 'values', table: table.live, column: live }))
          : [{ what: 'unknown', why: 'which columns have the type is not known', predictions: [] }],
      inconclusive: null,
    },
  ]
}

/** Live columns of one of these types, or of arrays of them. */
export function columnsOfTypes(
  types: readonly string[],
  context: JudgeContext,
): readonly { readonly table: TableView; readonly column: ColumnView; readonly live: string }[] {
  const isOne = (type: string | null) => type !== null && types.some((name) => bareType(type) === name)
  return context
    .tables(null)
    .flatMap((table) =>
      table.columns.flatMap((column) => (column.live !== null && isOne(column.type) ? [{ table, column, live: column.live }] : [])),
    )
}
