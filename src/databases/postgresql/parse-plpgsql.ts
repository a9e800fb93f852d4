import type { BodyChange } from '../../sql/change.js'
import { readProperty, readQuery } from './parse-body.js'
import { readCalls, visitTree } from './parse-calls.js'
import type { CodeReader } from './parse-code.js'
import type { CodeValues } from './parse-constant.js'
import { readDynamic, readLoops, readValues } from './parse-dynamic.js'
import { markFlow, visitFlow } from './parse-flow.js'
import { mentionsVariable } from './parse-variables.js'

/** `new.x := …` as PL/pgSQL hands it on. */
const ASSIGNMENT = /^\s*new\s*\.\s*(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))\s*:?=\s*([\s\S]*)$/iu

/** The statements of a PL/pgSQL body, those in branches and loops too, marked as such. */
export function readPlPgSql(sql: string, reader: CodeReader): readonly BodyChange[] {
  let tree: unknown
  try {
    tree = reader.parsePlPgSql(sql)
  } catch {
    return [{ kind: 'opaque', reason: 'its PL/pgSQL body cannot be parsed' }]
  }
  const variables = readVariables(tree)
  const valuesAt = readLoops(tree, readValues(tree, reader), reader)
  const changes: BodyChange[] = []
  visitFlow(tree, (key, value, when) => {
    const found: BodyChange[] = []
    readNode(key, value, reader, valuesAt, found)
    changes.push(...found.map((change) => markFlow(change, when)))
  })
  return changes.filter((change) => change.kind !== 'harmless').map((change) => markVariables(change, variables))
}

function readNode(key: string, value: unknown, reader: CodeReader, valuesAt: (node: unknown) => CodeValues, changes: BodyChange[]): void {
  if (key === 'PLpgSQL_stmt_execsql') changes.push(...readStatic(value, reader), ...readTargets(value))
  else if (key === 'PLpgSQL_stmt_perform' || key === 'PLpgSQL_stmt_call') changes.push(...readStatic(value, reader))
  else if (key === 'PLpgSQL_stmt_dynexecute' || key === 'PLpgSQL_stmt_dynfors') changes.push(...readDynamic(value, valuesAt(value), reader))
  else if (key === 'PLpgSQL_stmt_fors') changes.push(...readLoop(value, reader))
  else if (key === 'dynquery') changes.push(...readDynamic({ query: value }, valuesAt(value), reader))
  else if (key === 'PLpgSQL_stmt_assign') changes.push(...readAssignment(value))
  else if (key === 'PLpgSQL_stmt_return' && isNull(value)) changes.push({ kind: 'skip-row' })
  else if (key === 'PLpgSQL_expr') changes.push(...readExpression(value, reader))
}

/** Parameters, variables and records; not those that every trigger has. */
function readVariables(tree: unknown): readonly string[] {
  const names = new Set<string>()
  visitTree(tree, (key, value) => {
    const name = key === 'PLpgSQL_var' || key === 'PLpgSQL_rec' ? readProperty(value, 'refname') : undefined
    if (typeof name === 'string' && name !== 'new' && name !== 'old') names.add(name)
  })
  return [...names]
}

/** Says of what depends on them that it cannot be counted from outside. */
export function markVariables(change: BodyChange, variables: readonly string[]): BodyChange {
  if (change.kind === 'assign-row') return { ...change, value: mentionsVariable([change.value], variables) ? null : change.value }
  if (change.kind !== 'update' && change.kind !== 'delete') return change
  const others = change.kind === 'update' ? [change.from, ...change.assignments.map(({ value }) => value)] : [change.using]
  const depends = mentionsVariable([change.where, change.with, ...others], variables)
  return depends ? { ...change, uncountable: 'it depends on a variable of the code that it stands in' } : change
}

function readStatic(value: unknown, reader: CodeReader): readonly BodyChange[] {
  const query = readQuery(readProperty(value, 'sqlstmt')) ?? readQuery(readProperty(value, 'expr'))
  return query === null ? [{ kind: 'opaque', reason: 'a statement in its body is not understood' }] : reader.read(query)
}

/** `SELECT … INTO NEW.x`. */
function readTargets(value: unknown): readonly BodyChange[] {
  const targets: BodyChange[] = []
  visitTree(readProperty(value, 'target'), (key, name) => {
    const column = key === 'name' && typeof name === 'string' ? /^new\.(.+)$/i.exec(name)?.[1] : undefined
    if (column !== undefined) targets.push({ kind: 'assign-row', column, value: null })
  })
  return targets
}

/** FOR … IN a query that writes itself (WITH, RETURNING). */
function readLoop(value: unknown, reader: CodeReader): readonly BodyChange[] {
  const query = readQuery(readProperty(value, 'query'))
  return query === null ? [] : reader.read(query)
}

function readAssignment(value: unknown): readonly BodyChange[] {
  const match = ASSIGNMENT.exec(readQuery(readProperty(value, 'expr')) ?? '')
  if (match === null) return []
  const [, quoted, plain, expression] = match
  const column = quoted === undefined ? (plain ?? '').toLowerCase() : quoted.replaceAll('""', '"')
  return [{ kind: 'assign-row', column, value: expression ?? null }]
}

function isNull(value: unknown): boolean {
  return /^\s*null\s*$/i.test(readQuery(readProperty(value, 'expr')) ?? '')
}

/** What an expression of the body is for: RawParseMode of PostgreSQL's parser. */
const EXPRESSION = 2
const FIRST_ASSIGNMENT = 3
const LAST_ASSIGNMENT = 5

/** Conditions, assignments and the like write nothing themselves, but may call what does. */
function readExpression(value: unknown, reader: CodeReader): readonly BodyChange[] {
  const mode = Number(readProperty(value, 'parseMode'))
  const query = readProperty(value, 'query')
  if (typeof query !== 'string' || !(mode >= EXPRESSION && mode <= LAST_ASSIGNMENT)) return []
  const expression = mode >= FIRST_ASSIGNMENT ? query.replace(/^[^=]*?:?=/, '') : query
  try {
    const calls = readCalls(reader.parse(`SELECT ${expression}`))
    return calls.length > 0 ? [{ kind: 'call', functions: calls }] : []
  } catch {
    return [{ kind: 'opaque', reason: 'an expression in its body is not understood' }]
  }
}
