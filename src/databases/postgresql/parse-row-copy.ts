import type { Node, ResTarget, SelectStmt } from 'libpg-query'
import { isAlwaysTrue } from '../../sql/always-true.js'
import type { RowCopy } from '../../sql/change.js'
import { findAtDepth0, isWord, sliceTokens } from '../../sql/clauses.js'
import { readFunctionNames } from './parse-calls.js'
import { readNameParts, readRangeVar } from './parse-names.js'
import { POSTGRESQL_STYLE, type SqlText, tokenAt } from './parse-text.js'
import { readClauses } from './parse-write.js'

/** A SELECT that gives every row of one table; null for any other. `targets`: columns that it fills, empty for all; null: those that it makes. */
export function readRowCopy(select: Node | undefined, targets: readonly string[] | null, text: SqlText): RowCopy | null {
  const statement = select !== undefined && 'SelectStmt' in select ? select.SelectStmt : undefined
  const [source, ...others] = statement?.fromClause ?? []
  if (statement === undefined || source === undefined || !('RangeVar' in source) || others.length > 0 || keepsRowsBack(statement))
    return null
  // ONLY leaves the rows of partitions and heirs behind.
  if (source.RangeVar.inh !== true) return null
  const notNull = readNotNull(statement.whereClause)
  if (statement.whereClause !== undefined && notNull === null && !isEveryRow(text)) return null
  const columns = (statement.targetList ?? []).flatMap((node) => ('ResTarget' in node ? [node.ResTarget] : []))
  const names = columns.map(({ val }) => (val === undefined ? null : readColumnName(val)))
  const common = { from: readRangeVar(source.RangeVar), notNull, skipsTaken: false }
  if (names.includes('*')) return columns.length === 1 ? { ...common, columns: null } : null
  const values = columns.map((column, index) => ({
    value: readValue(column, text),
    target: targets === null ? (column.name ?? names[index] ?? null) : (targets[index] ?? null),
  }))
  return { ...common, columns: values }
}

/** Without the name that AS, or nothing but a blank, gives it. */
function readValue({ location, name }: ResTarget, text: SqlText): string {
  const start = tokenAt(text, location ?? 0)
  const end = findAtDepth0(
    text,
    start,
    (token, index) => token.word === ',' || token.word === ';' || (isWord(token, 'FROM') && !isWord(text.tokens[index - 1], 'DISTINCT')),
  )
  const named = name === undefined ? end : end - 1
  return sliceTokens(text, start, name !== undefined && isWord(text.tokens[named - 1], 'AS') ? named - 1 : named) ?? ''
}

/** Of the server's functions, those that give several rows for one, or none. */
const SETS =
  /^(?:unnest|generate_series|generate_subscripts|jsonb?_(?:array_elements|array_elements_text|each|each_text|object_keys|populate_recordset|to_recordset)|jsonb_path_query|jsonb_path_query_tz|regexp_matches|regexp_split_to_table|string_to_table|xpath_table|ts_stat|aclexplode)$/

/** It gives fewer rows than the table has. SKIP LOCKED, and a set in the place of a value, leave out some of them. */
function keepsRowsBack(statement: SelectStmt): boolean {
  if (readFunctionNames(statement.targetList).some((name) => SETS.test(name))) return true
  const parts = [
    statement.distinctClause,
    statement.groupClause,
    statement.havingClause,
    statement.limitCount,
    statement.limitOffset,
    statement.withClause,
    statement.lockingClause,
    statement.larg,
  ]
  return parts.some((part) => part !== undefined)
}

function isEveryRow(text: SqlText): boolean {
  const select = text.tokens.findLastIndex((token) => token.word === 'SELECT')
  const predicate = readClauses(text, select + 1, ['WHERE', 'ORDER']).WHERE ?? null
  return predicate !== null && isAlwaysTrue(predicate, POSTGRESQL_STYLE)
}

/** `WHERE c IS NOT NULL`: the column. */
function readNotNull(where: Node | undefined): string | null {
  if (where === undefined || !('NullTest' in where) || where.NullTest.nulltesttype !== 'IS_NOT_NULL') return null
  return where.NullTest.arg === undefined ? null : readColumnName(where.NullTest.arg)
}

/** The column's name, `*`, or null for any other expression. */
function readColumnName(node: Node): string | null {
  if (!('ColumnRef' in node)) return null
  const last = (node.ColumnRef.fields ?? []).at(-1)
  if (last === undefined) return null
  return 'A_Star' in last ? '*' : (readNameParts(last).at(-1) ?? null)
}
