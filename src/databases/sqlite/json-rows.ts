import { quoteIdentifier } from '../../util/names.js'
import type { JsonColumn, ReadJsonRows } from '../json-rows.js'
import { type SqliteConnection, toSqlite } from './connection.js'
import { selectRaw, type TextEncoding, writeValue } from './json-values.js'

const ROWS_PER_BATCH = 2_000

/** Row by row, as SQLite gives them: a column may hold values of any type. */
export const readJsonRows: ReadJsonRows = async (connection, from, columns, onRows) => {
  let batch: string[] = []
  for (const line of iterateJson(toSqlite(connection), from, columns)) {
    batch.push(line)
    if (batch.length < ROWS_PER_BATCH) continue
    await onRows(batch)
    batch = []
  }
  if (batch.length > 0) await onRows(batch)
}

/** Rows as JSON objects. @param from quoted, as in FROM; an ORDER BY may follow */
export function* iterateJson({ handle }: SqliteConnection, from: string, columns: readonly JsonColumn[]): Generator<string> {
  const encoding = readEncoding(handle.pragma('encoding', { simple: true }))
  const keys = columns.map(({ key }) => JSON.stringify(key))
  const list = columns.map(({ name }) => selectRaw(quoteIdentifier(name))).join(', ')
  const rows = handle
    .prepare(`SELECT ${list === '' ? '1' : list} FROM ${from}`)
    .raw()
    .iterate() as IterableIterator<readonly unknown[]>
  for (const row of rows) {
    const members = columns.map(({ type }, at) => `${keys[at]}:${writeValue(row[2 * at] === 1n, row[2 * at + 1], type, encoding)}`)
    yield `{${members.join(',')}}`
  }
}

export function readEncoding(pragma: unknown): TextEncoding {
  return pragma === 'UTF-16le' || pragma === 'UTF-16be' ? pragma : 'UTF-8'
}
