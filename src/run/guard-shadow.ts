import { selectEnvironment } from '../config/select-environment.js'
import type { Connection, Target } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import type { Project } from '../project/project.js'
import { formatQuantity } from '../util/format.js'
import { displayName } from '../util/names.js'
import { findInsertedTables } from './inserted-tables.js'
import { describeProtection, findProtection } from './protection.js'
import type { RunOptions } from './run.js'
import { openSession } from './session.js'

/**
 * Prisma empties the shadow database each time, and replays every migration in it. One that cannot be reached is left to Prisma.
 * @throws SafeMigrateError `blocked` when it is the main database, is protected, or holds data
 */
export async function guardShadow({ project, config }: Pick<RunOptions, 'project' | 'config'>): Promise<void> {
  const { shadow, target } = project
  if (shadow === null) return
  if (shadow.identity === target.identity && sharesSchema(project, shadow)) throw refusal(shadow, 'is the project’s database itself')
  const connection = await reach(project, shadow)
  const protection = await findProtection(await selectEnvironment(config, shadow, { variables: process.env }), connection)
  try {
    if (protection !== null) throw refusal(shadow, `is ${describeProtection(protection)}`)
    if (connection === null) return
    if (sharesSchema(project, shadow) && (await isMainDatabase(project, connection)))
      throw refusal(shadow, `is the project’s database itself, ${target.label}, by another name`)
    await refuseData(project, connection)
  } finally {
    await connection?.close()
  }
}

/** With `schemas` in the datasource, Prisma empties all of them, whatever the URLs say. */
function sharesSchema({ target, schemas }: Project, shadow: Target): boolean {
  return shadow.schema === target.schema || schemas.length > 0
}

async function reach({ database }: Project, shadow: Target): Promise<Connection | null> {
  try {
    return (await database.exists(shadow)) ? await database.connect(shadow) : null
  } catch {
    return null
  }
}

async function isMainDatabase({ database, target }: Project, shadow: Connection): Promise<boolean> {
  if (!(await database.exists(target))) return false
  const main = await openSession(database, target)
  try {
    return (await database.identify(main.connection)) === (await database.identify(shadow))
  } finally {
    await main.close()
  }
}

/** What earlier replays left is no data: tables, and the rows that the migrations themselves insert. A replay writes no history. */
async function refuseData(project: Project, shadow: Connection): Promise<void> {
  const history = (await project.database.readMigrationRows(shadow)) ?? []
  if (history.length > 0)
    throw refusal(shadow.target, `is a database of its own: ${formatQuantity(history.length, 'migration')} were applied to it`)
  const inserted = findInsertedTables(project.migrationsDir)
  const filled = (await readFilledTables(project, shadow)).filter(({ name }) => !inserted.has(name.toLowerCase()))
  const names = filled.map(({ schema, name }) => displayName(schema, name, null, shadow.target.schema))
  if (names.length > 0)
    throw refusal(shadow.target, `holds data, in ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`)
}

async function readFilledTables({ database, schemas }: Project, shadow: Connection) {
  const emptied = new Set([shadow.target.schema, ...schemas])
  const { tables } = await database.readCatalog(shadow)
  const own = tables.filter(({ schema, kind }) => emptied.has(schema) && kind !== 'foreign' && kind !== 'virtual')
  const filled: typeof own = []
  for (const table of own) if (await holdsRows(shadow, table)) filled.push(table)
  return filled
}

async function holdsRows(connection: Connection, { schema, name }: { readonly schema: string | null; readonly name: string }) {
  const { quoteName } = connection.database
  const table = schema === null ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`
  try {
    return (await connection.query(`SELECT 1 FROM ${table} LIMIT 1`)).length > 0
  } catch {
    return true // what we may not read, its owner may still drop
  }
}

function refusal(shadow: Target, what: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'blocked',
    message: `The shadow database, ${shadow.label}, ${what}. Nothing was touched.`,
    why: 'Prisma empties its shadow database in every migrate dev, without asking.',
    next: [
      'Point shadowDatabaseUrl at an empty database that nobody else uses.',
      'Or remove shadowDatabaseUrl, where the database user may create databases: Prisma then makes one for the time it needs it.',
    ],
  })
}
