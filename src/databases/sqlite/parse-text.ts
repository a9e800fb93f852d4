import type { Name, QualifiedName, Span } from 'sqlite3-parser'
import { type ObjectName, TEMPORARY_SCHEMA } from '../../sql/change.js'
import type { LexicalStyle } from '../../sql/tokens.js'

export const SQLITE_STYLE: LexicalStyle = {
  nestedComments: false,
  dollarQuotes: false,
  carriageReturnEndsLine: false,
  nameQuotes: { '"': '"', '`': '`', '[': ']' },
}

/** `main` is what unqualified names mean. */
export function readName(name: QualifiedName): ObjectName {
  const schema = name.dbName?.text.toLowerCase() ?? null
  return { schema: schema === 'main' ? null : schema === 'temp' ? TEMPORARY_SCHEMA : schema, name: name.objName.text }
}

export function isTemporary(name: QualifiedName): boolean {
  return name.dbName?.text.toLowerCase() === 'temp'
}

export function readNames(names: readonly Name[] | undefined): readonly string[] {
  return (names ?? []).map((name) => name.text)
}

export function textOf(sql: string, span: Span): string {
  return sql.slice(span.offset, span.offset + span.length).trim()
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
