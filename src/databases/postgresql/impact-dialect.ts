import { messageOf } from '../../errors.js'
import { isJsonObject } from '../../util/json.js'
import type { Dialect, MeasuringDialect } from '../dialect.js'
import { codeOf } from './connection-errors.js'
import { classifyConversion, familyOfPrinted, readPrintedType } from './impact-types.js'
import { quoteName } from './parse-names.js'
import { POSTGRESQL_STYLE } from './parse-text.js'

const RANGES: Readonly<Record<string, readonly [string, string]>> = {
  smallint: ['-32768', '32767'],
  integer: ['-2147483648', '2147483647'],
  bigint: ['-9223372036854775808', '9223372036854775807'],
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: class 22 is "data exception". */
const DATA_EXCEPTION = /^22/

/** What `statement_timeout` says. */
const QUERY_CANCELED = '57014'

function isConversionError(error: unknown): boolean {
  return DATA_EXCEPTION.test(codeOf(error))
}

/** PostgreSQL quotes the offending value in data exceptions, names in all others. */
function describeError(error: unknown): string {
  const message = messageOf(error).replace(/\s+/g, ' ')
  return isConversionError(error) ? message.replace(/:? "[^"]*(?:"[^"]*"[^"]*)*"/g, '') : message
}

const measuring: MeasuringDialect = {
  ownRows: (table) => `ONLY ${table}`,
  storedAs,
  familyOf: familyOfPrinted,
  isRefused,
  hasOtherLabel: (value, labels, isArray) => {
    const list = `ARRAY[${labels.map((label) => `'${label.replaceAll("'", "''")}'`).join(', ')}]::text[]`
    return isArray ? `NOT ((${value})::text[] <@ ${list})` : `NOT ((${value})::text = ANY (${list}))`
  },
  isMisfit: () => 'FALSE',
  isMistyped: () => 'FALSE',
  // https://www.postgresql.org/docs/current/using-explain.html
  estimating: {
    ask: (rows) => `EXPLAIN (FORMAT JSON) ${rows.with ?? ''} SELECT 1 FROM ${rows.source} WHERE ${rows.condition}`,
    readRows: readPlannedRows,
  },
  // Each partition counts its rows anew.
  identityColumns: ['tableoid', 'ctid'],
  rowIdentity: (alias) => `(${quoteName(alias)}.tableoid, ${quoteName(alias)}.ctid)`,
  timeZoneQuery: "SELECT current_setting('TimeZone') AS zone",
  savepoint: {
    begin: 'SAVEPOINT safe_migrate_measure',
    release: 'RELEASE SAVEPOINT safe_migrate_measure',
    rollback: 'ROLLBACK TO SAVEPOINT safe_migrate_measure',
  },
  describeError,
  isConversionError,
  isTimeout: (error) => codeOf(error) === QUERY_CANCELED,
}

export const postgresqlDialect: Dialect = {
  defaultSchema: 'public',
  ignoresCase: false,
  style: POSTGRESQL_STYLE,
  altersColumns: true,
  refusesLoneCommit: false,
  savepointsBegin: false,
  refusesIdleCommit: false,
  updatesRowByRow: false,
  quoteName,
  silenceTrigger: (name, table) => {
    const action = (verb: string) =>
      `ALTER TABLE ${table.schema === null ? '' : `${quoteName(table.schema)}.`}${quoteName(table.name)} ${verb} TRIGGER ${quoteName(name)};`
    return `${action('DISABLE')}  -- before the statement, and after it: ${action('ENABLE')}`
  },
  // https://www.postgresql.org/docs/current/functions-trigger.html
  quietTriggerFunctions: ['suppress_redundant_updates_trigger'],
  classifyConversion,
  extensionTypes: (extension) => EXTENSION_TYPES[extension] ?? [],
  measuring,
}

function readPlannedRows(rows: readonly Readonly<Record<string, unknown>>[]): number | null {
  const plan = rows[0]?.['QUERY PLAN']
  const read: unknown = typeof plan === 'string' ? JSON.parse(plan) : plan
  const top: unknown = Array.isArray(read) && isJsonObject(read[0]) ? read[0].Plan : undefined
  return isJsonObject(top) && typeof top['Plan Rows'] === 'number' ? top['Plan Rows'] : null
}

const EXTENSION_TYPES: Readonly<Record<string, readonly string[]>> = {
  citext: ['citext'],
  hstore: ['hstore'],
  ltree: ['ltree', 'lquery', 'ltxtquery'],
  cube: ['cube'],
  seg: ['seg'],
  isn: ['isbn', 'isbn13', 'ismn', 'ismn13', 'issn', 'issn13', 'ean13', 'upc'],
  postgis: ['geometry', 'geography', 'box2d', 'box3d'],
  postgis_raster: ['raster'],
  vector: ['vector', 'halfvec', 'sparsevec'],
  pg_vector: ['vector'],
}

function storedAs(value: string, from: string, to: string, using: string | null, timeZone: string | null): string {
  if (using !== null) return `(${using})::${to}`
  const [source, target] = [familyOfPrinted(from), familyOfPrinted(to)]
  const crossesZone =
    source === 'timestamptz'
      ? ['timestamp', 'date', 'time'].includes(target)
      : ['timestamp', 'date'].includes(source) && target === 'timestamptz'
  if (!crossesZone || timeZone === null) return `(${value})::${to}`
  const local = source === 'date' ? `(${value})::timestamp` : `(${value})`
  return `(${local} AT TIME ZONE '${timeZone.replaceAll("'", "''")}')::${to}`
}

/** Without USING the cast is an assignment, which refuses what an explicit cast would cut. https://www.postgresql.org/docs/current/typeconv-query.html */
function isRefused(value: string, from: string, to: string, using: string | null): string | null {
  const target = readPrintedType(to)
  // What another expression gives has a type of its own, which the column's says nothing of.
  if (using !== null && !isPlainCast(using)) return null
  if (target.isArray || readPrintedType(from).isArray) return null
  const source = familyOfPrinted(from)
  const range = RANGES[target.base]
  const isNumeric = ['integer', 'numeric', 'float4', 'float8'].includes(source)
  if (target.base === 'character varying' || target.base === 'character') {
    const [length] = target.modifiers
    return length === undefined || using !== null ? 'FALSE' : `char_length(rtrim((${value})::text, ' ')) > ${length}`
  }
  if (range !== undefined && isNumeric) return `round((${value})::numeric) NOT BETWEEN ${range[0]} AND ${range[1]}`
  if (range !== undefined && source === 'text')
    return ifWellFormed(value, '^\\s*[-+]?[0-9]+\\s*$', `(${value})::numeric NOT BETWEEN ${range[0]} AND ${range[1]}`)
  if (target.base === 'numeric') return refusesNumeric(value, source, isNumeric, target.modifiers)
  if (target.base === 'uuid' && source === 'text') return `lower(replace(btrim(${value}::text, '{}'), '-', '')) !~ '^[0-9a-f]{32}$'`
  return null
}

function isPlainCast(using: string): boolean {
  return /^[\s("]*[\p{L}\p{N}_$ ]+[\s)"]*::[^:]+$/u.test(using) || /^\s*CAST\s*\(\s*"?[\p{L}\p{N}_$ ]+"?\s+AS\b[^:]+$/iu.test(using)
}

function refusesNumeric(value: string, source: string, isNumeric: boolean, [precision, scale = 0]: readonly number[]): string | null {
  const tooBig = (number: string) =>
    precision === undefined ? 'FALSE' : `abs(round(${number}, ${scale})) >= 1e${precision - scale}::numeric`
  if (isNumeric) return tooBig(`(${value})::numeric`)
  if (source !== 'text') return null
  return ifWellFormed(value, '^\\s*[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?\\s*$', tooBig(`(${value})::numeric`))
}

function ifWellFormed(value: string, pattern: string, condition: string): string {
  return `CASE WHEN (${value})::text ~ '${pattern}' THEN ${condition} ELSE TRUE END`
}
