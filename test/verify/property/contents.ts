import type Sqlite from 'better-sqlite3'
import type pg from 'pg'
import type { Value } from './canonical.js'
import { quote } from './model.js'

/** A table with all that is in it. A partitioned one has the rows of its partitions. */
export interface Contents {
  readonly table: string
  /** Of the relations that hold the rows, itself or its partitions. */
  readonly parts: readonly string[]
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly key: readonly string[]
  readonly rows: readonly (readonly Value[])[]
}

/** Every table of the schema `public`; `before`: rows of a partition stay with the table whose partition it was then. */
export async function readPostgresql(client: pg.Client, before: readonly Contents[] = []): Promise<Contents[]> {
  await client.query(`SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'`)
  const { rows: relations } = await client.query<{ oid: string; name: string; kind: string; parent: string | null; key: string[] | null }>(
    `SELECT c.oid::text, c.relname::text AS name, c.relkind::text AS kind, (SELECT inhparent::text FROM pg_inherits WHERE inhrelid = c.oid) AS parent,
       (SELECT array_agg(a.attname::text ORDER BY array_position(p.conkey, a.attnum)) FROM pg_constraint p JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (p.conkey)
        WHERE p.conrelid = c.oid AND p.contype = 'p') AS key
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname`,
  )
  const owner = new Map<string, string>()
  for (const { oid, kind, parent } of relations) {
    const then = before.find((one) => one.parts.includes(oid))
    const root = then === undefined ? (parent ?? oid) : then.parts.length === 1 && then.parts[0] === oid ? oid : (then.parts[0] ?? oid)
    if (kind === 'r') owner.set(oid, relations.some((one) => one.oid === root) ? root : oid)
  }
  const found: Contents[] = []
  for (const { oid, name, kind, parent, key } of relations) {
    const isOwn = kind === 'p' || parent === null || owner.get(oid) === oid
    const isMember = kind === 'r' && owner.get(oid) !== oid
    if (!isOwn || isMember) continue
    const { rows: columns } = await client.query<{ name: string; type: string }>(
      `SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      [oid],
    )
    const leaves = kind === 'p' ? relations.filter((one) => owner.get(one.oid) === oid) : relations.filter((one) => one.oid === oid)
    const rows: Value[][] = []
    for (const leaf of leaves) {
      const { rows: own } = await client.query<{ name: string }>('SELECT attname::text AS name FROM pg_attribute WHERE attrelid = $1', [
        leaf.oid,
      ])
      // One that was detached stays behind.
      const value = (name: string) => (own.some((one) => one.name === name) ? `${quote(name)}::text` : 'NULL')
      const list = columns.map((column, index) => `${value(column.name)} AS c${index}`).join(', ')
      const { rows: some } = await client.query<Record<string, string | null>>(`SELECT ${list} FROM ONLY public.${quote(leaf.name)}`)
      rows.push(...some.map((row) => columns.map((_, index) => row[`c${index}`] ?? null)))
    }
    const parts = kind === 'p' ? [oid, ...leaves.map((leaf) => leaf.oid)] : [oid]
    found.push({ table: name, parts, columns, key: key ?? [], rows })
  }
  return found
}

export function readSqlite(handle: Sqlite.Database): Contents[] {
  const names = handle
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
    .pluck()
    .all()
  return names.map((one): Contents => {
    const table = String(one)
    const info = handle.prepare('SELECT name, type, pk FROM pragma_table_info(?)').all(table)
    const columns = info.map((row) => ({
      name: String(field(row, 'name')),
      type: String(field(row, 'type')),
      pk: Number(field(row, 'pk')),
    }))
    const keys = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk)
    const rows = handle
      .prepare(`SELECT * FROM ${quote(table)}`)
      .raw()
      .safeIntegers()
      .all()
    return {
      table,
      parts: [table],
      columns,
      key: keys.map(({ name }) => name),
      rows: rows.map((row) => (Array.isArray(row) ? row.map(toValue) : [])),
    }
  })
}

function field(row: unknown, name: string): unknown {
  return typeof row === 'object' && row !== null ? Reflect.get(row, name) : undefined
}

function toValue(value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value instanceof Buffer)
    return value
  throw new TypeError(`not a value of SQLite: ${typeof value}`)
}
