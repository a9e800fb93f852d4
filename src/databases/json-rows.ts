import type { Connection } from './database.js'

/** A column that is read, and what it is called in the JSON. */
export interface JsonColumn {
  readonly name: string
  readonly key: string
  /** As the database prints it. */
  readonly type: string
}

/**
 * Reads rows as JSON objects that lose nothing: numbers that JavaScript would round (64-bit integers, decimals) and everything that
 * JSON has no form for are strings, bytes are base64; JSON columns are there as they are.
 * @param from quoted, ready for SQL
 * @param onRows gets some rows at a time, each one line of JSON, and is awaited
 */
export type ReadJsonRows = (
  connection: Connection,
  from: string,
  columns: readonly JsonColumn[],
  onRows: (lines: readonly string[]) => Promise<void>,
) => Promise<void>
