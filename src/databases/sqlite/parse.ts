import type { ParserModule, Stmt } from 'sqlite3-parser'
import type { Change } from '../../sql/change.js'
import { markDownSection } from '../../sql/down-section.js'
import type { SqlSource, Statement } from '../../sql/statement.js'
import { type Token, tokenize } from '../../sql/tokens.js'
import type { ParsedSql } from '../database.js'
import { sqliteDialect } from './impact-dialect.js'
import { foldRebuilds, type ReadChange } from './parse-rebuild.js'
import { isPragmaOn, readStatement } from './parse-statement.js'
import { SQLITE_STYLE } from './parse-text.js'
import { readTrigger } from './parse-trigger.js'

/** Splits and reads SQLite's SQL. Never throws for bad SQL: what is not understood is an `opaque` change. */
export async function parseSqlite(source: SqlSource): Promise<ParsedSql> {
  const parser = await import('sqlite3-parser')
  const sql = source.sql.replace(/^\uFEFF/, ' ')
  const all = tokenize(sql, SQLITE_STYLE)
  const comments = all.flatMap((token) => (token.kind === 'comment' ? [{ start: token.start, end: token.end, text: token.word }] : []))
  const pieces = splitStatements(all.filter((token) => token.kind !== 'comment'))
  const statements: Statement[] = []
  const read: ReadChange[] = []
  let state: SessionState = { foreignKeys: true, inTransaction: false }
  for (const [start, end] of pieces) {
    const statement = { sql: source.sql.slice(start, end), start, end, index: statements.length, source }
    statements.push(statement)
    const parsed = parseStatement(statement.sql, parser)
    if (typeof parsed === 'string') read.push({ change: { kind: 'opaque', reason: parsed, statement }, node: null })
    else {
      const off = state.foreignKeys ? {} : { foreignKeysOff: true as const }
      const kinds =
        parsed.type === 'CreateTriggerStmt'
          ? [readTrigger(parsed, statement.sql, (text) => parseStatement(text, parser))]
          : readStatement(parsed, statement.sql, state.foreignKeys)
      for (const kind of kinds) read.push({ change: { ...kind, ...off, statement }, node: parsed })
      state = follow(parsed, statement.sql, state)
    }
  }
  const changes: readonly Change[] = markDownSection(foldRebuilds(read), comments)
  return { source, statements, changes, comments, dialect: sqliteDialect }
}

function parseStatement(sql: string, parser: Pick<ParserModule, 'parseStmt'>): Stmt | string {
  const result = parser.parseStmt(sql)
  return result.status === 'ok' ? result.root : `SQLite cannot parse it: ${result.errors[0]?.message ?? 'syntax error'}`
}

interface SessionState {
  /** Prisma switches them on when it connects. */
  readonly foreignKeys: boolean
  readonly inTransaction: boolean
}

/** PRAGMA foreign_keys does nothing inside a transaction. https://sqlite.org/pragma.html#pragma_foreign_keys */
function follow(node: Stmt, sql: string, state: SessionState): SessionState {
  if (node.type === 'BeginStmt') return { ...state, inTransaction: true }
  if (node.type === 'CommitStmt' || (node.type === 'RollbackStmt' && node.savepointName === undefined))
    return { ...state, inTransaction: false }
  const isForeignKeys = node.type === 'PragmaStmt' && node.name.objName.text.toLowerCase() === 'foreign_keys'
  if (!isForeignKeys || node.body === undefined || state.inTransaction) return state
  return { ...state, foreignKeys: isPragmaOn(node, sql) }
}

/** Start and end of each statement. The body of a trigger has semicolons of its own. */
function splitStatements(tokens: readonly Token[]): readonly (readonly [number, number])[] {
  const pieces: (readonly [number, number])[] = []
  let current: Token[] = []
  const close = () => {
    const [first, last] = [current[0], current.at(-1)]
    if (first !== undefined && last !== undefined) pieces.push([first.start, last.end])
    current = []
  }
  for (const token of tokens) {
    if (token.word === ';' && !isInsideTrigger(current)) close()
    else current.push(token)
  }
  close()
  return pieces
}

function isInsideTrigger(tokens: readonly Token[]): boolean {
  const [first, second, third] = tokens
  if (first?.word !== 'CREATE') return false
  const isTrigger = second?.word === 'TRIGGER' || (third?.word === 'TRIGGER' && (second?.word === 'TEMP' || second?.word === 'TEMPORARY'))
  if (!isTrigger) return false
  const last = tokens.at(-1)
  return !(last?.kind === 'word' && last.word === 'END' && tokens.at(-2)?.word === ';')
}
