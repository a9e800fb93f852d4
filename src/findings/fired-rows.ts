import type { BodyChange, Change, ObjectName } from '../sql/change.js'
import type { TriggerDefinition } from '../sql/code.js'
import { mentionsName } from '../sql/expressions.js'
import { replaceRowReferences } from '../sql/row-references.js'
import { columnKey, findTable, type SchemaState } from './schema-state.js'

/** The rows that a statement writes, so that what NEW and OLD mean in a trigger can be counted beforehand. */
export interface WrittenRows {
  /** Puts NEW and OLD in terms of the statement's own tables; null when that cannot be done. */
  inOwnTerms(sql: string): string | null
  /** `name` is quoted; the columns are called `new_…` and `old_…`. */
  select(columns: readonly { readonly row: 'new' | 'old'; readonly column: string }[], when: string | null): string | null
  readonly with: string | null
  readonly uncountable: string | null
  /** What is written, and which of its columns; null: whole rows. */
  readonly table: ObjectName
  readonly columns: readonly string[] | null
}

/** What a trigger's body calls the row that set it off. */
const FIRED = 'fired'

export function describeRows(state: SchemaState, change: Change, table: ObjectName): WrittenRows {
  const { quoteName } = state.dialect
  const alias = 'alias' in change && change.alias !== null ? change.alias : table.name
  const assignments = change.kind === 'update' ? change.assignments : []
  const termFor = (row: 'new' | 'old', column: string): string | null => {
    if (change.kind === 'insert' || change.kind === 'truncate') return row === 'old' ? 'NULL' : null
    if (row === 'new' && change.kind === 'delete') return 'NULL'
    const assigned = row === 'new' ? assignments.find((one) => columnKey(state, one.column) === columnKey(state, column)) : undefined
    if (assigned === undefined) return `${quoteName(alias)}.${quoteName(column)}`
    return assigned.value === null || /^default$/i.test(assigned.value) ? null : `(${assigned.value})`
  }
  const inOwnTerms = (sql: string) => replaceRowReferences(sql, state.dialect.style, termFor)
  const from = change.kind === 'update' ? change.from : change.kind === 'delete' ? change.using : null
  const where = change.kind === 'update' || change.kind === 'delete' ? change.where : null
  const quoted = table.schema === null ? quoteName(table.name) : `${quoteName(table.schema)}.${quoteName(table.name)}`
  return {
    inOwnTerms,
    select: (columns, when) => {
      const values = columns.map(({ row, column }) => ({ value: termFor(row, column), name: quoteName(`${row}_${column}`) }))
      const condition = when === null ? null : inOwnTerms(when)
      if ((change.kind !== 'update' && change.kind !== 'delete') || (when !== null && condition === null)) return null
      if (values.some(({ value }) => value === null)) return null
      const list = values.length === 0 ? '1' : values.map(({ value, name }) => `${value} AS ${name}`).join(', ')
      const conditions = [where, condition].filter((one) => one !== null).map((one) => `(${one})`)
      const source = `${quoted} AS ${quoteName(alias)}${from === null ? '' : `, ${from}`}`
      return `SELECT ${list} FROM ${source}${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}`
    },
    with: 'with' in change ? change.with : null,
    uncountable: change.uncountable ?? null,
    table,
    columns: change.kind === 'update' ? assignments.map(({ column }) => column) : null,
  }
}

/** A body's UPDATE or DELETE, with NEW and OLD as columns of a subquery that gives the rows that are written. */
export function restrictToRows(state: SchemaState, body: BodyChange, trigger: TriggerDefinition, written: WrittenRows): BodyChange {
  if (body.kind === 'insert') return trigger.eachRow ? { ...body, rows: null } : body
  if (body.kind !== 'update' && body.kind !== 'delete') return body
  const uncounted = (why: string): BodyChange => ({ ...body, uncountable: body.uncountable ?? why })
  if (written.uncountable !== null) return uncounted(written.uncountable)
  if (!trigger.eachRow) return body
  if (body.with !== null) return uncounted('it has a WITH clause of its own')
  const needed = new Map<string, { readonly row: 'new' | 'old'; readonly column: string }>()
  const { quoteName, style } = state.dialect
  const replace = (sql: string) =>
    replaceRowReferences(sql, style, (row, column) => {
      needed.set(`${row}_${column}`, { row, column })
      return `${quoteName(FIRED)}.${quoteName(`${row}_${column}`)}`
    })
  const where = body.where === null ? null : replace(body.where)
  const others = body.kind === 'update' ? body.from : body.using
  const otherTables = others === null ? null : replace(others)
  const assignments =
    body.kind === 'update' ? body.assignments.map(({ column, value }) => ({ column, value: value && replace(value) })) : []
  const isUnclear = (before: string | null, after: string | null) => before !== null && after === null
  const rows = written.select([...needed.values()], trigger.when)
  const valuesUnclear =
    body.kind === 'update' && body.assignments.some(({ value }, index) => isUnclear(value, assignments[index]?.value ?? null))
  if (rows === null || isUnclear(body.where, where) || isUnclear(others, otherTables) || valuesUnclear)
    return uncounted('it depends on the row that sets the trigger off')
  if (seesWritten(state, body, written, [where, otherTables, ...assignments.map(({ value }) => value)]))
    return uncounted('it depends on what the statement that sets it off has written')
  const exists = `EXISTS (${rows})`
  const asTable = `(${rows}) AS ${quoteName(FIRED)}`
  const isJoined = needed.size > 0
  const tables = isJoined ? (otherTables === null ? asTable : `${otherTables}, ${asTable}`) : otherTables
  const condition = isJoined ? where : where === null ? exists : `(${where}) AND ${exists}`
  if (body.kind === 'delete') return { ...body, where: condition, using: tables, with: written.with }
  return { ...body, where: condition, from: tables, assignments, with: written.with }
}

/** Whether the body reads what the statement has changed by then; NEW and OLD are read from the rows of before. */
function seesWritten(
  state: SchemaState,
  body: Extract<BodyChange, { kind: 'update' | 'delete' }>,
  { table, columns }: WrittenRows,
  fragments: readonly (string | null)[],
): boolean {
  const { style } = state.dialect
  const mentions = (name: string) => fragments.some((sql) => sql !== null && mentionsName(sql, name, style))
  const isOwn = findTable(state, body.table) !== null && findTable(state, body.table) === findTable(state, table)
  if (columns === null) return isOwn || mentions(table.name)
  return columns.some(mentions) && (isOwn || mentions(table.name))
}
