import type { Connection } from '../../../databases/database.js'
import { quoteIdentifier as quote, quoteQualified } from '../../../util/names.js'
import type { DatabaseFile } from '../postgresql/database-file.js'

/** What one COPY reads. */
export interface PlannedPart {
  /** OID. */
  readonly table: string
  /** For people. */
  readonly name: string
  /** What to put between COPY and TO. */
  readonly source: string
  /** Bytes of the pages that it reads. */
  readonly bytes: number
}

/** Tables from this size on are read by several connections. */
const LARGE_TABLE = 64 << 20
const MOST_PARTS = 8
/** Before, a range of pages is found by reading all of them. https://www.postgresql.org/docs/release/14.0/ */
const TID_RANGES_MAJOR = 14

const SIZES = `
  SELECT c.oid::text AS id, pg_relation_size(c.oid)::text AS bytes, pg_table_size(c.oid)::text AS all_bytes, current_setting('block_size') AS page, coalesce(m.amname, 'heap') = 'heap' AS has_pages,
    (SELECT e.extcondition[array_position(e.extconfig, c.oid)] FROM pg_extension e WHERE c.oid = ANY (e.extconfig)) AS condition,
    EXISTS (SELECT FROM pg_extension e WHERE c.oid = ANY (e.extconfig)) AS is_config
  FROM pg_class c LEFT JOIN pg_am m ON m.oid = c.relam WHERE c.relkind = 'r'`

/**
 * Every table's rows, the largest first; large tables in ranges of pages. The rows of an extension's table are those that the extension says:
 * https://www.postgresql.org/docs/current/extend-extensions.html#EXTEND-EXTENSIONS-CONFIG-TABLES
 */
export async function planParts(connection: Connection, { tables }: DatabaseFile, jobs: number): Promise<PlannedPart[]> {
  const major = Number.parseInt(connection.serverVersion, 10)
  const sizes = new Map((await connection.query(SIZES)).map((row) => [String(row.id), row]))
  const parts = tables.flatMap((table): PlannedPart[] => {
    const size = sizes.get(table.id)
    if (!table.hasRows || size === undefined || (table.ofExtension && size.is_config !== true)) return []
    const name = quoteQualified(table.schema, table.name)
    const columns = table.columns.filter((column) => column.generated === null).map((column) => quote(column.name))
    const bytes = Number(size.all_bytes)
    const select = `SELECT ${columns.join(', ')} FROM ONLY ${name}`
    const one = { table: table.id, name, bytes }
    if (table.ofExtension) return [{ ...one, source: `(${select} ${typeof size.condition === 'string' ? size.condition : ''})` }]
    const plain = columns.length === 0 ? name : `${name} (${columns.join(', ')})`
    const count = countParts(Number(size.bytes), bytes, size.has_pages === true, major, jobs)
    if (count === 1) return [{ ...one, source: plain }]
    const pages = Math.ceil(Number(size.bytes) / Number(size.page) / count)
    return Array.from({ length: count }, (_, index) => {
      const from = `ctid >= '(${index * pages},0)'`
      // The last one has no end: pages may have come since.
      const to = index === count - 1 ? '' : ` AND ctid < '(${(index + 1) * pages},0)'`
      return { ...one, source: `(${select} WHERE ${from}${to})`, bytes: bytes / count }
    })
  })
  return parts.sort((a, b) => b.bytes - a.bytes)
}

function countParts(heapBytes: number, bytes: number, hasPages: boolean, major: number, jobs: number): number {
  if (!hasPages || bytes < LARGE_TABLE || heapBytes < LARGE_TABLE / 4) return 1
  return major < TID_RANGES_MAJOR ? jobs : Math.min(MOST_PARTS * jobs, Math.max(jobs, Math.floor(bytes / LARGE_TABLE)))
}
