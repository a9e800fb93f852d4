import { z } from 'zod'
import type { Catalog, CatalogColumn, CatalogEnum, CatalogForeignKey, CatalogTable, ForeignKeyAction } from '../catalog.js'
import type { Connection, Row } from '../database.js'
import { columnNames, isUserSchema } from './catalog-sql.js'
import { readDependents } from './dependents.js'
import { readObjectNames } from './object-names.js'
import { readStoredCode } from './stored-code.js'

const uniqueKeysSchema = z.preprocess(
  (value) => (typeof value === 'string' ? JSON.parse(value) : value),
  z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
)

const checksSchema = z.preprocess(
  (value) => (typeof value === 'string' ? JSON.parse(value) : value),
  z.array(z.object({ name: z.string(), condition: z.string(), isValid: z.boolean() })),
)

const KINDS: Readonly<Record<string, CatalogTable['kind']>> = { p: 'partitioned', f: 'foreign' }
const ACTIONS: Readonly<Record<string, ForeignKeyAction>> = { a: 'no action', r: 'restrict', c: 'cascade', n: 'set null', d: 'set default' }

/** Every table of every schema that is not the server's own; temporary tables are left out. */
export async function readCatalog(connection: Connection): Promise<Catalog> {
  const [schemaRow] = await connection.query('SELECT current_schema() AS name')
  const tables = await connection.query(TABLES)
  const columns = groupByTable(await connection.query(COLUMNS))
  const foreignKeys = groupByTable(await connection.query(FOREIGN_KEYS))
  const enums = await connection.query(ENUMS)
  return {
    defaultSchema: typeof schemaRow?.name === 'string' ? schemaRow.name : connection.target.schema,
    tables: tables.map((row) => readTable(row, columns.get(String(row.id)) ?? [], foreignKeys.get(String(row.id)) ?? [])),
    enums: enums.map(readEnum),
    objects: await readObjectNames(connection),
    dependents: await readDependents(connection),
    code: await readStoredCode(connection),
  }
}

function readTable(row: Row, columns: readonly Row[], foreignKeys: readonly Row[]): CatalogTable {
  const kind = KINDS[String(row.kind)]
  const estimate = Number(row.estimated_rows)
  const parents = readNames(row.parents).map((name, index) => ({ schema: readNames(row.parent_schemas)[index] ?? null, table: name }))
  return {
    id: String(row.id),
    schema: String(row.schema),
    name: String(row.name),
    columns: columns.map(readColumn),
    primaryKey: readNames(row.primary_key),
    foreignKeys: foreignKeys.map(readForeignKey),
    uniqueKeys: uniqueKeysSchema.parse(row.unique_keys),
    ...readChecks(row.checks),
    triggers: readNames(row.triggers),
    estimatedRows: estimate < 0 ? null : estimate,
    ...(kind === undefined ? {} : { kind }),
    ...(parents.length === 0 ? {} : { parents }),
  }
}

function readChecks(value: unknown): Pick<CatalogTable, 'checks'> {
  const checks = checksSchema.parse(value)
  return checks.length === 0 ? {} : { checks }
}

function readColumn(row: Row): CatalogColumn {
  return {
    id: String(row.column_id),
    name: String(row.name),
    type: String(row.type),
    notNull: row.not_null === true,
    default: typeof row.default === 'string' ? row.default : null,
    generated: row.generated === true,
    ...(typeof row.sequence === 'string'
      ? { sequence: { schema: String(row.sequence_schema), name: row.sequence, start: String(row.sequence_start) } }
      : {}),
  }
}

function readForeignKey(row: Row): CatalogForeignKey {
  return {
    name: String(row.name),
    columns: readNames(row.columns),
    references: { schema: String(row.referenced_schema), table: String(row.referenced_table), columns: readNames(row.referenced_columns) },
    onDelete: ACTIONS[String(row.on_delete)] ?? 'no action',
    onUpdate: ACTIONS[String(row.on_update)] ?? 'no action',
    ...(row.validated === false ? { notValid: true } : {}),
    ...(row.match === 'f' ? { matchFull: true } : {}),
  }
}

function readEnum(row: Row): CatalogEnum {
  return { schema: String(row.schema), name: String(row.name), labels: readNames(row.labels) }
}

function readNames(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function groupByTable(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const id = String(row.table_id)
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [row])
    else group.push(row)
  }
  return groups
}

const TABLES = `
SELECT c.oid AS id, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.reltuples::float8 AS estimated_rows,
       (SELECT ${columnNames('c.oid', 'p.conkey')} FROM pg_constraint p WHERE p.conrelid = c.oid AND p.contype = 'p') AS primary_key,
       (SELECT coalesce(json_agg(json_build_object('name', ic.relname, 'columns', ARRAY(
               SELECT a.attname::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k(attnum, place) JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum
               WHERE k.place <= x.indnkeyatts ORDER BY k.place)) ORDER BY ic.relname), '[]')
             FROM pg_index x JOIN pg_class ic ON ic.oid = x.indexrelid
             WHERE x.indrelid = c.oid AND x.indisunique AND NOT x.indisprimary AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL) AS unique_keys,
       (SELECT coalesce(json_agg(json_build_object('name', k.conname, 'condition', pg_get_expr(k.conbin, k.conrelid), 'isValid', k.convalidated) ORDER BY k.conname), '[]')
             FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c') AS checks,
       ARRAY(SELECT t.tgname FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
             UNION ALL SELECT r.rulename FROM pg_rewrite r WHERE r.ev_class = c.oid ORDER BY 1) AS triggers,
       ARRAY(SELECT pc.relname FROM pg_inherits i JOIN pg_class pc ON pc.oid = i.inhparent WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) AS parents,
       ARRAY(SELECT pn.nspname FROM pg_inherits i JOIN pg_class pc ON pc.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = pc.relnamespace
             WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) AS parent_schemas
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')}
ORDER BY n.nspname, c.relname`

const COLUMNS = `
SELECT a.attrelid AS table_id, a.attnum AS column_id, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default, a.attgenerated <> '' AS generated,
       s.name AS sequence, s.schema AS sequence_schema, s.start AS sequence_start
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN LATERAL (SELECT sc.relname AS name, sn.nspname AS schema, sq.seqstart::text AS start
  FROM pg_depend o JOIN pg_sequence sq ON sq.seqrelid = o.objid JOIN pg_class sc ON sc.oid = o.objid JOIN pg_namespace sn ON sn.oid = sc.relnamespace
  WHERE o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum
    AND o.deptype IN ('a', 'i') ORDER BY sc.oid LIMIT 1) AS s ON TRUE
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')} AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`

// A key that references a partitioned table has a copy per partition on the referencing table: only the first is the user's.
const FOREIGN_KEYS = `
SELECT f.conrelid AS table_id, f.conname AS name, rn.nspname AS referenced_schema, rc.relname AS referenced_table,
       ${columnNames('f.conrelid', 'f.conkey')} AS columns, ${columnNames('f.confrelid', 'f.confkey')} AS referenced_columns,
       f.confdeltype::text AS on_delete, f.confupdtype::text AS on_update, f.convalidated AS validated, f.confmatchtype::text AS match
FROM pg_constraint f
JOIN pg_class c ON c.oid = f.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class rc ON rc.oid = f.confrelid
JOIN pg_namespace rn ON rn.oid = rc.relnamespace
WHERE f.contype = 'f' AND ${isUserSchema('n.nspname')}
  AND NOT EXISTS (SELECT FROM pg_constraint parent WHERE parent.oid = f.conparentid AND parent.conrelid = f.conrelid)
ORDER BY f.conrelid, f.conname`

const ENUMS = `
SELECT n.nspname AS schema, t.typname AS name, ARRAY(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND ${isUserSchema('n.nspname')}
ORDER BY n.nspname, t.typname`
