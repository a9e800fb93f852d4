import type { FingerprintOptions } from '../databases/database.js'
import type { ColumnFingerprint, Fingerprint, SchemaObject, TableFingerprint } from '../databases/fingerprint.js'
import { formatCount } from '../util/format.js'
import { displayName } from '../util/names.js'

export interface EqualityOptions {
  /** False when the digests come from another server or version: then only counts are compared. */
  readonly digests: boolean
  /** False after a dump was read in again: the server may print the same definition in other words. */
  readonly definitions: boolean
  /** False when sequences were read at another moment than the rows: they stand outside transactions, and others may have moved them. */
  readonly sequences: boolean
}

/** For reading another database as closely as this one was, so that both can be compared. */
export function readingLike(fingerprint: Fingerprint): Pick<FingerprintOptions, 'levelOf' | 'reference'> {
  const levels = new Map(fingerprint.tables.map((table) => [keyOf(table), table.level]))
  return { levelOf: (table) => levels.get(keyOf(table)) ?? 'columns', ...referenceTo(fingerprint) }
}

/** Where a fingerprint can only be compared with what was read beside it. */
export function referenceTo(fingerprint: Fingerprint): Pick<FingerprintOptions, 'reference'> {
  return fingerprint.rowsIn === undefined ? {} : { reference: fingerprint }
}

/**
 * Whether a database is what a snapshot shows. Tables and columns are found by name: a database that was written anew has other ids.
 * @returns what differs, for people; empty when they are equal
 */
export function findInequalities(expected: Fingerprint, actual: Fingerprint, options: EqualityOptions): string[] {
  return [
    ...compareTables(expected, actual, options),
    ...compareNamed('', describeObjects(expected, options), describeObjects(actual, options)),
    ...compareNamed(
      'sequence ',
      expected.sequences.map((one) => describeSequence(one, options)),
      actual.sequences.map((one) => describeSequence(one, options)),
    ),
    ...compareLargeObjects(expected, actual, options),
    ...compareNamed('violations of ', expected.violations.map(describeViolation), actual.violations.map(describeViolation)),
  ]
}

function compareTables(expected: Fingerprint, actual: Fingerprint, options: EqualityOptions): string[] {
  const found = new Map(actual.tables.map((table) => [keyOf(table), table]))
  const wanted = new Set(expected.tables.map(keyOf))
  const missing = expected.tables.flatMap((table) => {
    const other = found.get(keyOf(table))
    return other === undefined ? [`table ${displayName(table.schema, table.name)} is missing`] : compareTable(table, other, options)
  })
  const extra = actual.tables.filter((table) => !wanted.has(keyOf(table)))
  return [...missing, ...extra.map((table) => `table ${displayName(table.schema, table.name)} should not be there`)]
}

function compareTable(expected: TableFingerprint, actual: TableFingerprint, { digests }: EqualityOptions): string[] {
  const name = displayName(expected.schema, expected.name)
  const isCounted = expected.level === 'counts' || actual.level === 'counts'
  const problems: string[] = []
  if (expected.rows !== actual.rows)
    problems.push(`table ${name} has ${formatCount(actual.rows)} rows instead of ${formatCount(expected.rows)}`)
  if (digests && expected.key?.digest !== actual.key?.digest) problems.push(`the keys of table ${name} differ`)
  if (digests && !isCounted && expected.rowDigest !== actual.rowDigest) problems.push(`the rows of table ${name} differ`)
  const columns = new Map(actual.columns.map((column) => [column.name, column]))
  for (const column of expected.columns) {
    const other = columns.get(column.name)
    if (other === undefined) problems.push(`column ${name}.${column.name} is missing`)
    else if (other.type !== column.type) problems.push(`column ${name}.${column.name} is ${other.type} instead of ${column.type}`)
    else if (isCounted) continue
    else if (other.nonNull !== column.nonNull || (digests && other.digest !== column.digest && !isWholeKey(column, expected, actual)))
      problems.push(`the values of ${name}.${column.name} differ`)
  }
  const wanted = new Set(expected.columns.map((column) => column.name))
  const extra = actual.columns.filter((column) => !wanted.has(column.name))
  return [...problems, ...extra.map((column) => `column ${name}.${column.name} should not be there`)]
}

/** Of a column that is the key by itself, the key's digest says all; its own was made another way by earlier versions. */
export function isWholeKey({ name }: ColumnFingerprint, ...tables: readonly TableFingerprint[]): boolean {
  return tables.every(({ key }) => key?.columns.length === 1) && tables[0]?.key?.columns[0] === name
}

/** A fingerprint without them may be of a time before they were read. */
export function compareLargeObjects(
  { largeObjects: then }: Pick<Fingerprint, 'largeObjects'>,
  { largeObjects: now }: Pick<Fingerprint, 'largeObjects'>,
  { digests }: Pick<EqualityOptions, 'digests'>,
): string[] {
  if (then === undefined) return []
  if (then.count !== now?.count) return [`large objects: ${formatCount(now?.count ?? 0)} instead of ${formatCount(then.count)}`]
  const isRead = digests && then.digest !== null && now.digest !== null && then.hidden === 0 && now.hidden === 0
  return isRead && then.digest !== now.digest ? ['the contents of large objects differ'] : []
}

/** Each line is a thing with its state; what is in only one of the lists differs. */
function compareNamed(prefix: string, expected: readonly string[], actual: readonly string[]): string[] {
  const [wanted, found] = [new Set(expected), new Set(actual)]
  return [
    ...expected.filter((line) => !found.has(line)).map((line) => `${prefix}${line} is missing or different`),
    ...actual.filter((line) => !wanted.has(line)).map((line) => `${prefix}${line} should not be there like this`),
  ]
}

function keyOf(table: Pick<TableFingerprint, 'schema' | 'name'>): string {
  return JSON.stringify([table.schema, table.name])
}

// Explicit privileges that are the default ones are not in a dump; pg_restore itself reports what it could not grant.
function describeObjects({ objects }: Fingerprint, options: EqualityOptions): string[] {
  return objects.filter((object) => options.definitions || object.type !== 'privileges').map((object) => describeObject(object, options))
}

function describeObject(object: SchemaObject, { definitions }: EqualityOptions): string {
  const place = object.table === null ? '' : ` of ${displayName(object.schema, object.table)}`
  const name = object.table === null ? displayName(object.schema, object.name) : object.name
  return `${object.type} ${name}${place}${definitions ? `: ${object.definition}` : ''}`
}

function describeSequence(sequence: Fingerprint['sequences'][number], options: EqualityOptions): string {
  return `${displayName(sequence.schema, sequence.name)}${options.sequences ? ` at ${sequence.lastValue ?? 'its start'}` : ''}`
}

function describeViolation(violation: Fingerprint['violations'][number]): string {
  return `${violation.name} (${formatCount(violation.rows)} rows)`
}
