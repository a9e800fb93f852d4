import type { InsertStmt, Node, OnConflictClause } from 'libpg-query'
import type { ChangeKind, RowCopy } from '../../sql/change.js'
import { endOfDepth0, findAtDepth0, isWord, sliceTokens } from '../../sql/clauses.js'
import type { NewRows, Upsert } from '../../sql/constraints.js'
import { readOverwrites } from '../../sql/overwrites.js'
import { readRangeVar } from './parse-names.js'
import { POSTGRESQL_STYLE, type SqlText } from './parse-text.js'
import { afterRelation, readAssignments, readClauses, readWithText } from './parse-write.js'

/** https://www.postgresql.org/docs/current/sql-insert.html */
export function readInsert(statement: InsertStmt, copies: RowCopy | null, text: SqlText): ChangeKind {
  const conflict = statement.onConflictClause
  const alias = statement.relation?.alias?.aliasname ?? null
  const upserts = conflict === undefined ? [] : [readUpsert(conflict, text)]
  const columns = (statement.cols ?? []).flatMap((node) => ('ResTarget' in node ? [node.ResTarget.name ?? ''] : []))
  const onConflict = conflict === undefined ? 'none' : conflict.action === 'ONCONFLICT_UPDATE' ? 'update' : 'ignore'
  return {
    kind: 'insert',
    table: readRangeVar(statement.relation),
    alias,
    columns,
    onConflict,
    upserts,
    overwrites: readOverwrites(upserts, alias ?? statement.relation?.relname ?? '', POSTGRESQL_STYLE),
    rows: readNewRows(statement, columns, text),
    copies: copies === null || onConflict === 'update' ? null : { ...copies, skipsTaken: onConflict === 'ignore' },
  }
}

/** Null for DEFAULT VALUES, for DEFAULT among the values, and for a query whose own WITH clause hides that of the statement. */
function readNewRows(statement: InsertStmt, columns: readonly string[], text: SqlText): NewRows | null {
  const { selectStmt } = statement
  if (selectStmt === undefined || !('SelectStmt' in selectStmt)) return null
  let start = afterRelation(statement.relation, text)
  if (columns.length > 0) start = endOfDepth0(text, start + 1) + 1
  if (isWord(text.tokens[start], 'OVERRIDING')) start += 3
  const end = findAtDepth0(
    text,
    start,
    (token, index) =>
      token.word === ';' ||
      token.word === ')' ||
      isWord(token, 'RETURNING') ||
      (isWord(token, 'ON') && isWord(text.tokens[index + 1], 'CONFLICT')),
  )
  const stop = end === -1 ? text.tokens.length : end
  const query = sliceTokens(text, start, stop)
  const outer = readWithText(statement.withClause, statement.relation, 'INSERT', text)
  const hidesDefault = text.tokens.slice(start, stop).some((token) => isWord(token, 'DEFAULT'))
  if (query === null || hidesDefault || (outer !== null && isWord(text.tokens[start], 'WITH'))) return null
  return { query: outer === null ? query : `${outer} ${query}`, columns }
}

function readUpsert(conflict: OnConflictClause, text: SqlText): Upsert {
  const { infer } = conflict
  const key = keysOf(conflict)
  const isUpdate = conflict.action === 'ONCONFLICT_UPDATE'
  return {
    key: key.length === 0 || key.includes('') ? null : key,
    constraint: infer?.conname ?? null,
    isAny: infer === undefined,
    isPartial: infer?.whereClause !== undefined,
    assignments: isUpdate ? readAssignments(conflict.targetList, text) : null,
    where: isUpdate && conflict.whereClause !== undefined ? readCondition(text) : null,
  }
}

/** The WHERE that follows SET. */
function readCondition(text: SqlText): string | null {
  const update = text.tokens.findLastIndex((token, index) => isWord(token, 'DO') && isWord(text.tokens[index + 1], 'UPDATE'))
  return readClauses(text, update + 2, ['SET', 'WHERE', 'RETURNING']).WHERE ?? null
}

function keysOf({ infer }: OnConflictClause): readonly string[] {
  return (infer?.indexElems ?? []).flatMap((node: Node) => ('IndexElem' in node ? [node.IndexElem.name ?? ''] : []))
}
