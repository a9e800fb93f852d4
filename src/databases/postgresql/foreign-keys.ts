import { quoteIdentifier, quoteQualified } from '../../util/names.js'
import type { Connection, Row } from '../database.js'
import type { ForeignKeyViolations } from '../fingerprint.js'
import { columnNames, isUserSchema } from './catalog-sql.js'

/** Rows whose foreign key finds nothing. PostgreSQL lets them in with NOT VALID, disabled triggers and session_replication_role = replica. */
export async function readViolations(connection: Connection): Promise<ForeignKeyViolations[]> {
  const violations: ForeignKeyViolations[] = []
  for (const key of await connection.query(FOREIGN_KEYS)) {
    const [row] = await connection.query(countSql(key))
    const rows = Number(row?.rows)
    if (rows > 0) {
      violations.push({
        name: String(key.name),
        schema: String(key.schema),
        table: String(key.table),
        columns: names(key.columns),
        references: `${quoteless(key.referenced_schema, key.referenced_table)}(${names(key.referenced_columns).join(', ')})`,
        rows,
      })
    }
  }
  return violations
}

/** A key with a NULL is satisfied (MATCH SIMPLE); with MATCH FULL only when all of it is NULL. */
function countSql(key: Row): string {
  const columns = names(key.columns).map((name) => `c.${quoteIdentifier(name)}`)
  const referenced = names(key.referenced_columns).map((name) => `p.${quoteIdentifier(name)}`)
  const operators = names(key.operators)
  const joins = columns.map((column, index) => `${referenced[index]} OPERATOR(${operators[index]}) ${column}`)
  const allGiven = columns.map((column) => `${column} IS NOT NULL`).join(' AND ')
  const missing = `${allGiven} AND NOT EXISTS (SELECT FROM ${relation(key.referenced_kind, key.referenced_schema, key.referenced_table)} AS p WHERE ${joins.join(' AND ')})`
  const halfGiven = `NOT (${allGiven}) AND (${columns.map((column) => `${column} IS NOT NULL`).join(' OR ')})`
  const from = relation(key.kind, key.schema, key.table)
  const count = `SELECT count(*) AS n FROM ${from} AS c WHERE ${missing}`
  // Two queries: an OR would keep the planner from an anti-join.
  const half = key.match === 'f' ? ` + (SELECT count(*) FROM ${from} AS c WHERE ${halfGiven})` : ''
  return `SELECT ((${count})${half})::text AS rows`
}

function relation(kind: unknown, schema: unknown, table: unknown): string {
  const name = quoteQualified(String(schema), String(table))
  return kind === 'p' ? name : `ONLY ${name}`
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function quoteless(schema: unknown, table: unknown): string {
  return `${String(schema)}.${String(table)}`
}

// Copies of a key on partitions are checked with the partitioned table. Operators by name: those of citext and others are not in pg_catalog.
const FOREIGN_KEYS = `
SELECT f.conname AS name, n.nspname AS schema, c.relname AS table, c.relkind::text AS kind, f.confmatchtype::text AS match,
       rn.nspname AS referenced_schema, rc.relname AS referenced_table, rc.relkind::text AS referenced_kind,
       ${columnNames('f.conrelid', 'f.conkey')} AS columns, ${columnNames('f.confrelid', 'f.confkey')} AS referenced_columns,
       ARRAY(SELECT quote_ident(opn.nspname) || '.' || o.oprname FROM unnest(f.conpfeqop) WITH ORDINALITY AS k(operator, position)
             JOIN pg_operator o ON o.oid = k.operator JOIN pg_namespace opn ON opn.oid = o.oprnamespace ORDER BY k.position) AS operators
FROM pg_constraint f
JOIN pg_class c ON c.oid = f.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class rc ON rc.oid = f.confrelid
JOIN pg_namespace rn ON rn.oid = rc.relnamespace
WHERE f.contype = 'f' AND f.conparentid = 0 AND ${isUserSchema('n.nspname')}
ORDER BY n.nspname, c.relname, f.conname`
