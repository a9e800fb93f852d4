import { quoteIdentifier, quoteQualified } from '../../util/names.js'
import type { Connection, Row } from '../database.js'
import type { Fingerprint, TableFingerprint } from '../fingerprint.js'
import { columnNames, isUserSchema } from './catalog-sql.js'
import { COLUMNS_WITH_TYPES, type Family, familyOf } from './types.js'

export interface ScanColumn {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly family: Family
  /** `char(n)`: blanks at its end are no part of the value. */
  readonly isPadded: boolean
  /** An integer of at most four bytes. */
  readonly isShort: boolean
  readonly generated: boolean
  /** Known to hold no NULL. */
  readonly notNull: boolean
}

/** A table as it is scanned: a plain one, or a partitioned one with all its partitions. */
export interface ScanTable {
  readonly id: string
  readonly schema: string
  readonly name: string
  readonly columns: readonly ScanColumn[]
  readonly primaryKey: readonly string[]
  /** The tables that hold its rows, when it is partitioned. */
  readonly members: readonly Relation[] | null
  /** To read from: `ONLY "public"."User"`. */
  readonly from: string
  /** As many rows as it is thought to have. */
  readonly estimate: number
  /** Of its file, where ranges of them can be read by themselves; else null. */
  readonly pages: number | null
}

/** A table that holds rows itself. */
export interface Relation {
  readonly id: string
  readonly schema: string
  readonly name: string
  readonly isForeign: boolean
  /** The partitioned table at the top, when it is a partition. */
  readonly root: string | null
  /** As many rows as it is thought to have. */
  readonly estimate: number
}

export interface ScanPlan {
  readonly tables: readonly ScanTable[]
  readonly unread: NonNullable<Fingerprint['unread']>
}

/**
 * Every table once. A partition belongs to the table at the top of its tree, so that rows which move between partitions, or partitions that
 * are split, are no difference. With a reference a partition stays where it was then, so that attaching and detaching are none either.
 */
export async function planScan(connection: Connection, reference: Fingerprint | null): Promise<ScanPlan> {
  const rows = await connection.query(RELATIONS)
  const columns = readColumns(await connection.query(COLUMNS_WITH_TYPES))
  const relations = rows.filter((row) => row.kind !== 'p').map(readRelation)
  const owners = findOwners(relations, new Set(rows.map((row) => String(row.id))), reference)
  const tables = rows.flatMap((row) => {
    const members = relations.filter((relation) => owners.get(relation.id) === row.id)
    const isListed = row.kind === 'p' ? row.root === null : members.some((member) => member.id === row.id && !member.isForeign)
    return isListed ? [toScanTable(row, columns, members, relations)] : []
  })
  const unread = relations
    .filter((relation) => relation.isForeign)
    .map(({ schema, name }) => ({ schema, name, why: 'a foreign table: its rows are in another database' }))
  return { tables, unread }
}

function readRelation(row: Row): Relation {
  return {
    id: String(row.id),
    schema: String(row.schema),
    name: String(row.name),
    isForeign: row.kind === 'f',
    root: typeof row.root === 'string' ? row.root : null,
    estimate: Number(row.estimate ?? 0),
  }
}

/** For each relation the table under which it is counted. */
function findOwners(relations: readonly Relation[], ids: ReadonlySet<string>, reference: Fingerprint | null): ReadonlyMap<string, string> {
  const then = new Map<string, string>()
  for (const table of reference?.tables ?? []) {
    if (table.members === undefined) then.set(table.id, table.id)
    else if (ids.has(table.id)) for (const member of table.members) then.set(member, table.id)
  }
  return new Map(relations.map((relation) => [relation.id, then.get(relation.id) ?? relation.root ?? relation.id]))
}

function toScanTable(
  row: Row,
  columns: ReadonlyMap<string, readonly ScanColumn[]>,
  members: readonly Relation[],
  relations: readonly Relation[],
): ScanTable {
  const table = { id: String(row.id), schema: String(row.schema), name: String(row.name), columns: columns.get(String(row.id)) ?? [] }
  const primaryKey = Array.isArray(row.primary_key) ? row.primary_key.map(String) : []
  if (row.kind !== 'p')
    return {
      ...table,
      primaryKey,
      members: null,
      estimate: Number(row.estimate ?? 0),
      pages: row.pages === null ? null : Number(row.pages),
      from: `ONLY ${quoteQualified(table.schema, table.name)}`,
    }
  const own = relations.filter((relation) => relation.root === table.id)
  const isWhole = own.length === members.length && own.every((relation) => members.includes(relation) && !relation.isForeign)
  const local = members.filter((member) => !member.isForeign)
  const tree = { ...table, primaryKey, members: local, pages: null, estimate: local.reduce((sum, { estimate }) => sum + estimate, 0) }
  if (isWhole) return { ...tree, from: quoteQualified(table.schema, table.name) }
  // What was detached may hold NULL by now.
  const columnsThen = table.columns.map((column) => ({ ...column, notNull: false }))
  return { ...tree, columns: columnsThen, from: unionOf(table.columns, local, columns) }
}

/** A member may lack a column that the partitioned table got after it was detached. */
function unionOf(columns: readonly ScanColumn[], members: readonly Relation[], all: ReadonlyMap<string, readonly ScanColumn[]>): string {
  const list = (member: Relation): string =>
    columns
      .map(({ name, type }) =>
        (all.get(member.id) ?? []).some((one) => one.name === name) ? quoteIdentifier(name) : `NULL::${type} AS ${quoteIdentifier(name)}`,
      )
      .join(', ')
  const none = `SELECT ${columns.map(({ name, type }) => `NULL::${type} AS ${quoteIdentifier(name)}`).join(', ')} WHERE false`
  return `(${[none, ...members.map((member) => `SELECT ${list(member)} FROM ONLY ${quoteQualified(member.schema, member.name)}`)].join(' UNION ALL ')})`
}

function readColumns(rows: readonly Row[]): ReadonlyMap<string, readonly ScanColumn[]> {
  const tables = new Map<string, ScanColumn[]>()
  for (const row of rows) {
    const column = {
      id: String(row.id),
      name: String(row.name),
      type: String(row.type),
      family: familyOf(String(row.base_type), String(row.base_kind)),
      isPadded: row.base_type === 'bpchar',
      isShort: row.base_type === 'int4' || row.base_type === 'int2',
      generated: row.generated === true,
      notNull: row.not_null === true,
    }
    const list = tables.get(String(row.table_id))
    if (list === undefined) tables.set(String(row.table_id), [column])
    else list.push(column)
  }
  return tables
}

/** What to read the rows of `after` from, as they were counted when it was fingerprinted. */
export async function readLiveTable(after: TableFingerprint, alias: string, connection: Connection): Promise<string> {
  const name = quoteQualified(after.schema, after.name)
  if (after.members === undefined) return `ONLY ${name} AS ${alias}`
  const rows = await connection.query(RELATIONS)
  const columns = readColumns(await connection.query(COLUMNS_WITH_TYPES))
  const members = rows.map(readRelation).filter((relation) => after.members?.includes(relation.id))
  const own = rows.map(readRelation).filter((relation) => relation.root === after.id)
  const isWhole = own.length === members.length && own.every((relation) => after.members?.includes(relation.id))
  return isWhole ? `${name} AS ${alias}` : `${unionOf(columns.get(after.id) ?? [], members, columns)} AS ${alias}`
}

/** As the planner does it: as many rows a page as when it was last looked at. Before that, 50. Needs `pg_class c`. */
export const ROWS_ESTIMATE = `(CASE c.relkind WHEN 'r' THEN
  round((pg_relation_size(c.oid) / current_setting('block_size')::numeric) * (CASE WHEN c.relpages > 0 AND c.reltuples >= 0 THEN c.reltuples / c.relpages ELSE 50 END)::numeric)
  ELSE 0 END)::float8`

/** Before, a range of pages is found by reading all of them. https://www.postgresql.org/docs/release/14.0/ */
const TID_RANGES_VERSION = 140_000

const RELATIONS = `
WITH RECURSIVE tree (id, root) AS (
  SELECT c.oid, c.oid FROM pg_class c WHERE c.relkind = 'p' AND NOT c.relispartition
  UNION ALL
  SELECT i.inhrelid, tree.root FROM tree JOIN pg_inherits i ON i.inhparent = tree.id
)
SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, ${ROWS_ESTIMATE} AS estimate,
       CASE WHEN c.relkind = 'r' AND coalesce(m.amname, 'heap') = 'heap' AND current_setting('server_version_num')::int >= ${TID_RANGES_VERSION}
            THEN pg_relation_size(c.oid) / current_setting('block_size')::bigint END AS pages,
       (SELECT tree.root::text FROM tree WHERE tree.id = c.oid AND tree.root <> c.oid) AS root,
       (SELECT ${columnNames('c.oid', 'p.conkey')}
        FROM pg_constraint p WHERE p.conrelid = c.oid AND p.contype = 'p') AS primary_key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am m ON m.oid = c.relam
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')}
ORDER BY n.nspname, c.relname`
