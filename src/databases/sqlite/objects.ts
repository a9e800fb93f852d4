import type { Connection, Row } from '../database.js'
import type { SchemaObject } from '../fingerprint.js'

/** Indexes, triggers and views as they were written, and what a rebuilt table may have lost of its definition. */
export async function readObjects(connection: Connection): Promise<SchemaObject[]> {
  const entries = await connection.query(
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
  )
  const options = await connection.query(
    "SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND (wr OR strict) ORDER BY name",
  )
  return [...entries.flatMap((row) => (row.type === 'table' ? readTable(row) : [readEntry(row)])), ...options.flatMap(readOptions)]
}

function readEntry(row: Row): SchemaObject {
  const type = String(row.type)
  return { type, schema: null, table: type === 'view' ? null : String(row.tbl_name), name: String(row.name), definition: String(row.sql) }
}

function readOptions(row: Row): SchemaObject[] {
  const table = String(row.name)
  const option = (name: string): SchemaObject => ({ type: 'table option', schema: null, table, name, definition: name })
  return [...(Number(row.wr) === 1 ? [option('WITHOUT ROWID')] : []), ...(Number(row.strict) === 1 ? [option('STRICT')] : [])]
}

/** Prisma knows neither checks nor collations: its rebuilt tables come without. */
function readTable(row: Row): SchemaObject[] {
  const table = String(row.tbl_name)
  return readTableClauses(String(row.sql)).map((definition) => ({
    type: definition.startsWith('CHECK') ? 'check constraint' : 'collation',
    schema: null,
    table,
    name: definition,
    definition,
  }))
}

/** Quoted names and texts, comments, words, and every other character by itself. */
const TOKEN = /"(?:[^"]|"")*"|'(?:[^']|'')*'|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|[\p{L}_][\p{L}\p{N}_$]*|\s+|[\s\S]/gu

/** `CHECK (…)` and `column COLLATE name` of a CREATE TABLE, blanks made one. */
export function readTableClauses(sql: string): readonly string[] {
  const tokens = (sql.match(TOKEN) ?? []).filter((token) => !/^(\s|--|\/\*)/.test(token))
  const clauses: string[] = []
  let column = ''
  let depth = 0
  tokens.forEach((token, index) => {
    const previous = tokens[index - 1]
    if (depth === 1 && (previous === '(' || previous === ',')) column = token
    if (token === '(') depth += 1
    else if (token === ')') depth -= 1
    else if (token.toUpperCase() === 'CHECK' && depth === 1) clauses.push(`CHECK ${parenthesized(tokens, index + 1)}`)
    else if (token.toUpperCase() === 'COLLATE' && depth === 1) clauses.push(`${column} COLLATE ${tokens[index + 1] ?? ''}`)
  })
  return clauses
}

function parenthesized(tokens: readonly string[], start: number): string {
  let depth = 0
  for (let index = start; index < tokens.length; index += 1) {
    if (tokens[index] === '(') depth += 1
    if (tokens[index] === ')') depth -= 1
    if (depth === 0) return tokens.slice(start, index + 1).join(' ')
  }
  return tokens.slice(start).join(' ')
}
