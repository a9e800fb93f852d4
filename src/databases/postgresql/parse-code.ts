import type { CreateFunctionStmt, DefElem, DoStmt, Node } from 'libpg-query'
import type { ChangeKind } from '../../sql/change.js'
import { readCalls, visitTree } from './parse-calls.js'
import { evaluateText } from './parse-constant.js'
import { readName, readStrings } from './parse-names.js'
import { readText } from './parse-text.js'
import { readWrites } from './parse-writes.js'

/** What the readers of code need from the reader of statements. */
export interface CodeReader {
  parse(sql: string): readonly Node[]
  parsePlPgSql(statement: string): unknown
  read(sql: string): readonly ChangeKind[]
}

const UNKNOWN_SQL = 'it runs SQL that is put together while it runs'

export function readDo(statement: DoStmt, sql: string, reader: CodeReader): readonly ChangeKind[] {
  const options = readOptions(statement.args)
  const language = options.get('language')?.[0] ?? 'plpgsql'
  if (language !== 'plpgsql') return [{ kind: 'opaque', reason: `its language is ${language}` }]
  return readPlPgSql(sql, reader)
}

export function readCreateFunction(statement: CreateFunctionStmt, sql: string, reader: CodeReader): ChangeKind {
  return { kind: 'create-function', name: readName(statement.funcname), body: readBody(statement, sql, reader) }
}

function readBody(statement: CreateFunctionStmt, sql: string, reader: CodeReader): readonly ChangeKind[] {
  const options = readOptions(statement.options)
  const language = (options.get('language')?.[0] ?? 'sql').toLowerCase()
  if (statement.sql_body !== undefined) return readSqlBody(statement.sql_body, sql)
  // Without a body the parser of PL/pgSQL would abort, and it cannot be used after that.
  if (!options.has('as')) return [{ kind: 'opaque', reason: 'it has no body' }]
  if (language === 'plpgsql') return readPlPgSql(sql, reader)
  if (language === 'sql') return reader.read(options.get('as')?.[0] ?? '')
  return [{ kind: 'opaque', reason: `its language is ${language}` }]
}

/** BEGIN ATOMIC … END: the statements are part of the tree. */
function readSqlBody(body: Node, sql: string): readonly ChangeKind[] {
  const text = readText(sql)
  const statements =
    'List' in body ? (body.List.items ?? []).flatMap((item) => ('List' in item ? (item.List.items ?? []) : [item])) : [body]
  const calls = readCalls(body)
  return [
    ...statements.flatMap((node) => readWrites(node, text)),
    ...(calls.length > 0 ? [{ kind: 'call', functions: calls } as const] : []),
  ]
}

function readOptions(nodes: readonly Node[] | undefined): ReadonlyMap<string, readonly string[]> {
  const elements = (nodes ?? []).flatMap((node): readonly DefElem[] => ('DefElem' in node ? [node.DefElem] : []))
  return new Map(elements.map((element) => [element.defname ?? '', readOptionValue(element.arg)]))
}

function readOptionValue(node: Node | undefined): readonly string[] {
  if (node === undefined) return []
  return 'List' in node ? readStrings(node.List.items) : readStrings([node])
}

/** The statements of a PL/pgSQL body, those in branches and loops too: each may run. */
function readPlPgSql(sql: string, reader: CodeReader): readonly ChangeKind[] {
  let tree: unknown
  try {
    tree = reader.parsePlPgSql(sql)
  } catch {
    return [{ kind: 'opaque', reason: 'its PL/pgSQL body cannot be parsed' }]
  }
  const changes: ChangeKind[] = []
  visitTree(tree, (key, value) => {
    if (key === 'PLpgSQL_stmt_execsql' || key === 'PLpgSQL_stmt_perform' || key === 'PLpgSQL_stmt_call')
      changes.push(...readStatic(value, reader))
    else if (key === 'PLpgSQL_stmt_dynexecute' || key === 'PLpgSQL_stmt_dynfors') changes.push(...readDynamic(value, reader))
    else if (key === 'dynquery') changes.push(...readDynamic({ query: value }, reader))
    else if (key === 'PLpgSQL_expr') changes.push(...readExpression(value, reader))
  })
  return changes.filter((change) => change.kind !== 'harmless')
}

function readStatic(value: unknown, reader: CodeReader): readonly ChangeKind[] {
  const query = readQuery(readProperty(value, 'sqlstmt')) ?? readQuery(readProperty(value, 'expr'))
  return query === null ? [{ kind: 'opaque', reason: 'a statement in its body is not understood' }] : reader.read(query)
}

function readDynamic(value: unknown, reader: CodeReader): readonly ChangeKind[] {
  const query = readQuery(readProperty(value, 'query'))
  const sql = query === null ? null : evaluateText(query, reader)
  return sql === null ? [{ kind: 'opaque', reason: UNKNOWN_SQL }] : reader.read(sql)
}

/** Conditions, assignments and the like write nothing themselves, but may call what does. */
function readExpression(value: unknown, reader: CodeReader): readonly ChangeKind[] {
  const mode = readProperty(value, 'parseMode')
  const query = readProperty(value, 'query')
  if (typeof query !== 'string' || (mode !== 2 && mode !== 3)) return []
  const expression = mode === 3 ? query.replace(/^[^=]*?:?=/, '') : query
  try {
    const calls = readCalls(reader.parse(`SELECT ${expression}`))
    return calls.length > 0 ? [{ kind: 'call', functions: calls }] : []
  } catch {
    return [{ kind: 'opaque', reason: 'an expression in its body is not understood' }]
  }
}

function readQuery(value: unknown): string | null {
  const query = readProperty(readProperty(value, 'PLpgSQL_expr'), 'query')
  return typeof query === 'string' ? query : null
}

function readProperty(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined
}
