import type { Writable } from 'node:stream'
import { from as copyFrom } from 'pg-copy-streams'
import type { PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { quoteIdentifier as quote, quoteText } from '../../../util/names.js'

export interface CopyOptions {
  /** Of the rows, when it is not the one of the connection. */
  readonly encoding?: string | undefined
  /** The table was created or emptied in this very transaction: its rows can be written as if they were old, and need no second write later. */
  readonly isNew?: boolean
}

/** A stream that writes rows in COPY's text format into a table. `sqlTable` is quoted. https://www.postgresql.org/docs/current/sql-copy.html */
export function openCopyIn(
  connection: PostgresqlConnection,
  sqlTable: string,
  columns: readonly string[],
  options: CopyOptions = {},
): Writable {
  // Without columns every row is an empty line, and COPY takes no empty list.
  const list = columns.length === 0 ? '' : ` (${columns.map(quote).join(', ')})`
  const words = [options.encoding === undefined ? '' : `ENCODING ${quoteText(options.encoding)}`, options.isNew ? 'FREEZE' : ''].filter(
    (word) => word !== '',
  )
  return connection.client.query(copyFrom(`COPY ${sqlTable}${list} FROM STDIN${words.length === 0 ? '' : ` WITH (${words.join(', ')})`}`))
}
