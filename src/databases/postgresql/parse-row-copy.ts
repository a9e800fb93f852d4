import type { Node, SelectStmt } from 'libpg-query'
import { isAlwaysTrue } from '../../sql/always-true.js'
import type { RowCopy } from '../../sql/change.js'
import { readNameParts, readRangeVar } from './parse-names.js'
import { POSTGRESQL_STYLE, type SqlText } from './parse-text.js'
import { readClauses } from './parse-write.js'

/** A SELECT that gives every row of one table, with the columns that it gives as they are; null for any other. */
export function readRowCopy(select: Node | undefined, targets: readonly string[], text: SqlText): RowCopy | null {
  const statement = select !== undefined && 'SelectStmt' in select ? select.SelectStmt : undefined
  const [source, ...others] = statement?.fromClause ?? []
  if (statement === undefined || source === undefined || !('RangeVar' in source) || others.length > 0 || keepsRowsBack(statement))
    return null
  const notNull = readNotNull(statement.whereClause)
  if (statement.whereClause !== undefined && notNull === null && !isEveryRow(text)) return null
  const columns = (statement.targetList ?? []).map(readSource)
  if (columns.includes('*')) return columns.length === 1 ? { from: readRangeVar(source.RangeVar), columns: null, notNull } : null
  const pairs = columns.flatMap((column, index) => (column === null ? [] : [{ source: column, target: targets[index] ?? column }]))
  return { from: readRangeVar(source.RangeVar), columns: pairs, notNull }
}

function keepsRowsBack(statement: SelectStmt): boolean {
  const parts = [
    statement.distinctClause,
    statement.groupClause,
    statement.havingClause,
    statement.limitCount,
    statement.limitOffset,
    statement.withClause,
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
function readSource(target: Node): string | null {
  return 'ResTarget' in target && target.ResTarget.val !== undefined ? readColumnName(target.ResTarget.val) : null
}

function readColumnName(node: Node): string | null {
  if (!('ColumnRef' in node)) return null
  const last = (node.ColumnRef.fields ?? []).at(-1)
  if (last === undefined) return null
  return 'A_Star' in last ? '*' : (readNameParts(last).at(-1) ?? null)
}
