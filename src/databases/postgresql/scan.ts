import { messageOf, SafeMigrateError } from '../../errors.js'
import { quoteIdentifier } from '../../util/names.js'
import type { Connection, Rename, Row } from '../database.js'
import type { ColumnFingerprint, TableFingerprint } from '../fingerprint.js'
import { matchColumns, matchKey } from '../match.js'
import { digestOf } from './canonical.js'
import { codeOf } from './connection-errors.js'
import type { ScanColumn, ScanTable } from './scan-tables.js'
import { type Family, readFamily } from './types.js'

/** A query may have 1,664 result columns, and a table 1,600 columns of which each needs two. https://www.postgresql.org/docs/current/limits.html */
const COLUMNS_PER_SCAN = 400

/** How one table is to be digested. */
interface Recipe {
  readonly table: ScanTable
  /** Of the key, seeding every column; null without a key. */
  readonly seed: string | null
  readonly keyColumns: readonly string[]
  readonly columns: readonly { readonly column: ScanColumn; readonly family: Family; readonly problem: string | null }[]
  /** Digest of a whole row; null when there is a key, or a column of the reference is gone. */
  readonly row: string | null
}

/** Reads one table. A value that cannot be cast back to the type it had leaves its column without a digest, not the table without an answer. */
export async function scanTable(
  connection: Connection,
  table: ScanTable,
  reference: TableFingerprint | null,
  renames: readonly Rename[],
): Promise<TableFingerprint> {
  const recipe = makeRecipe(table, reference, renames)
  try {
    return await runRecipe(connection, recipe)
  } catch (error) {
    const isPlain = recipe.columns.every(({ column, family }) => column.family === family)
    if (isPlain || !isDataError(error)) throw scanError(table, error)
  }
  return runRecipe(connection, await isolateProblems(connection, recipe))
}

/** Counts the rows only. */
export async function countTable(connection: Connection, table: ScanTable): Promise<TableFingerprint> {
  const [row] = await query(connection, `SELECT count(*)::text AS rows FROM ${table.from} AS t`)
  return { ...identityOf(table), rows: Number(row?.rows), key: null, columns: [], skipped: true }
}

function makeRecipe(table: ScanTable, reference: TableFingerprint | null, renames: readonly Rename[]): Recipe {
  const matched = reference === null ? new Map<ColumnFingerprint, ScanColumn>() : matchColumns(reference, table, renames)
  const families = new Map([...matched].map(([then, now]) => [now.name, readFamily(then.digestedAs ?? then.family)]))
  const familyOf = (column: ScanColumn): Family => families.get(column.name) ?? column.family
  const keyPairs = reference === null ? null : matchKey(reference, table, matched)
  const keyColumns = reference === null ? table.primaryKey : (keyPairs ?? []).map((pair) => pair.after)
  const keyFamilies = new Map((keyPairs ?? []).map((pair) => [pair.after, readFamily(pair.before.digestedAs ?? pair.before.family)]))
  const seed = keyColumns.reduce<string | null>((previous, name) => {
    const column = table.columns.find((one) => one.name === name)
    return column === undefined ? previous : digestOf(sqlOf(column), column.family, keyFamilies.get(name) ?? column.family, previous ?? '0')
  }, null)
  const lostKey = reference !== null && reference.key !== null && keyPairs === null
  const problem = lostKey ? 'the columns of the primary key are gone, so values cannot be told by row' : null
  return {
    table,
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
  const digests = columns.map((column, index) => digestOf(sqlOf(column), column.family, familyOf(column), String(index)))
  // The hash of an array is a sum over its elements: without the outer hash, values that change places between rows would cancel out.
  return `hashint8extended(hash_array_extended(ARRAY[${digests.join(', ')}]::int8[], 0), 0)`
}

async function runRecipe(connection: Connection, recipe: Recipe): Promise<TableFingerprint> {
  const { table, seed, keyColumns, columns } = recipe
  const found: ColumnFingerprint[] = []
  let first: Row | undefined
  for (let start = 0; start === 0 || start < columns.length; start += COLUMNS_PER_SCAN) {
    const chunk = columns.slice(start, start + COLUMNS_PER_SCAN)
    const general = [
      `count(*)::text AS rows`,
      `sum(${seed ?? 'NULL::int8'})::text AS key`,
      `sum(${recipe.row ?? 'NULL::int8'})::text AS whole`,
    ]
    const each = chunk.flatMap(({ column, family, problem }, index) => {
      const digest = problem === null ? `sum(${digestOf(sqlOf(column), column.family, family, seed ?? '0')})::text AS d${index}` : null
      return [`count(${sqlOf(column)})::text AS n${index}`, ...(digest === null ? [] : [digest])]
    })
    const [row] = await query(connection, `SELECT ${[...general, ...each].join(', ')} FROM ${table.from} AS t`)
    first ??= row
    found.push(...chunk.map((part, index) => readColumn(part, row?.[`n${index}`], row?.[`d${index}`])))
  }
  return {
    ...identityOf(table),
    rows: Number(first?.rows),
    key: seed === null ? null : { columns: keyColumns, digest: String(first?.key ?? '0') },
    columns: found,
    ...(seed === null && table.columns.length > 0 ? { rowDigest: recipe.row === null ? null : String(first?.whole ?? '0') } : {}),
  }
}

function readColumn({ column, family, problem }: Recipe['columns'][number], nonNull: unknown, digest: unknown): ColumnFingerprint {
  const { id, name, type, generated } = column
  return {
    id,
    name,
    type,
    nonNull: Number(nonNull),
    family: column.family,
    digest: problem === null ? String(digest ?? '0') : null,
    ...(problem === null ? { digestedAs: family } : { problem }),
    ...(generated ? { generated: true } : {}),
  }
}

/** Tries each cast by itself; a key that cannot be cast takes all digests with it. */
async function isolateProblems(connection: Connection, recipe: Recipe): Promise<Recipe> {
  const { table, seed } = recipe
  const seedProblem = seed === null ? null : await tryDigest(connection, table, seed)
  const columns: Recipe['columns'][number][] = []
  for (const part of recipe.columns) {
    const { column, family } = part
    const own = column.family === family ? null : await tryDigest(connection, table, digestOf(sqlOf(column), column.family, family, '0'))
    columns.push({ ...part, problem: part.problem ?? seedProblem ?? own })
  }
  const rowProblem = columns.some((part) => part.problem !== null)
  return { ...recipe, columns, row: rowProblem ? null : recipe.row, ...(seedProblem === null ? {} : { seed: null, keyColumns: [] }) }
}

async function tryDigest(connection: Connection, table: ScanTable, digest: string): Promise<string | null> {
  try {
    await query(connection, `SELECT sum(${digest}) FROM ${table.from} AS t`)
    return null
  } catch (error) {
    if (!isDataError(error)) throw scanError(table, error)
    return messageOf(error)
  }
}

/** In a savepoint: the transaction, which may be the caller's, goes on after an error. */
async function query(connection: Connection, sql: string): Promise<readonly Row[]> {
  await connection.query('SAVEPOINT safe_migrate_scan')
  try {
    const rows = await connection.query(sql)
    await connection.query('RELEASE SAVEPOINT safe_migrate_scan')
    return rows
  } catch (error) {
    await connection.query('ROLLBACK TO SAVEPOINT safe_migrate_scan; RELEASE SAVEPOINT safe_migrate_scan').catch(() => {})
    throw error
  }
}

/** Class 22: a value does not fit. https://www.postgresql.org/docs/current/errcodes-appendix.html */
function isDataError(error: unknown): boolean {
  return codeOf(error).startsWith('22')
}

function scanError(table: ScanTable, error: unknown): SafeMigrateError {
  const isHidden = /row-level security/.test(messageOf(error))
  return new SafeMigrateError({
    code: 'connection',
    message: `The table ${table.schema}.${table.name} cannot be read as a whole.`,
    why: isHidden ? 'Row level security hides rows from this user, so a loss of them could not be seen.' : messageOf(error),
    next: isHidden
      ? ['Connect as the owner of the table, as a superuser, or as a role with BYPASSRLS.']
      : [`Give the user of the connection URL SELECT on it: GRANT SELECT ON ${table.schema}.${table.name} TO …`],
    cause: error,
  })
}

function sqlOf(column: ScanColumn): string {
  return `t.${quoteIdentifier(column.name)}`
}

function identityOf(table: ScanTable): Pick<TableFingerprint, 'id' | 'schema' | 'name' | 'members'> {
  const { id, schema, name, members } = table
  return { id, schema, name, ...(members === null ? {} : { members: members.map((member) => member.id) }) }
}
