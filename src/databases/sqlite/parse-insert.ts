import type { InsertStmt, SetAssignment, Upsert as UpsertNode, With } from 'sqlite3-parser'
import type { Assignment, ChangeKind } from '../../sql/change.js'
import type { NewRows, Upsert } from '../../sql/constraints.js'
import { readOverwrites } from '../../sql/overwrites.js'
import { nameOfKey } from './parse-columns.js'
import { readAction } from './parse-constraints.js'
import { readRowCopy } from './parse-row-copy.js'
import { readName, readNames, SQLITE_STYLE, textOf } from './parse-text.js'

/** https://www.sqlite.org/lang_insert.html, https://www.sqlite.org/lang_upsert.html */
export function readInsert(node: InsertStmt, sql: string): ChangeKind {
  const upserts = readUpserts(node.body.type === 'SelectInsertBody' ? node.body.upsert : undefined, sql)
  const isUpdate = upserts.some(({ assignments }) => assignments !== null)
  const clause = isUpdate ? 'update' : upserts.length > 0 ? 'ignore' : 'none'
  const table = readName(node.tblName)
  const alias = node.tblName.alias?.text ?? null
  const onConflict = node.orConflict === undefined ? clause : readAction(node.orConflict)
  const columns = readNames(node.columns)
  const isPlain = onConflict === 'none' || onConflict === 'refuse' || onConflict === 'ignore'
  const copies = node.body.type === 'SelectInsertBody' && isPlain ? readRowCopy(node.body.select, columns, sql) : null
  return {
    kind: 'insert',
    table,
    alias,
    columns,
    onConflict,
    upserts,
    overwrites: readOverwrites(upserts, alias ?? table.name, SQLITE_STYLE),
    rows: readNewRows(node, sql),
    copies: copies === null ? null : { ...copies, skipsTaken: onConflict === 'ignore' },
  }
}

/** Null for DEFAULT VALUES, and for a query whose own WITH clause hides that of the statement. */
export function readNewRows(node: InsertStmt, sql: string): NewRows | null {
  if (node.body.type !== 'SelectInsertBody') return null
  const { select } = node.body
  if (select.with !== undefined && node.with !== undefined) return null
  const query = textOf(sql, select.span)
  return { query: node.with === undefined ? query : `${textOf(sql, node.with.span)} ${query}`, columns: readNames(node.columns) }
}

/** In order; the last one may be about every key. */
function readUpserts(node: UpsertNode | undefined, sql: string): readonly Upsert[] {
  if (node === undefined) return []
  const { index, doClause } = node
  const names = (index?.targets ?? []).map(nameOfKey)
  const isUpdate = doClause.type === 'SetUpsertDo'
  const own: Upsert = {
    key: names.length === 0 || names.includes('') ? null : names,
    constraint: null,
    isAny: index === undefined,
    isPartial: index?.whereClause !== undefined,
    assignments: isUpdate ? doClause.sets.flatMap((set) => readAssignment(set, sql)) : null,
    where: isUpdate && doClause.whereClause !== undefined ? textOf(sql, doClause.whereClause.span) : null,
  }
  return [own, ...readUpserts(node.next, sql)]
}

/** `SET a = 1, (b, c) = (2, 3)` as three assignments. */
export function readAssignment(set: SetAssignment, sql: string): readonly Assignment[] {
  const columns = readNames(set.colNames)
  if (columns.length === 1) return columns.map((column) => ({ column, value: textOf(sql, set.expr.span) }))
  const { expr } = set
  return columns.map((column, index) => {
    const member = expr.type === 'ParenthesizedExpr' ? expr.exprs[index] : undefined
    return { column, value: member === undefined ? null : textOf(sql, member.span) }
  })
}

export function readWith(clause: With | undefined, sql: string): string | null {
  return clause === undefined ? null : textOf(sql, clause.span)
}
