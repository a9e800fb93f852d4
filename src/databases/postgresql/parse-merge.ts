import type { MergeStmt, MergeWhenClause } from 'libpg-query'
import type { ChangeKind } from '../../sql/change.js'
import { findAtDepth0, isWord, sliceTokens } from '../../sql/clauses.js'
import { readRangeVar } from './parse-names.js'
import type { SqlText } from './parse-text.js'
import { afterRelation, readAssignments, readWithText } from './parse-write.js'

/** Each WHEN clause as the DELETE, UPDATE or INSERT it amounts to. https://www.postgresql.org/docs/current/sql-merge.html */
export function readMerge(statement: MergeStmt, text: SqlText): readonly ChangeKind[] {
  const parts = readParts(statement, text)
  const clauses = (statement.mergeWhenClauses ?? []).flatMap((node) => ('MergeWhenClause' in node ? [node.MergeWhenClause] : []))
  const withText = readWithText(statement.withClause, statement.relation, 'MERGE', text)
  const target = { table: readRangeVar(statement.relation), alias: statement.relation?.alias?.aliasname ?? null, with: withText }
  return clauses.flatMap((clause, index): readonly ChangeKind[] => {
    const where = composePredicate(clauses, index, parts)
    const bySource = clause.matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE'
    const source = bySource ? null : parts.source
    if (clause.commandType === 'CMD_DELETE') return [{ kind: 'delete', ...target, where, using: source }]
    if (clause.commandType === 'CMD_UPDATE')
      return [{ kind: 'update', ...target, assignments: readAssignments(clause.targetList, text), where, from: source }]
    if (clause.commandType === 'CMD_INSERT')
      return [
        {
          kind: 'insert',
          table: target.table,
          alias: null,
          columns: [],
          onConflict: 'none',
          upserts: [],
          overwrites: [],
          rows: null,
          copies: null,
        },
      ]
    return [{ kind: 'harmless', what: 'MERGE … DO NOTHING' }]
  })
}

interface MergeParts {
  readonly source: string
  readonly join: string
  readonly conditions: readonly (string | null)[]
}

function readParts(statement: MergeStmt, text: SqlText): MergeParts {
  const using = findAtDepth0(text, afterRelation(statement.relation, text), (token) => isWord(token, 'USING'))
  const firstWhen = findAtDepth0(text, using, (token, index) => isWord(token, 'WHEN') && isMatched(text, index))
  let on = firstWhen
  while (on > using && !(isWord(text.tokens[on], 'ON') && depthBetween(text, using, on) === 0)) on--
  return {
    source: sliceTokens(text, using + 1, on) ?? '',
    join: sliceTokens(text, on + 1, firstWhen) ?? '',
    conditions: readConditions(text, firstWhen),
  }
}

function isMatched(text: SqlText, when: number): boolean {
  return isWord(text.tokens[when + 1], 'MATCHED') || (isWord(text.tokens[when + 1], 'NOT') && isWord(text.tokens[when + 2], 'MATCHED'))
}

function depthBetween(text: SqlText, from: number, to: number): number {
  return text.tokens.slice(from, to).reduce((depth, token) => depth + (token.word === '(' ? 1 : token.word === ')' ? -1 : 0), 0)
}

/** What stands between AND and THEN in each WHEN clause. */
function readConditions(text: SqlText, firstWhen: number): readonly (string | null)[] {
  const conditions: (string | null)[] = []
  let when = firstWhen
  while (when !== -1) {
    const next = findAtDepth0(text, when + 1, (token, index) => isWord(token, 'WHEN') && isMatched(text, index))
    const and = findAtDepth0(text, when + 1, (token) => isWord(token, 'AND') || isWord(token, 'THEN'))
    conditions.push(isWord(text.tokens[and], 'AND') ? sliceTokens(text, and + 1, findThen(text, and + 1)) : null)
    when = next
  }
  return conditions
}

/** The THEN of the clause itself, not of a CASE inside its condition. */
function findThen(text: SqlText, from: number): number {
  let cases = 0
  return findAtDepth0(text, from, (token) => {
    if (isWord(token, 'CASE')) cases++
    if (isWord(token, 'END')) cases--
    return cases === 0 && isWord(token, 'THEN')
  })
}

/** A WHEN clause acts on the rows that match, satisfy its own condition, and none of the earlier clauses of its kind. */
function composePredicate(clauses: readonly MergeWhenClause[], index: number, parts: MergeParts): string {
  const kind = clauses[index]?.matchKind
  const earlier = clauses
    .slice(0, index)
    .flatMap((clause, position) => (clause.matchKind === kind ? [parts.conditions[position] ?? 'TRUE'] : []))
  const own = parts.conditions[index]
  const matched =
    kind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE' ? `NOT EXISTS (SELECT 1 FROM ${parts.source} WHERE ${parts.join})` : `(${parts.join})`
  return [matched, ...(own == null ? [] : [`(${own})`]), ...earlier.map((condition) => `(${condition}) IS NOT TRUE`)].join(' AND ')
}
