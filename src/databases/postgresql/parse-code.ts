import type { CreateFunctionStmt, DefElem, DoStmt, Node } from 'libpg-query'
import type { BodyChange, ChangeKind } from '../../sql/change.js'
import { readCalls } from './parse-calls.js'
import { readName, readStrings } from './parse-names.js'
import { markVariables, readPlPgSql } from './parse-plpgsql.js'
import { readText } from './parse-text.js'
import { readWrites } from './parse-writes.js'

/** What the readers of code need from the reader of statements. */
export interface CodeReader {
  parse(sql: string): readonly Node[]
  parsePlPgSql(statement: string): unknown
  read(sql: string): readonly BodyChange[]
}

export function readDo(statement: DoStmt, sql: string, reader: CodeReader): readonly BodyChange[] {
  const options = readOptions(statement.args)
  const language = options.get('language')?.[0] ?? 'plpgsql'
  if (language !== 'plpgsql') return [{ kind: 'opaque', reason: `its language is ${language}` }]
  return readPlPgSql(sql, reader)
}

export function readCreateFunction(statement: CreateFunctionStmt, sql: string, reader: CodeReader): ChangeKind {
  return { kind: 'create-function', name: readName(statement.funcname), body: readBody(statement, sql, reader) }
}

function readBody(statement: CreateFunctionStmt, sql: string, reader: CodeReader): readonly BodyChange[] {
  const options = readOptions(statement.options)
  const language = (options.get('language')?.[0] ?? 'sql').toLowerCase()
  if (statement.sql_body !== undefined)
    return readSqlBody(statement.sql_body, sql).map((change) => markVariables(change, readParameters(statement)))
  // Without a body the parser of PL/pgSQL would abort, and it cannot be used after that.
  if (!options.has('as')) return [{ kind: 'opaque', reason: 'it has no body' }]
  if (language === 'plpgsql') return readPlPgSql(sql, reader)
  if (language === 'sql') return reader.read(options.get('as')?.[0] ?? '').map((change) => markVariables(change, readParameters(statement)))
  // What is not VOLATILE is held to change nothing. https://www.postgresql.org/docs/current/xfunc-volatility.html
  if (/^(immutable|stable)$/.test(options.get('volatility')?.[0] ?? '')) return []
  return [{ kind: 'opaque', reason: `its language is ${language}` }]
}

function readParameters(statement: CreateFunctionStmt): readonly string[] {
  return (statement.parameters ?? []).flatMap((node) => ('FunctionParameter' in node ? (node.FunctionParameter.name ?? []) : []))
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
