import type { DeleteStmt, Node, RangeVar, ResTarget, UpdateStmt, WithClause } from 'libpg-query'
import { isAlwaysTrue, isNeverTrue } from '../../sql/always-true.js'
import type { Assignment, ChangeKind } from '../../sql/change.js'
import { endOfDepth0, findAtDepth0, isWord, sliceTokens, splitAtCommas } from '../../sql/clauses.js'
import { readRangeVar } from './parse-names.js'
import { POSTGRESQL_STYLE, type SqlText, tokenAt } from './parse-text.js'

/** The text of the WITH clause itself, up to the verb before the table. */
export function readWithText(clause: WithClause | undefined, relation: RangeVar | undefined, verb: string, text: SqlText): string | null {
  if (clause === undefined) return null
  let end = tokenAt(text, relation?.location ?? 0)
  while (end > 0 && !isWord(text.tokens[end], verb)) end--
  return sliceTokens(text, tokenAt(text, clause.location ?? 0), end)
}

/** Index of the first token after the table's name and alias. */
export function afterRelation(relation: RangeVar | undefined, text: SqlText): number {
  let index = tokenAt(text, relation?.location ?? 0) + 1
  while (text.tokens[index]?.word === '.') index += 2
  if (text.tokens[index]?.word === '*') index++
  if (relation?.alias === undefined) return index
  return isWord(text.tokens[index], 'AS') ? index + 2 : index + 1
}

/** The texts between the keywords that are there, in the order of the grammar. */
export function readClauses(text: SqlText, from: number, keywords: readonly string[]): Readonly<Record<string, string | null>> {
  const end = endOfDepth0(text, from)
  const found = keywords.map((word) =>
    findAtDepth0(text, from, (token, index) => isWord(token, word) && !isWord(text.tokens[index - 1], 'DISTINCT')),
  )
  const starts = found.map((index) => (index === -1 || index >= end ? null : index))
  return Object.fromEntries(
    keywords.map((word, position) => {
      const start = starts[position] ?? null
      const next = starts.slice(position + 1).find((index) => index !== null) ?? end
      return [word, start === null ? null : sliceTokens(text, start + 1, next)]
    }),
  )
}

export function readPredicate(predicate: string | null | undefined): string | null {
  return predicate === null || predicate === undefined || isAlwaysTrue(predicate, POSTGRESQL_STYLE) ? null : predicate
}

function keepsNoRow(predicate: string | null | undefined): boolean {
  return predicate !== null && predicate !== undefined && isNeverTrue(predicate, POSTGRESQL_STYLE)
}

export function readDelete(statement: DeleteStmt, text: SqlText): ChangeKind {
  const clauses = readClauses(text, afterRelation(statement.relation, text), ['USING', 'WHERE', 'RETURNING'])
  if (keepsNoRow(clauses.WHERE)) return { kind: 'harmless', what: 'DELETE of no row' }
  return {
    kind: 'delete',
    table: readRangeVar(statement.relation),
    alias: statement.relation?.alias?.aliasname ?? null,
    where: readPredicate(clauses.WHERE),
    using: clauses.USING ?? null,
    with: readWithText(statement.withClause, statement.relation, 'DELETE', text),
  }
}

export function readUpdate(statement: UpdateStmt, text: SqlText): ChangeKind {
  const clauses = readClauses(text, afterRelation(statement.relation, text), ['SET', 'FROM', 'WHERE', 'RETURNING'])
  if (keepsNoRow(clauses.WHERE)) return { kind: 'harmless', what: 'UPDATE of no row' }
  return {
    kind: 'update',
    table: readRangeVar(statement.relation),
    alias: statement.relation?.alias?.aliasname ?? null,
    assignments: readAssignments(statement.targetList, text),
    where: readPredicate(clauses.WHERE),
    from: clauses.FROM ?? null,
    with: readWithText(statement.withClause, statement.relation, 'UPDATE', text),
  }
}

/** `SET a = 1, (b, c) = (2, 3)` as three assignments. Each target's location is that of its column's name. */
export function readAssignments(targets: readonly Node[] | undefined, text: SqlText): readonly Assignment[] {
  return (targets ?? []).flatMap((node) => ('ResTarget' in node ? [readAssignment(node.ResTarget, text)] : []))
}

function readAssignment(target: ResTarget, text: SqlText): Assignment {
  const column = target.name ?? ''
  if ((target.indirection ?? []).length > 0) return { column, value: null }
  const name = tokenAt(text, target.location ?? 0)
  if (target.val !== undefined && 'MultiAssignRef' in target.val) {
    return { column, value: readMultiple(text, name, target.val.MultiAssignRef.colno ?? 1, target.val.MultiAssignRef.ncolumns ?? 1) }
  }
  return { column, value: sliceTokens(text, name + 2, endOfValue(text, name + 2)) }
}

function endOfValue(text: SqlText, from: number): number {
  const stops = ['FROM', 'WHERE', 'RETURNING', 'WHEN']
  let cases = 0
  const end = findAtDepth0(text, from, (token, index) => {
    if (isWord(token, 'CASE')) cases++
    if (isWord(token, 'END')) cases--
    if (cases > 0) return false
    if (token.word === ',' || token.word === ';' || token.word === ')') return true
    return token.kind === 'word' && stops.includes(token.word) && !isWord(text.tokens[index - 1], 'DISTINCT')
  })
  return end === -1 ? text.tokens.length : end
}

/** The value of one column of `(a, b) = (…)`: the member of a row, or the column of a subquery. */
function readMultiple(text: SqlText, name: number, number: number, count: number): string | null {
  let equals = name
  while (equals < text.tokens.length && text.tokens[equals]?.word !== '=') equals++
  const open = isWord(text.tokens[equals + 1], 'ROW') ? equals + 2 : equals + 1
  const end = endOfDepth0(text, open + 1)
  if (text.tokens[open]?.word !== '(') return null
  if (!isWord(text.tokens[open + 1], 'SELECT') && !isWord(text.tokens[open + 1], 'WITH')) {
    const part = splitAtCommas(text, open + 1, end)[number - 1]
    return part === undefined ? null : sliceTokens(text, part[0], part[1])
  }
  const names = Array.from({ length: count }, (_, index) => `"c${index + 1}"`).join(', ')
  return `(SELECT "c${number}" FROM (${sliceTokens(text, open + 1, end)}) AS "s"(${names}))`
}
