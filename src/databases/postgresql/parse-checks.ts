import type { AlterDomainStmt, Constraint, IndexElem, Node } from 'libpg-query'
import type { ChangeKind, ExclusionDefinition, ObjectName } from '../../sql/change.js'
import { findAtDepth0, isWord, sliceTokens, splitAtCommas } from '../../sql/clauses.js'
import { nameOfParts, quoteName, readNameParts } from './parse-names.js'
import { type SqlText, tokenAt } from './parse-text.js'
import { readClauses } from './parse-write.js'

/** The text between the parentheses of `CHECK (…)`. */
export function readCondition(constraint: Constraint, text: SqlText): string {
  const check = findAtDepth0(text, tokenAt(text, constraint.location ?? 0), (token) => isWord(token, 'CHECK'))
  return readParenthesis(text, check + 1)
}

/** `EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (…)`. https://www.postgresql.org/docs/current/sql-createtable.html */
export function readExclusion(constraint: Constraint, text: SqlText): ExclusionDefinition {
  const start = findAtDepth0(text, tokenAt(text, constraint.location ?? 0), (token) => isWord(token, 'EXCLUDE'))
  const open = findAtDepth0(text, start, (token) => token.word === '(')
  const close = findAtDepth0(text, open + 1, (token) => token.word === ')')
  const parts = splitAtCommas(text, open + 1, close)
  const elements = (constraint.exclusions ?? []).map((node, index) => readElement(node, text, parts[index] ?? [open, open]))
  return { elements, where: constraint.where_clause === undefined ? null : (readClauses(text, close + 1, ['WHERE']).WHERE ?? null) }
}

function readElement(node: Node, text: SqlText, [from, to]: readonly [number, number]): ExclusionDefinition['elements'][number] {
  const [element, operators] = 'List' in node ? (node.List.items ?? []) : []
  const parts = readNameParts(operators)
  const name = parts.at(-1) ?? '='
  const index: IndexElem = element !== undefined && 'IndexElem' in element ? element.IndexElem : {}
  const sql = index.name === undefined ? readElementExpression(text, from, to) : quoteName(index.name)
  return { sql, operator: parts.length > 1 ? `OPERATOR(${parts.slice(0, -1).map(quoteName).join('.')}.${name})` : name }
}

/** `(a + b) ops`, `lower(email) ops`: up to the parenthesis that ends the expression. */
function readElementExpression(text: SqlText, from: number, to: number): string {
  const open = findAtDepth0(text, from, (token) => token.word === '(')
  const close = findAtDepth0(text, open + 1, (token) => token.word === ')')
  return sliceTokens(text, from, Math.min(close + 1, to)) ?? ''
}

function readParenthesis(text: SqlText, open: number): string {
  const close = findAtDepth0(text, open + 1, (token) => token.word === ')')
  return sliceTokens(text, open + 1, close) ?? ''
}

/** What ALTER DOMAIN demands of the values that are there. `subtype` is a letter: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/nodes/parsenodes.h */
export function readAlterDomain(statement: AlterDomainStmt, text: SqlText): ChangeKind {
  const type = nameOfParts((statement.typeName ?? []).flatMap(readNameParts))
  const name = statement.name ?? ''
  switch (statement.subtype) {
    case 'O':
      return { kind: 'restrict-domain', type, name: null, condition: null, notValid: false }
    case 'C':
      return readDomainConstraint(statement, type, text)
    case 'V':
      return { kind: 'validate-domain', type, name }
    case 'X':
      return { kind: 'drop-object', type: 'domain constraint', name: nameOfParts([name]), on: null, cascade: false }
    default:
      return { kind: 'harmless', what: 'ALTER DOMAIN' }
  }
}

function readDomainConstraint(statement: AlterDomainStmt, type: ObjectName, text: SqlText): ChangeKind {
  const constraint: Constraint = statement.def !== undefined && 'Constraint' in statement.def ? statement.def.Constraint : {}
  const condition = constraint.contype === 'CONSTR_CHECK' ? readCondition(constraint, text) : null
  return { kind: 'restrict-domain', type, name: constraint.conname ?? null, condition, notValid: constraint.skip_validation === true }
}
