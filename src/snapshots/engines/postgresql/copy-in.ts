import type { Writable } from 'node:stream'
import { from as copyFrom } from 'pg-copy-streams'
import type { PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { quoteIdentifier as quote } from '../../../util/names.js'

/** A stream that writes rows in COPY's text format into a table. `sqlTable` is quoted. https://www.postgresql.org/docs/current/sql-copy.html */
export function openCopyIn(connection: PostgresqlConnection, sqlTable: string, columns: readonly string[]): Writable {
  // Without columns every row is an empty line, and COPY takes no empty list.
  const list = columns.length === 0 ? '' : ` (${columns.map(quote).join(', ')})`
  return connection.client.query(copyFrom(`COPY ${sqlTable}${list} FROM STDIN`))
}
