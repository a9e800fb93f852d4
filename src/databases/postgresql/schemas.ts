/** SQL condition: the schema is not the server's own. The prefix `pg_` is reserved. https://www.postgresql.org/docs/current/ddl-schemas.html */
export function isUserSchema(expression: string): string {
  return `(${expression} !~ '^pg_' AND ${expression} <> 'information_schema')`
}
