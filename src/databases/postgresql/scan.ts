import { messageOf, SafeMigrateError } from '../../errors.js'
import { hideValues } from '../../util/hide-values.js'
import type { Connection, Row } from '../database.js'
import type { TableFingerprint } from '../fingerprint.js'
import { codeOf, isHiddenByPolicy } from './connection-errors.js'
import { castOf, queriesOf, type Recipe, type Sums, toFingerprint } from './recipe.js'
import type { ScanTable } from './scan-tables.js'

/** The statement was stopped: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const QUERY_CANCELED = '57014'

/** Reads one table whole, unless that was done. A value that cannot be cast back to the type it had leaves its column without a digest, not the table without an answer. */
export async function scanTable(connection: Connection, recipe: Recipe, known: Sums | null = null): Promise<TableFingerprint> {
  try {
    return toFingerprint(recipe, known ?? (await readSums(connection, recipe, recipe.table.from)))
  } catch (error) {
    const isPlain = recipe.columns.every(({ column, family }) => column.family === family)
    if (isPlain || !isDataError(error)) throw scanError(recipe.table, error)
  }
  const isolated = await isolateProblems(connection, recipe)
  return toFingerprint(isolated, await readSums(connection, isolated, recipe.table.from))
}

/** One pass. @param from the table, or the part of it that is read */
export async function readSums(connection: Connection, recipe: Recipe, from: string): Promise<Sums> {
  const found: Sums[] = []
  for (const { sql, read } of queriesOf(recipe, from)) found.push(read((await queryAside(connection, sql))[0]))
  const { rows = 0, key = null, whole = null } = found[0] ?? {}
  return { rows, key, whole, columns: found.flatMap(({ columns }) => columns) }
}

/** Tries each cast by itself; a key that cannot be cast takes all digests with it. */
async function isolateProblems(connection: Connection, recipe: Recipe): Promise<Recipe> {
  const { table, seed } = recipe
  const seedProblem = seed === null ? null : await tryDigest(connection, table, seed)
  const columns: Recipe['columns'][number][] = []
  for (const part of recipe.columns) {
    const cast = castOf(part)
    const own = cast === null ? null : await tryDigest(connection, table, cast)
    columns.push({ ...part, problem: part.problem ?? seedProblem ?? own })
  }
  const rowProblem = columns.some((part) => part.problem !== null)
  return { ...recipe, columns, row: rowProblem ? null : recipe.row, ...(seedProblem === null ? {} : { seed: null, keyColumns: [] }) }
}

async function tryDigest(connection: Connection, table: ScanTable, digest: string): Promise<string | null> {
  try {
    await queryAside(connection, `SELECT sum(${digest}) FROM ${table.from} AS t`)
    return null
  } catch (error) {
    if (!isDataError(error)) throw scanError(table, error)
    return hideValues(messageOf(error))
  }
}

/** In a savepoint: the transaction, which may be the caller's, goes on after an error. */
export async function queryAside(connection: Connection, sql: string): Promise<readonly Row[]> {
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

/** Also of an error that `scanTable` explained. */
export function isTimeUp(error: unknown): boolean {
  return codeOf(error instanceof SafeMigrateError ? error.cause : error) === QUERY_CANCELED
}

export function scanError(table: ScanTable, error: unknown): SafeMigrateError {
  const isHidden = isHiddenByPolicy(error)
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
