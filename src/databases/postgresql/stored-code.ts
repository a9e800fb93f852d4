import type { Change } from '../../sql/change.js'
import type { StoredCode, StoredFunction } from '../../sql/code.js'
import type { Connection, Row } from '../database.js'
import { isNotOfExtension, isUserSchema } from './catalog-sql.js'
import { parsePostgresql } from './parse.js'

/** Triggers, rules, functions and views of the user, read by the same parser as migrations. What it does not understand is an opaque body. */
export async function readStoredCode(connection: Connection): Promise<StoredCode> {
  const objects = await readAll(connection, OBJECTS)
  const functions = await readAll(connection, FUNCTIONS)
  return {
    triggers: objects.flatMap(({ change, row }) =>
      change.defines?.defines === 'trigger' ? [{ ...change.defines, enabled: row.enabled === true }] : [],
    ),
    views: objects.flatMap(({ change }) => (change.defines?.defines === 'view' ? [change.defines] : [])),
    functions: functions.flatMap(({ change, row }): readonly StoredFunction[] => {
      if (change.kind === 'create-function') return [{ name: change.name, body: change.body }]
      const reason = change.kind === 'opaque' ? change.reason : 'its body is not understood'
      return [{ name: { schema: String(row.schema), name: String(row.name) }, body: [{ kind: 'opaque', reason }] }]
    }),
  }
}

async function readAll(connection: Connection, query: string): Promise<readonly { readonly change: Change; readonly row: Row }[]> {
  const rows = await connection.query(query)
  const read = rows.map(async (row) => {
    const { changes } = await parsePostgresql({ migration: '', file: '', sql: String(row.sql) })
    return changes.map((change) => ({ change, row }))
  })
  return (await Promise.all(read)).flat()
}

/** Fires where session_replication_role is what it is by default. */
const FIRES = (column: string) => `${column} IN ('O', 'A')`

const OBJECTS = `
SELECT pg_get_triggerdef(t.oid) AS sql, ${FIRES('t.tgenabled')} AS enabled
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')}
UNION ALL
SELECT pg_get_ruledef(r.oid), ${FIRES('r.ev_enabled')}
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')}
UNION ALL
SELECT 'CREATE VIEW ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || ' AS ' || pg_get_viewdef(c.oid), true
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v' AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')} AND ${isNotOfExtension('pg_class', 'c.oid')}
ORDER BY 1`

const FUNCTIONS = `
SELECT pg_get_functiondef(p.oid) AS sql, n.nspname AS schema, p.proname AS name
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p') AND ${isUserSchema('n.nspname')} AND ${isNotOfExtension('pg_proc', 'p.oid')}
ORDER BY 2, 3, 1`
