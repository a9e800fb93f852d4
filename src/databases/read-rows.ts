import type { Connection, Row } from './database.js'

/**
 * Reads the rows of a query some at a time, in the caller's transaction; memory stays flat, also where single values are large.
 * @param onRows is awaited before the next ones are read
 */
export type ReadRows = (connection: Connection, sql: string, onRows: (rows: readonly Row[]) => Promise<void>) => Promise<void>

/** Rows and characters that are read at a time. */
export const MOST_ROWS = 2_000
const MOST_TEXT = 2_000_000

/** As long as its texts are, in characters. */
export function lengthOf(row: Row): number {
  return Object.values(row).reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0)
}

/** How many rows like these to read next. */
export function nextSize(rows: readonly Row[]): number {
  const average = rows.reduce((sum, row) => sum + lengthOf(row), 0) / Math.max(1, rows.length)
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_TEXT / Math.max(1, average))))
}

export function isFull(rows: number, length: number): boolean {
  return rows >= MOST_ROWS || length >= MOST_TEXT
}
