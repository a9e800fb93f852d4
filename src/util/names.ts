/** Quotes a name for SQL as the standard says (PostgreSQL, SQLite): `a"b` → `"a""b"`. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A quoted, schema-qualified name for SQL. */
export function quoteQualified(schema: string | null, name: string): string {
  return schema === null ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
}

/** Quotes a text for SQL as the standard says; only for text without backslash escapes (PostgreSQL with standard_conforming_strings, SQLite). */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A name for people: `Order.total`; the schema is left out when it is `defaultSchema` or there is none. */
export function displayName(
  schema: string | null,
  table: string,
  column: string | null = null,
  defaultSchema: string | null = 'public',
): string {
  const parts = [schema === defaultSchema ? null : schema, table, column]
  return parts.filter((part) => part !== null).join('.')
}
