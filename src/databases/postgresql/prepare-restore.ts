import { SafeMigrateError } from '../../errors.js'
import { displayName, quoteIdentifier as quote, quoteQualified } from '../../util/names.js'
import type { CatalogForeignKey, CatalogTable } from '../catalog.js'
import type { Connection } from '../database.js'
import type { Prepared, PrepareOptions } from '../row-restore.js'
import { codeOf, NOT_ALLOWED } from './connection-errors.js'

/** By the state that the catalog keeps of a trigger or rule; the first two fire. https://www.postgresql.org/docs/current/catalog-pg-trigger.html */
const STATES: Readonly<Record<string, string>> = { O: 'ENABLE', A: 'ENABLE ALWAYS', R: 'ENABLE REPLICA', D: 'DISABLE' }

export async function readDeferrable(connection: Connection): Promise<(table: CatalogTable, key: CatalogForeignKey) => boolean> {
  const rows = await connection.query(
    "SELECT conrelid::text AS table_id, conname AS name FROM pg_constraint WHERE contype = 'f' AND condeferrable",
  )
  const known = new Set(rows.map((row) => `${row.table_id} ${row.name}`))
  return (table, key) => known.has(`${table.id} ${key.name}`)
}

/** Everything here is undone by a rollback too. */
export async function prepareRestore(connection: Connection, { tables, overwritten, broken }: PrepareOptions): Promise<Prepared> {
  const enable = await silenceTriggers(connection, tables)
  const unlocked = await unlockIdentities(connection, overwritten)
  const relaxed = await relaxForeignKeys(connection, broken)
  await connection.query('SET CONSTRAINTS ALL DEFERRED')
  return {
    settle: async () => {
      await connection.query('SET CONSTRAINTS ALL IMMEDIATE')
      for (const sql of [...relaxed, ...unlocked, ...enable]) await connection.query(sql)
    },
  }
}

interface Trigger {
  readonly kind: string
  /** Quoted. */
  readonly table: string
  readonly name: string
  readonly state: string
  readonly owned: boolean
}

/** Those of its partitions too, which may have some of their own; a partitioned table stands before them. */
async function readTriggers(connection: Connection, table: CatalogTable): Promise<readonly Trigger[]> {
  const rows = await connection.query(
    `WITH tree AS (SELECT $1::oid AS id, 0 AS level UNION SELECT relid, level FROM pg_partition_tree($1::oid::regclass)),
          found AS (SELECT tgrelid AS id, 'TRIGGER' AS kind, tgname AS name, tgenabled::text AS state FROM pg_trigger WHERE NOT tgisinternal
                    UNION ALL SELECT ev_class, 'RULE', rulename, ev_enabled::text FROM pg_rewrite)
     SELECT f.kind, f.name, f.state, n.nspname AS schema, c.relname AS table, pg_has_role(c.relowner, 'USAGE') AS owned
     FROM tree JOIN found f USING (id) JOIN pg_class c ON c.oid = id JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY level, id, f.kind, f.name`,
    [table.id],
  )
  return rows.map((row) => ({
    kind: String(row.kind),
    table: quoteQualified(String(row.schema), String(row.table)),
    name: String(row.name),
    state: String(row.state),
    owned: row.owned === true,
  }))
}

const isActive = ({ state }: Trigger): boolean => state === 'O' || state === 'A'

/** Only a table's owner may silence them. */
export async function readFiring(connection: Connection, tables: readonly CatalogTable[]): Promise<readonly string[]> {
  const notices = new Set<string>()
  for (const table of tables) {
    const firing = (await readTriggers(connection, table)).filter((one) => isActive(one) && !one.owned)
    for (const { kind, name } of firing)
      notices.add(
        `The ${kind.toLowerCase()} ${name} fires on the restored rows of ${displayName(table.schema, table.name)}: only the owner of the table may silence it.`,
      )
  }
  return [...notices]
}

/** @returns SQL by which each is again what it was: what is done to a partitioned table is done to its partitions, so theirs come after it */
async function silenceTriggers(connection: Connection, tables: readonly CatalogTable[]): Promise<readonly string[]> {
  const undo: string[] = []
  for (const table of tables) {
    const triggers = (await readTriggers(connection, table)).filter(({ owned }) => owned)
    if (!triggers.some(isActive)) continue
    const alter = (one: Trigger, how: string | undefined) => `ALTER TABLE ${one.table} ${how} ${one.kind} ${quote(one.name)}`
    for (const one of triggers) await connection.query(alter(one, 'DISABLE'))
    undo.push(...triggers.map((one) => alter(one, STATES[one.state])))
  }
  return undo
}

/**
 * GENERATED ALWAYS AS IDENTITY refuses any UPDATE; INSERT has a clause for it.
 * @returns SQL that makes them what they were
 */
async function unlockIdentities(connection: Connection, tables: readonly CatalogTable[]): Promise<readonly string[]> {
  const undo: string[] = []
  for (const table of tables.filter(({ columns }) => columns.some(({ sequence }) => sequence !== undefined))) {
    const rows = await connection.query("SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::oid AND attidentity = 'a'", [
      table.id,
    ])
    for (const { name } of rows.filter((row) => !table.primaryKey.includes(String(row.name)))) {
      const alter = `ALTER TABLE ${quoteQualified(table.schema, table.name)} ALTER COLUMN ${quote(String(name))} SET GENERATED`
      if (await attempt(connection, `${alter} BY DEFAULT`)) undo.push(`${alter} ALWAYS`)
    }
  }
  return undo
}

/** @returns SQL that makes them what they were */
async function relaxForeignKeys(connection: Connection, keys: PrepareOptions['broken']): Promise<readonly string[]> {
  const isDeferrable = await readDeferrable(connection)
  const undo: string[] = []
  for (const { table, key } of keys.filter((one) => !isDeferrable(one.table, one.key))) {
    const alter = `ALTER TABLE ${quoteQualified(table.schema, table.name)} ALTER CONSTRAINT ${quote(key.name)}`
    if (await attempt(connection, `${alter} DEFERRABLE INITIALLY DEFERRED`)) {
      undo.push(`${alter} NOT DEFERRABLE`)
    } else if (await attempt(connection, 'SET LOCAL session_replication_role = replica')) {
      // Foreign keys are not enforced then; the caller counts their violations itself. https://www.postgresql.org/docs/current/runtime-config-client.html
      return [...undo, 'SET LOCAL session_replication_role = origin']
    } else {
      throw notAllowed(table, key)
    }
  }
  return undo
}

async function attempt(connection: Connection, sql: string): Promise<boolean> {
  await connection.query('SAVEPOINT safe_migrate_attempt')
  try {
    await connection.query(sql)
    await connection.query('RELEASE SAVEPOINT safe_migrate_attempt')
    return true
  } catch (error) {
    if (codeOf(error) !== NOT_ALLOWED) throw error
    await connection.query('ROLLBACK TO SAVEPOINT safe_migrate_attempt; RELEASE SAVEPOINT safe_migrate_attempt')
    return false
  }
}

function notAllowed(table: CatalogTable, key: CatalogForeignKey): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The rows cannot be put back in any order: the foreign key ${key.name} of ${displayName(table.schema, table.name)} would be broken in between.`,
    why: 'It is not deferrable, its columns may not be NULL, and this user neither owns the table nor may set session_replication_role. Nothing was changed.',
    next: [
      `As the owner of the table: ALTER TABLE ${quoteQualified(table.schema, table.name)} ALTER CONSTRAINT ${quote(key.name)} DEFERRABLE`,
    ],
  })
}
