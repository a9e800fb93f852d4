import { quoteIdentifier } from '../../util/names.js'
import type { Rename, Row } from '../database.js'
import type { ColumnFingerprint, ReadLevel, TableFingerprint } from '../fingerprint.js'
import { matchColumns, matchKey } from '../match.js'
import { digestOf, type ValueSource } from './canonical.js'
import type { ScanColumn, ScanTable } from './scan-tables.js'
import { type Family, readFamily } from './types.js'

/** A query may have 1,664 result columns, and a table 1,600 columns of which each needs two. https://www.postgresql.org/docs/current/limits.html */
const COLUMNS_PER_SCAN = 400

/** How one table is to be digested. */
export interface Recipe {
  readonly table: ScanTable
  readonly level: ReadLevel
  /** Of the key, seeding every column; null without a key. */
  readonly seed: string | null
  readonly keyColumns: readonly string[]
  readonly columns: readonly { readonly column: ScanColumn; readonly family: Family; readonly problem: string | null }[]
  /** Digest of a whole row; null when there is a key, or a column of the reference is gone. */
  readonly row: string | null
}

/** What one pass over a table, or over a part of it, yields. Sums of digests are decimal text: they exceed 2^63. */
export interface Sums {
  readonly rows: number
  readonly key: string | null
  readonly whole: string | null
  readonly columns: readonly { readonly nonNull: number; readonly digest: string | null }[]
}

export function makeRecipe(table: ScanTable, level: ReadLevel, reference: TableFingerprint | null, renames: readonly Rename[]): Recipe {
  const matched = reference === null ? new Map<ColumnFingerprint, ScanColumn>() : matchColumns(reference, table, renames)
  const families = new Map([...matched].map(([then, now]) => [now.name, readFamily(then.digestedAs ?? then.family)]))
  const familyOf = (column: ScanColumn): Family => families.get(column.name) ?? column.family
  const keyPairs = reference === null ? null : matchKey(reference, table, matched)
  const keyColumns = reference === null ? table.primaryKey : (keyPairs ?? []).map((pair) => pair.after)
  const keyFamilies = new Map((keyPairs ?? []).map((pair) => [pair.after, readFamily(pair.before.digestedAs ?? pair.before.family)]))
  const seed = keyColumns.reduce<string | null>((previous, name) => {
    const column = table.columns.find((one) => one.name === name)
    return column === undefined ? previous : digestOf(sourceOf(column), keyFamilies.get(name) ?? column.family, previous ?? '0')
  }, null)
  const lostKey = reference !== null && reference.key !== null && keyPairs === null
  const problem = lostKey ? 'the columns of the primary key are gone, so values cannot be told by row' : null
  return {
    table,
    level,
    seed,
    keyColumns,
    columns: table.columns.map((column) => ({ column, family: familyOf(column), problem })),
    row:
      seed === null && !lostKey
        ? rowDigest(reference === null ? null : reference.columns.map((then) => matched.get(then)), table, familyOf)
        : null,
  }
}

/** Over the columns of the reference, in their order then. */
function rowDigest(
  matched: readonly (ScanColumn | undefined)[] | null,
  table: ScanTable,
  familyOf: (column: ScanColumn) => Family,
): string | null {
  const columns: ScanColumn[] = []
  for (const column of matched ?? table.columns) {
    if (column === undefined) return null
    columns.push(column)
  }
  if (columns.length === 0) return null
  const digests = columns.map((column, index) => digestOf(sourceOf(column), familyOf(column), String(index)))
  // The hash of an array is a sum over its elements: without the outer hash, values that change places between rows would cancel out.
  return `hashint8extended(hash_array_extended(ARRAY[${digests.join(', ')}]::int8[], 0), 0)`
}

/** The queries of one pass, each with the columns that it reads. @param from the table, or the part of it that is read */
export function queriesOf(recipe: Recipe, from: string): { readonly sql: string; read(row: Row | undefined): Sums }[] {
  const { seed, level } = recipe
  const columns = level === 'counts' ? [] : recipe.columns
  const whole = level === 'counts' ? null : recipe.row
  // What the key's digest says already.
  const isKey = ({ name }: ScanColumn) => recipe.keyColumns.length === 1 && recipe.keyColumns[0] === name
  const general = [`count(*)::text AS rows`, `sum(${seed ?? 'NULL::int8'})::text AS key`, `sum(${whole ?? 'NULL::int8'})::text AS whole`]
  const chunks = Array.from({ length: Math.max(1, Math.ceil(columns.length / COLUMNS_PER_SCAN)) }, (_, index) =>
    columns.slice(index * COLUMNS_PER_SCAN, (index + 1) * COLUMNS_PER_SCAN),
  )
  return chunks.map((chunk) => {
    const each = chunk.flatMap(({ column, family, problem }, index) => [
      ...(column.notNull ? [] : [`count(${sqlOf(column)})::text AS n${index}`]),
      ...(problem === null && !isKey(column) ? [`sum(${digestOf(sourceOf(column), family, seed ?? '0')})::text AS d${index}`] : []),
    ])
    return {
      sql: `SELECT ${[...general, ...each].join(', ')} FROM ${from} AS t`,
      read: (row) => ({
        rows: Number(row?.rows),
        key: text(row?.key),
        whole: text(row?.whole),
        columns: chunk.map(({ column }, index) => ({
          nonNull: Number(column.notNull ? row?.rows : row?.[`n${index}`]),
          digest: text(isKey(column) ? row?.key : row?.[`d${index}`]),
        })),
      }),
    }
  })
}

/** Of several parts of a table, none of which overlap. */
export function addSums(parts: readonly Sums[]): Sums {
  const [first, ...rest] = parts
  if (first === undefined) throw new Error('nothing was read')
  return rest.reduce(
    (sum, part) => ({
      rows: sum.rows + part.rows,
      key: add(sum.key, part.key),
      whole: add(sum.whole, part.whole),
      columns: sum.columns.map((column, index) => ({
        nonNull: column.nonNull + (part.columns[index]?.nonNull ?? 0),
        digest: add(column.digest, part.columns[index]?.digest ?? null),
      })),
    }),
    first,
  )
}

export function toFingerprint(recipe: Recipe, { rows, key, whole, columns }: Sums): TableFingerprint {
  const { table, level, seed, keyColumns } = recipe
  const hasRowDigest = seed === null && table.columns.length > 0
  const isDigested = level === 'columns' && recipe.row !== null
  return {
    ...identityOf(table),
    rows,
    key: seed === null ? null : { columns: keyColumns, digest: key ?? '0' },
    columns: recipe.columns.map((part, index) => toColumn(part, columns[index] ?? null, rows)),
    ...(hasRowDigest ? { rowDigest: isDigested ? (whole ?? '0') : null } : {}),
    ...(level === 'counts' ? { level } : {}),
  }
}

/** @param sums null when its values were not read */
function toColumn(
  { column, family, problem }: Recipe['columns'][number],
  sums: Sums['columns'][number] | null,
  rows: number,
): ColumnFingerprint {
  const { id, name, type, generated } = column
  const common = { id, name, type, family: column.family, ...(generated ? { generated: true as const } : {}) }
  if (sums === null) return { ...common, nonNull: rows, isUncounted: true, digest: null }
  if (problem !== null) return { ...common, nonNull: sums.nonNull, digest: null, problem }
  return { ...common, nonNull: sums.nonNull, digest: sums.digest ?? '0', digestedAs: family }
}

function sourceOf(column: ScanColumn): ValueSource {
  return { sql: sqlOf(column), family: column.family, isPadded: column.isPadded, isShort: column.isShort }
}

/** The value of a column whose family changed, digested by itself: an error shows that it cannot be cast back. */
export function castOf({ column, family }: Recipe['columns'][number]): string | null {
  return column.family === family ? null : digestOf(sourceOf(column), family, '0')
}

function sqlOf(column: ScanColumn): string {
  return `t.${quoteIdentifier(column.name)}`
}

function identityOf(table: ScanTable): Pick<TableFingerprint, 'id' | 'schema' | 'name' | 'members'> {
  const { id, schema, name, members } = table
  return { id, schema, name, ...(members === null ? {} : { members: members.map((member) => member.id) }) }
}

/** A sum over no rows is NULL. */
function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function add(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other
  return String(BigInt(one) + BigInt(other))
}
