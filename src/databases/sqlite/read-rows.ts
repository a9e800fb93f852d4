import type { Row } from '../database.js'
import { isFull, lengthOf, type ReadRows } from '../read-rows.js'
import { toSqlite } from './connection.js'

/** One row after the other. Between them others have their turn: progress bars, Ctrl-C. */
export const readRows: ReadRows = async (connection, sql, onRows) => {
  let batch: Row[] = []
  let length = 0
  for (const row of toSqlite(connection).handle.prepare<[], Row>(sql).iterate()) {
    batch.push(row)
    length += lengthOf(row)
    if (!isFull(batch.length, length)) continue
    await onRows(batch)
    await new Promise((resolve) => setImmediate(resolve))
    batch = []
    length = 0
  }
  if (batch.length > 0) await onRows(batch)
}
