import type { InsertStmt, Node, WithClause } from 'libpg-query'
import type { ChangeKind } from '../../sql/change.js'
import { sliceTokens } from '../../sql/clauses.js'
import { readInsert } from './parse-insert.js'
import { readMerge } from './parse-merge.js'
import { readRowCopy } from './parse-row-copy.js'
import { type SqlText, tokenAt } from './parse-text.js'
import { readDelete, readUpdate } from './parse-write.js'

/** DELETE, UPDATE, INSERT and MERGE, with those in their WITH clauses; empty for anything else. */
export function readWrites(node: Node, text: SqlText): readonly ChangeKind[] {
  if ('DeleteStmt' in node) return [...readWithWrites(node.DeleteStmt.withClause, text), readDelete(node.DeleteStmt, text)]
  if ('UpdateStmt' in node) return [...readWithWrites(node.UpdateStmt.withClause, text), readUpdate(node.UpdateStmt, text)]
  if ('InsertStmt' in node)
    return [...readWithWrites(node.InsertStmt.withClause, text), readInsert(node.InsertStmt, readCopy(node.InsertStmt, text), text)]
  if ('MergeStmt' in node) return [...readWithWrites(node.MergeStmt.withClause, text), ...readMerge(node.MergeStmt, text)]
  if ('SelectStmt' in node) return readWithWrites(node.SelectStmt.withClause, text)
  return []
}

function readWithWrites(clause: WithClause | undefined, text: SqlText): readonly ChangeKind[] {
  return (clause?.ctes ?? []).flatMap((node) => {
    if (!('CommonTableExpr' in node) || node.CommonTableExpr.ctequery === undefined) return []
    // A location that is not there is 0.
    const outer = textBetween(text, clause?.location ?? 0, node.CommonTableExpr.location ?? 0)
    return readWrites(node.CommonTableExpr.ctequery, text).map((change) => addOuterWith(change, outer))
  })
}

/** The part of WITH before this query, which it may refer to: `WITH a AS (…)`; null when it is the first. */
function textBetween(text: SqlText, withLocation: number, location: number): string | null {
  const start = tokenAt(text, withLocation)
  const end = tokenAt(text, location)
  return end - start <= 2 ? null : sliceTokens(text, start, end - 1)
}

function addOuterWith(change: ChangeKind, outer: string | null): ChangeKind {
  if ((change.kind !== 'delete' && change.kind !== 'update') || change.with !== null) return change
  return { ...change, with: outer }
}

function readCopy(statement: InsertStmt, text: SqlText) {
  const targets = (statement.cols ?? []).map((node) => ('ResTarget' in node ? (node.ResTarget.name ?? '') : ''))
  return statement.withClause === undefined ? readRowCopy(statement.selectStmt, targets, text) : null
}
