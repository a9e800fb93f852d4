import type { Node } from 'libpg-query'
import { messageOf } from '../../errors.js'
import { type BodyChange, type Change, endsTransaction } from '../../sql/change.js'
import { findAtDepth0 } from '../../sql/clauses.js'
import { markDownSection } from '../../sql/down-section.js'
import type { SqlSource, Statement } from '../../sql/statement.js'
import type { ParsedSql } from '../database.js'
import { postgresqlDialect } from './impact-dialect.js'
import type { SpannedChange } from './parse-alter-table.js'
import { readCalls } from './parse-calls.js'
import type { CodeReader } from './parse-code.js'
import { foldEnumRecreates } from './parse-enum.js'
import { type PreparedStatements, readPrepared } from './parse-prepared.js'
import { readStatement } from './parse-statement.js'
import { firstTokenFrom, loadParser, readText, type SqlText } from './parse-text.js'
import { readTransactionNeeds } from './parse-transaction.js'

type Parser = Awaited<ReturnType<typeof loadParser>>

/** Splits and reads PostgreSQL's SQL. Never throws for bad SQL: what is not understood is an `opaque` change. */
export async function parsePostgresql(source: SqlSource): Promise<ParsedSql> {
  // The parser's C string would end at a NUL, and the rest of the file would not be seen.
  if (source.sql.includes('\0')) return readNothing(source, 'the file contains a NUL byte')
  const parser = await loadParser()
  const text = readText(source.sql.replace(/^\uFEFF/, ' '))
  const pieces = splitStatements(text, parser)
  const statements: Statement[] = []
  const changes: Change[] = []
  const prepared: PreparedStatements = new Map()
  for (const piece of pieces) {
    const statement = {
      sql: source.sql.slice(piece.start, piece.end),
      start: piece.start,
      end: piece.end,
      index: statements.length,
      source,
    }
    statements.push(statement)
    changes.push(...readPiece(piece, statement, parser, prepared))
  }
  const comments = readComments(text)
  return {
    source,
    statements,
    changes: markDownSection(foldEnumRecreates(markUnenforced(changes)), comments),
    comments,
    dialect: postgresqlDialect,
  }
}

interface Piece {
  readonly node: Node | null
  readonly text: SqlText
  /** Where `text` begins in the file; pieces of an unparsable file have a text of their own. */
  readonly offset: number
  readonly start: number
  readonly end: number
  readonly problem: string
}

/** All statements at once where the whole file parses, else one by one so that the good ones are still understood. */
function splitStatements(text: SqlText, parser: Parser): readonly Piece[] {
  try {
    return text.text.trim() === '' ? [] : parseAll(text, parser, 0)
  } catch (whole) {
    const pieces = splitAtSemicolons(text).flatMap(([start, end]) => {
      const own = readText(text.text.slice(start, end))
      try {
        return parseAll(own, parser, start)
      } catch (error) {
        return [{ node: null, text: own, offset: start, start, end, problem: describeError(error) }]
      }
    })
    return pieces.some(({ node }) => node === null) ? pieces : [...pieces, ...readRemainder(text, describeError(whole))]
  }
}

/** Every statement by itself is right, and yet the file is refused: a comment that never ends. */
function readRemainder(text: SqlText, problem: string): readonly Piece[] {
  const comment = text.comments.at(-1)
  if (comment === undefined) return []
  const own = { ...text, tokens: [] }
  return [{ node: null, text: own, offset: 0, start: comment.start, end: comment.end, problem }]
}

function parseAll(text: SqlText, parser: Parser, offset: number): readonly Piece[] {
  return (parser.parseSync(text.text).stmts ?? []).flatMap((raw) => {
    const from = text.toUtf16(raw.stmt_location ?? 0)
    const to = raw.stmt_len === undefined || raw.stmt_len === 0 ? text.text.length : text.toUtf16((raw.stmt_location ?? 0) + raw.stmt_len)
    const own = text.tokens.slice(firstTokenFrom(text, from), firstTokenFrom(text, to))
    const tokens = own.at(-1)?.word === ';' ? own.slice(0, -1) : own
    const [first, last] = [tokens[0], tokens.at(-1)]
    if (raw.stmt === undefined || first === undefined || last === undefined) return []
    // Its own tokens only, so that a clause never runs into the next statement.
    return [{ node: raw.stmt, text: { ...text, tokens }, offset, start: offset + first.start, end: offset + last.end, problem: '' }]
  })
}

function splitAtSemicolons(text: SqlText): readonly (readonly [number, number])[] {
  const parts: (readonly [number, number])[] = []
  for (let index = 0; index < text.tokens.length; ) {
    const semicolon = findAtDepth0(text, index, (token) => token.word === ';')
    const end = semicolon === -1 ? text.tokens.length : semicolon
    const [first, last] = [text.tokens[index], text.tokens[end - 1]]
    if (end > index && first !== undefined && last !== undefined) parts.push([first.start, last.end])
    index = end + 1
  }
  return parts
}

function readPiece(piece: Piece, statement: Statement, parser: Parser, prepared: PreparedStatements): readonly Change[] {
  const { node } = piece
  if (node === null) return [{ kind: 'opaque', reason: piece.problem, statement }]
  const reader = makeReader(parser, 0)
  const changes = readSafely(
    () => readPrepared(node, piece.text, prepared, reader) ?? readStatement(node, piece.text, statement.sql, reader),
  )
  const calls = readCalls(node)
  const needs = readTransactionNeeds(node)
  const within = 'DoStmt' in node ? { within: 'a DO block' } : {}
  return changes.map((change) => {
    const { span, ...kind } = change
    const moved = span === undefined ? {} : { span: { start: span.start + piece.offset, end: span.end + piece.offset } }
    return { ...kind, ...moved, ...within, ...needs, ...(calls.length > 0 ? { calls } : {}), statement }
  })
}

/** In the role of a replica no foreign key acts. https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE */
function markUnenforced(changes: readonly Change[]): readonly Change[] {
  let isEnforced = true
  let isEnforcedAfter = true
  return changes.map((change) => {
    if (change.kind === 'toggle-session-triggers') {
      isEnforced = change.enabled
      if (change.local !== true) isEnforcedAfter = change.enabled
    }
    if (endsTransaction(change)) isEnforced = isEnforcedAfter
    return isEnforced || (change.kind !== 'delete' && change.kind !== 'update') ? change : { ...change, foreignKeysOff: true as const }
  })
}

/** A statement that makes the reader stumble is one that is not understood. */
function readSafely(read: () => readonly SpannedChange[]): readonly SpannedChange[] {
  try {
    const changes = read()
    return changes.length > 0 ? changes : [{ kind: 'harmless', what: 'nothing' }]
  } catch (error) {
    return [{ kind: 'opaque', reason: `it could not be read: ${messageOf(error)}` }]
  }
}

const MAX_DEPTH = 5

function makeReader(parser: Parser, depth: number): CodeReader {
  const parse = (sql: string) =>
    sql.trim() === '' ? [] : (parser.parseSync(sql).stmts ?? []).flatMap((raw) => (raw.stmt === undefined ? [] : [raw.stmt]))
  return {
    parse,
    parsePlPgSql: (statement) => parser.parsePlPgSQLSync(statement),
    read: (sql) => (depth > MAX_DEPTH ? [{ kind: 'opaque', reason: 'its code is nested too deep' }] : readNested(sql, parser, depth)),
  }
}

function readNested(sql: string, parser: Parser, depth: number): readonly BodyChange[] {
  return splitStatements(readText(sql), parser).flatMap((piece): readonly BodyChange[] => {
    if (piece.node === null) return [{ kind: 'opaque', reason: piece.problem }]
    const own = piece.text.text.slice(piece.start - piece.offset, piece.end - piece.offset)
    const calls = readCalls(piece.node)
    const node = piece.node
    const changes = readSafely(() => readStatement(node, piece.text, own, makeReader(parser, depth + 1)))
    return changes.map(({ span: _, ...kind }) => ({ ...kind, ...(calls.length > 0 ? { calls } : {}) }))
  })
}

function readComments(text: SqlText): ParsedSql['comments'] {
  return text.comments.map((token) => ({ start: token.start, end: token.end, text: token.word }))
}

function readNothing(source: SqlSource, reason: string): ParsedSql {
  const statement = { sql: source.sql, start: 0, end: source.sql.length, index: 0, source }
  return { source, statements: [statement], changes: [{ kind: 'opaque', reason, statement }], comments: [], dialect: postgresqlDialect }
}

function describeError(error: unknown): string {
  return `PostgreSQL cannot parse it: ${messageOf(error)}`
}
