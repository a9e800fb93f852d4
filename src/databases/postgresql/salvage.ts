import { quoteIdentifier as quote, quoteQualified, quoteText } from '../../util/names.js'
import type { CatalogTable } from '../catalog.js'
import type { Connection } from '../database.js'
import type { ColumnFingerprint } from '../fingerprint.js'
import type { StagedSource } from '../row-restore.js'
import type { SalvagedColumn, SalvageSql, SideColumn, SideTables } from '../salvage.js'
import { comparison } from './comparison.js'
import { readFamilies, readOpenedTypes, streamRows, withStableValues } from './row-restore.js'

/** Of its own, so that Prisma, which looks at the schemas of the datasource, sees nothing of it. */
const SIDE_SCHEMA = '_safe_migrate_salvage'
const LONGEST_NAME = 63

export const salvage: SalvageSql = {
  writtenBetween,
  writerOf: (alias) => `${alias}.xmin::text`,
  readPlainTypes: readOpenedTypes,
  cast: (sql, type) => `${sql}::${type}`,
  changeType: (table, column, type) => `ALTER TABLE ${table} ALTER COLUMN ${quote(column)} TYPE ${type}`,
  stage,
  openSideTables,
}

/**
 * By the transaction that wrote the row; those that were running at the end do not count. The 32 bits that a row keeps are compared as
 * PostgreSQL does. https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND
 */
function writtenBetween(alias: string, from: string, to: string): string {
  const [, begin = '0'] = from.split(':')
  const [, end = '0', running = ''] = to.split(':')
  const row = `${alias}.xmin::text::bigint`
  const short = (moment: string) => BigInt(moment) % 4_294_967_296n
  const distance = (moment: string) => `((${row} - ${short(moment)} + 6442450944) % 4294967296 - 2147483648)`
  const others = running === '' ? '' : ` AND ${row} NOT IN (${running.split(',').map(short).join(', ')})`
  return `(${row} > 2 AND ${distance(begin)} >= 0 AND ${distance(end)} < 0${others})`
}

/** The rows go from one connection to the other as a stream; a value that the new type cannot hold becomes NULL. */
async function stage(
  source: StagedSource,
  target: Connection,
  table: string,
  live: CatalogTable | null,
  columns: readonly SalvagedColumn[],
): Promise<void> {
  await withStableValues(source, async () => {
    const opened = await readOpenedTypes(source)
    const families = live === null ? new Map<string, string>() : await readFamilies(source.connection, live)
    const laterals: string[] = []
    const values: { to: string; sql: string }[] = []
    for (const { before, fitted, original } of columns) {
      const name = `s.${quote(before.name)}`
      if (original !== null) values.push({ to: original, sql: name })
      if (fitted === null) continue
      const type = opened.get(before.name) ?? 'text'
      if (type === fitted.type) values.push({ to: fitted.to, sql: name })
      else {
        const place = laterals.length
        const cast = await makeCast(source.connection, place, type, fitted.type)
        laterals.push(`CROSS JOIN LATERAL (SELECT ${cast}(${name}) AS v OFFSET 0) AS cast${place}`)
        const after: ColumnFingerprint = { ...before, type: fitted.type, family: families.get(fitted.live) ?? 'other' }
        const differs = comparison.differs({ sql: name, column: before }, { sql: `cast${place}.v`, column: after })
        values.push({ to: fitted.to, sql: `CASE WHEN cast${place}.v IS NULL OR ${differs} THEN NULL ELSE cast${place}.v END` })
      }
    }
    await streamRows(source, target, table, values, laterals)
  })
}

/** A cast that gives NULL where it fails. Gone with the transaction. @returns its name */
async function makeCast(connection: Connection, place: number, from: string, to: string): Promise<string> {
  const name = `pg_temp.safe_migrate_cast_${place}`
  await connection.query(
    `CREATE FUNCTION ${name}(value ${from}) RETURNS ${to} LANGUAGE plpgsql AS $$ BEGIN RETURN value::${to}; EXCEPTION WHEN others THEN RETURN NULL; END $$`,
  )
  return name
}

async function openSideTables(connection: Connection): Promise<SideTables> {
  const [may] = await connection.query(
    `SELECT CASE WHEN to_regnamespace(${quoteText(SIDE_SCHEMA)}) IS NULL THEN has_database_privilege(current_database(), 'CREATE')
                 ELSE has_schema_privilege(to_regnamespace(${quoteText(SIDE_SCHEMA)}), 'CREATE') END AS may`,
  )
  const isOwn = may?.may === true
  const { schema: home } = connection.target
  const schema = isOwn ? SIDE_SCHEMA : (home ?? 'public')
  const prefix = isOwn ? '' : `${SIDE_SCHEMA}_`
  const rows = await connection.query(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ${quoteText(schema)}`,
  )
  const taken = new Set(rows.map((row) => String(row.name)))
  const nameOf = (name: string) => quoteQualified(schema, `${prefix}${name}`)
  return {
    place: isOwn ? `the schema ${SIDE_SCHEMA}` : `the schema ${schema}, as ${SIDE_SCHEMA}_…`,
    prologue: null,
    longestName: LONGEST_NAME - prefix.length,
    has: (name) => taken.has(`${prefix}${name}`),
    nameOf,
    write: async (name, columns, select) => {
      if (isOwn) await connection.query(`CREATE SCHEMA IF NOT EXISTS ${quote(SIDE_SCHEMA)}`)
      await connection.query(`CREATE TABLE ${nameOf(name)} (${columns.map(define).join(', ')})`)
      taken.add(`${prefix}${name}`)
      await connection.query(`INSERT INTO ${nameOf(name)} ${select}`)
      return Number((await connection.query(`SELECT count(*) AS n FROM ${nameOf(name)}`))[0]?.n)
    },
    // They are part of the transaction.
    keep: async () => {},
    discard: async () => {},
  }
}

function define({ name, type }: SideColumn): string {
  return `${quote(name)} ${type}`
}
