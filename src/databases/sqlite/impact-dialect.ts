import { keepsColumn } from '../../sql/expressions.js'
import type { Conversion, ConversionExpression, Dialect, MeasuringDialect, SampledRows } from '../dialect.js'
import { INTERRUPTED } from './bounded-queries.js'
import { affinityOf, isMisfit, STORAGE_CLASSES } from './declared-type.js'
import { quoteName, SQLITE_STYLE } from './parse-text.js'

/** SQLite refuses nothing here: what does not look like a number stays text, and Prisma's client fails on it later. */
function classifyConversion(from: string | null, to: string, using: ConversionExpression | null): Conversion {
  if (using !== null && !keepsColumn(using.sql, { table: '', name: using.column }, SQLITE_STYLE)) return 'rewrites'
  if (from === null) return 'unknown'
  const [before, after] = [affinityOf(from), affinityOf(to)]
  if (before === after || after === 'blob' || after === 'text') return 'none'
  return after === 'numeric' && before !== 'text' && before !== 'blob' ? 'none' : 'loses'
}

function misfits(value: string, type: string): string {
  const classes = STORAGE_CLASSES.filter((storage) => isMisfit(type, storage)).map((storage) => `'${storage}'`)
  return classes.length === 0 ? 'FALSE' : `typeof(${value}) IN (${classes.join(', ')})`
}

/** `CAST(v AS NUMERIC) = v` holds for text exactly when the column would turn it into that number. */
function storedAs(value: string, _from: string, to: string): string {
  const looksNumeric = `typeof(${value}) = 'text' AND CAST(${value} AS NUMERIC) = ${value}`
  switch (affinityOf(to)) {
    case 'text':
      return `(CASE WHEN typeof(${value}) IN ('integer', 'real') THEN CAST(${value} AS TEXT) ELSE ${value} END)`
    case 'real':
      return `(CASE WHEN typeof(${value}) = 'integer' OR (${looksNumeric}) THEN CAST(${value} AS REAL) ELSE ${value} END)`
    case 'integer':
    case 'numeric':
      return `(CASE WHEN ${looksNumeric} THEN CAST(${value} AS NUMERIC) WHEN typeof(${value}) = 'real' AND ${value} > -9223372036854775808 AND CAST(${value} AS INTEGER) = ${value} THEN CAST(${value} AS INTEGER) ELSE ${value} END)`
    default:
      return `+(${value})`
  }
}

/** What a STRICT table refuses after it has tried to convert. https://www.sqlite.org/stricttables.html */
function isMistyped(value: string, type: string): string {
  const stored = storedAs(value, type, type)
  switch (type.toUpperCase()) {
    case 'INT':
    case 'INTEGER':
      return `(typeof(${stored}) IN ('text', 'blob') OR (typeof(${stored}) = 'real' AND CAST(${stored} AS INTEGER) <> ${stored}))`
    case 'REAL':
      return `typeof(${stored}) IN ('text', 'blob')`
    case 'TEXT':
      return `typeof(${stored}) = 'blob'`
    case 'BLOB':
      return `typeof(${stored}) NOT IN ('blob', 'null')`
    default:
      return 'FALSE'
  }
}

/** How many rows are looked up. */
const SAMPLE = 1000

/** Row ids spread evenly and never in step with the rows: multiples of the golden ratio. `span` is how many there can be. */
function askSample({ with: withText, table, source, alias, condition }: SampledRows): string {
  const low = `(SELECT min(rowid) FROM ${table})`
  const width = `((SELECT max(rowid) FROM ${table}) - ${low})`
  const ids = `WITH RECURSIVE "step"(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM "step" WHERE i < ${SAMPLE - 1})
    SELECT DISTINCT ${low} + CAST(round(${width} * (i * ${GOLDEN} - CAST(i * ${GOLDEN} AS INTEGER))) AS INTEGER) AS id FROM "step"`
  return `${withText ?? ''} SELECT count(*) AS found, (SELECT count(*) FROM (${ids})) AS tried, ${width} + 1 AS span
    FROM ${source} WHERE (${condition}) AND ${alias}.rowid IN (${ids})`
}

const GOLDEN = '0.6180339887498949'

/** An empty table has no span, and is known to be empty. */
function readSample([row]: readonly Readonly<Record<string, unknown>>[]): number | null {
  if (row?.span == null) return null
  return Math.round((Number(row.found) / Number(row.tried)) * Number(row.span))
}

const measuring: MeasuringDialect = {
  ownRows: (table) => table,
  storedAs,
  familyOf: () => undefined,
  isRefused: () => 'FALSE',
  hasOtherLabel: (value, labels) => `${value} NOT IN (${labels.map((label) => `'${label.replaceAll("'", "''")}'`).join(', ')})`,
  isMisfit: misfits,
  isMistyped,
  estimating: { ask: askSample, readRows: readSample },
  identityColumns: ['rowid'],
  rowIdentity: (alias) => `${quoteName(alias)}.rowid`,
  timeZoneQuery: null,
  savepoint: null,
  describeError: (error) => (error instanceof Error ? error.message : String(error)),
  isConversionError: () => false,
  isTimeout: (error) => error instanceof Error && 'code' in error && error.code === INTERRUPTED,
}

export const sqliteDialect: Dialect = {
  defaultSchema: null,
  ignoresCase: true,
  style: SQLITE_STYLE,
  altersColumns: false,
  refusesLoneCommit: true,
  savepointsBegin: true,
  refusesIdleCommit: true,
  updatesRowByRow: true,
  quoteName,
  silenceTrigger: (name) => `DROP TRIGGER ${quoteName(name)};  -- before the statement, and after it create it again`,
  quietTriggerFunctions: [],
  classifyConversion,
  extensionTypes: () => [],
  measuring,
}
