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
  if (statement === undefined || source === undefined || !('RangeVar' in source) || others.length > 0 || keepsRowsBack(statement, text))
    return null
  const columns = (statement.targetList ?? []).map(readSource)
  if (columns.includes('*')) return columns.length === 1 ? { from: readRangeVar(source.RangeVar), columns: null } : null
  const pairs = columns.flatMap((column, index) => (column === null ? [] : [{ source: column, target: targets[index] ?? column }]))
  return { from: readRangeVar(source.RangeVar), columns: pairs }
}

function keepsRowsBack(statement: SelectStmt, text: SqlText): boolean {
  const parts = [
    statement.distinctClause,
    statement.groupClause,
    statement.havingClause,
    statement.limitCount,
    statement.limitOffset,
    statement.withClause,
    statement.larg,
  ]
  if (parts.some((part) => part !== undefined)) return true
  if (statement.whereClause === undefined) return false
  const select = text.tokens.findLastIndex((token) => token.word === 'SELECT')
  const predicate = readClauses(text, select + 1, ['WHERE', 'ORDER']).WHERE ?? null
  return predicate === null || !isAlwaysTrue(predicate, POSTGRESQL_STYLE)
}

/** The column's name, `*`, or null for any other expression. */
function readSource(target: Node): string | null {
  if (!('ResTarget' in target) || target.ResTarget.val === undefined || !('ColumnRef' in target.ResTarget.val)) return null
  const fields = target.ResTarget.val.ColumnRef.fields ?? []
  const last = fields.at(-1)
  if (last === undefined) return null
  return 'A_Star' in last ? '*' : (readNameParts(last).at(-1) ?? null)
}
