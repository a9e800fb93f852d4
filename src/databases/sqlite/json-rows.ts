import { quoteIdentifier } from '../../util/names.js'
import type { JsonColumn, ReadJsonRows } from '../json-rows.js'
import { toSqlite } from './connection.js'

const ROWS_PER_BATCH = 2_000

/** Row by row, as SQLite gives them: a column may hold values of any type. */
export const readJsonRows: ReadJsonRows = async (connection, from, columns, onRows) => {
  const { handle } = toSqlite(connection)
  const list = columns.map(({ name }) => quoteIdentifier(name)).join(', ')
  const rows = handle.prepare(`SELECT ${list} FROM ${from}`).raw().iterate() as IterableIterator<readonly unknown[]>
  let batch: string[] = []
  for (const row of rows) {
    batch.push(`{${columns.map((column, at) => `${JSON.stringify(column.key)}:${toJson(row[at], column)}`).join(',')}}`)
    if (batch.length < ROWS_PER_BATCH) continue
    await onRows(batch)
    batch = []
  }
  if (batch.length > 0) await onRows(batch)
}

function toJson(value: unknown, { type }: JsonColumn): string {
  const isBlob = /blob/i.test(type)
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'bigint') return /bigint/i.test(type) || !Number.isSafeInteger(Number(value)) ? `"${value}"` : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? (Object.is(value, -0) ? '-0.0' : JSON.stringify(value)) : `"${value}"`
  // What is not of the column's own kind says what it is.
  if (value instanceof Uint8Array) {
    const text = JSON.stringify(Buffer.from(value).toString('base64'))
    return isBlob ? text : `{"$bytes":${text}}`
  }
  return isBlob ? `{"$text":${JSON.stringify(String(value))}}` : JSON.stringify(String(value))
}
