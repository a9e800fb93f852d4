import { messageOf, SafeMigrateError } from '../../errors.js'
import { displayName, quoteIdentifier as quote, quoteQualified } from '../../util/names.js'
import type { CatalogForeignKey, CatalogTable } from '../catalog.js'
import type { Connection } from '../database.js'
import type { Prepared, PrepareOptions } from '../row-restore.js'

/** What fires on each state of a trigger or rule. https://www.postgresql.org/docs/current/catalog-pg-trigger.html */
const ENABLE: Readonly<Record<string, string>> = { O: 'ENABLE', A: 'ENABLE ALWAYS' }

export async function readDeferrable(connection: Connection): Promise<(table: CatalogTable, key: CatalogForeignKey) => boolean> {
  const rows = await connection.query(
    "SELECT conrelid::text AS table_id, conname AS name FROM pg_constraint WHERE contype = 'f' AND condeferrable",
  )
  const known = new Set(rows.map((row) => `${row.table_id} ${row.name}`))
  return (table, key) => known.has(`${table.id} ${key.name}`)
}

/** Everything here is undone by a rollback too. */
export async function prepareRestore(connection: Connection, { tables, broken }: PrepareOptions): Promise<Prepared> {
  const silenced = await silenceTriggers(connection, tables)
  const relaxed = await relaxForeignKeys(connection, broken)
  await connection.query('SET CONSTRAINTS ALL DEFERRED')
  return {
    notices: silenced.notices,
    settle: async () => {
      await connection.query('SET CONSTRAINTS ALL IMMEDIATE')
      for (const sql of [...relaxed, ...silenced.undo]) await connection.query(sql)
    },
  }
}

/** Each by its name, so that those which were disabled before stay so. Only a table's owner may. */
async function silenceTriggers(
  connection: Connection,
  tables: readonly CatalogTable[],
): Promise<{ readonly notices: readonly string[]; readonly undo: readonly string[] }> {
  const notices: string[] = []
  const undo: string[] = []
  for (const table of tables) {
    const rows = await connection.query(
      `SELECT 'TRIGGER' AS kind, tgname AS name, tgenabled::text AS state, pg_has_role(c.relowner, 'USAGE') AS owned
         FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgrelid = $1::oid AND NOT t.tgisinternal
       UNION ALL
       SELECT 'RULE', rulename, ev_enabled::text, pg_has_role(c.relowner, 'USAGE')
         FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.ev_class = $1::oid AND c.relkind <> 'v' ORDER BY 1, 2`,
      [table.id],
    )
    const active = rows.filter((row) => Object.hasOwn(ENABLE, String(row.state)))
    const name = quoteQualified(table.schema, table.name)
    for (const { kind, name: one, state, owned } of active) {
      if (owned !== true) {
        notices.push(
          `The ${String(kind).toLowerCase()} ${String(one)} fires on the restored rows of ${displayName(table.schema, table.name)}: only the owner of the table may silence it.`,
        )
        continue
      }
      await connection.query(`ALTER TABLE ${name} DISABLE ${String(kind)} ${quote(String(one))}`)
      undo.push(`ALTER TABLE ${name} ${ENABLE[String(state)]} ${String(kind)} ${quote(String(one))}`)
    }
  }
  return { notices, undo }
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
    if (!/permission denied|must be owner/.test(messageOf(error))) throw error
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
