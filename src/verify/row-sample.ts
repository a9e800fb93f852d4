import type { Row } from '../databases/database.js'
import type { ColumnPair } from './pairs.js'

/** One affected row. */
export interface RowSample {
  /** `7`, or `2024-01-01, 7` for a key of several columns. */
  readonly key: string
  readonly before: string | null
  readonly after: string | null
}

/** From columns `k0`, `k1` … of a query. */
export function formatKey(key: readonly ColumnPair[], row: Row): string {
  return key.map((_, index) => String(row[`k${index}`] ?? 'NULL')).join(', ')
}
