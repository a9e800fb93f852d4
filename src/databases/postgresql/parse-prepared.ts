import type { ExecuteStmt, Node, PrepareStmt } from 'libpg-query'
import type { ChangeKind } from '../../sql/change.js'
import { findAtDepth0, isWord, sliceTokens, splitAtCommas } from '../../sql/clauses.js'
import { tokenize } from '../../sql/tokens.js'
import type { CodeReader } from './parse-code.js'
import { POSTGRESQL_STYLE, type SqlText } from './parse-text.js'

/** What a file has prepared, by name: the SQL after AS. */
export type PreparedStatements = Map<string, string>

/** PREPARE runs nothing; EXECUTE runs what was prepared, with its parameters put in. Null for any other statement. https://www.postgresql.org/docs/current/sql-prepare.html */
export function readPrepared(
  node: Node,
  text: SqlText,
  prepared: PreparedStatements,
  reader: Pick<CodeReader, 'read'>,
): readonly ChangeKind[] | null {
  if ('PrepareStmt' in node) return notePrepared(node.PrepareStmt, text, prepared)
  return 'ExecuteStmt' in node ? readExecute(node.ExecuteStmt, text, prepared, reader) : null
}

function notePrepared(statement: PrepareStmt, text: SqlText, prepared: PreparedStatements): readonly ChangeKind[] {
  const as = findAtDepth0(text, 0, (token) => isWord(token, 'AS'))
  prepared.set(statement.name ?? '', sliceTokens(text, as + 1, text.tokens.length) ?? '')
  return [{ kind: 'harmless', what: 'PREPARE' }]
}

function readExecute(
  statement: ExecuteStmt,
  text: SqlText,
  prepared: PreparedStatements,
  reader: Pick<CodeReader, 'read'>,
): readonly ChangeKind[] {
  const sql = prepared.get(statement.name ?? '')
  if (sql === undefined) return [{ kind: 'opaque', reason: `it executes ${statement.name ?? ''}, which was prepared elsewhere` }]
  const open = findAtDepth0(text, 0, (token) => token.word === '(')
  const parts = open === -1 ? [] : splitAtCommas(text, open + 1, text.tokens.length - 1)
  const values = parts.map(([from, to]) => sliceTokens(text, from, to) ?? 'NULL')
  return reader.read(putIn(sql, values))
}

/** `$1` outside of strings and comments. */
function putIn(sql: string, values: readonly string[]): string {
  const hidden = tokenize(sql, POSTGRESQL_STYLE).filter((token) => token.kind === 'string' || token.kind === 'comment')
  const isHidden = (at: number) => hidden.some((token) => token.start <= at && at < token.end)
  return sql.replace(/\$(\d+)/g, (whole, number: string, at: number) =>
    isHidden(at) ? whole : `(${values[Number(number) - 1] ?? 'NULL'})`,
  )
}
