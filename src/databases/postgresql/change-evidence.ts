import { z } from 'zod'
import type { ChangeEvidence } from '../change-evidence.js'
import type { Connection, Row } from '../database.js'
import { isUserSchema } from './catalog-sql.js'
import { readSequences } from './sequences.js'

const evidenceSchema = z.object({
  /** The running server and the database in it; null when it may not be asked. */
  server: z.string().nullable(),
  /** The ids that have ended, and those below that are open. https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT */
  transactions: z.string(),
  sequences: z.string(),
  /** Versions of the rows of the catalogs. */
  catalogs: z.string(),
  /** Rows written since the server began to count. */
  writes: z.string(),
  /** Whether there is data that not every fingerprint reads: large objects, materialized views. */
  isBeyond: z.boolean(),
})
type Evidence = z.infer<typeof evidenceSchema>

/** What describes the objects of one database. */
const CATALOGS = [
  'pg_class',
  'pg_attribute',
  'pg_attrdef',
  'pg_constraint',
  'pg_index',
  'pg_proc',
  'pg_type',
  'pg_enum',
  'pg_trigger',
  'pg_rewrite',
  'pg_policy',
  'pg_namespace',
  'pg_description',
  'pg_default_acl',
  'pg_extension',
  'pg_db_role_setting',
  'pg_event_trigger',
  'pg_publication',
  'pg_statistic_ext',
]

/**
 * Every write needs a transaction with an id: where none has ended since, nothing became visible in the whole server, in whichever kind of
 * table. Only sequences move without. Counters of rows come late, and can be switched off: they tell of changes, never of their absence.
 */
export const changeEvidence: ChangeEvidence = {
  read: async (connection) => JSON.stringify(await readEvidence(connection)),
  compare: (then, now) => compare(then === null ? null : parse(then), parse(now)),
}

async function readEvidence(connection: Connection): Promise<Evidence> {
  const server = await readServer(connection)
  // Before everything else: what is written meanwhile must show the next time.
  const { transactions } = only(await connection.query('SELECT txid_current_snapshot()::text AS transactions'))
  const catalogs = CATALOGS.map((name) => `SELECT '${name}' AS c, count(*) AS n, sum(xmin::text::bigint) AS x FROM ${name}`).join(
    ' UNION ALL ',
  )
  const { versions } = only(
    await connection.query(`SELECT md5(string_agg(c || n || ',' || coalesce(x, 0), ' ' ORDER BY c)) AS versions FROM (${catalogs}) s`),
  )
  const { writes } = only(
    await connection.query(`SELECT md5(coalesce(string_agg(relid || ',' || n_tup_ins || ',' || n_tup_upd || ',' || n_tup_del, ' ' ORDER BY relid), ''))
      || coalesce((SELECT stats_reset::text FROM pg_stat_database WHERE datname = current_database()), '') AS writes FROM pg_stat_user_tables`),
  )
  const { beyond } = only(
    await connection.query(`SELECT EXISTS (SELECT FROM pg_largeobject_metadata)
      OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND ${isUserSchema('n.nspname')}) AS beyond`),
  )
  const sequences = (await readSequences(connection)).map(({ id, lastValue }) => `${id}=${lastValue}`).join(' ')
  return {
    server,
    transactions: String(transactions),
    sequences,
    catalogs: String(versions),
    writes: String(writes),
    isBeyond: beyond !== false,
  }
}

/** A server that was restarted may be one that was put back: what it said before counts no more. */
async function readServer(connection: Connection): Promise<string | null> {
  try {
    const row = only(
      await connection.query(`SELECT system_identifier::text AS system, extract(epoch FROM pg_postmaster_start_time())::text AS started,
        (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database, pg_is_in_recovery() AS standby FROM pg_control_system()`),
    )
    return row.standby === false ? `${row.system}/${row.started}/${row.database}` : null
  } catch {
    return null
  }
}

function compare(then: Evidence | null, now: Evidence | null): 'unchanged' | 'changed' | 'unknown' {
  if (now === null) return 'unknown'
  if (then !== null && then.server !== null && then.server === now.server) {
    // `10:10:` – no transaction from 10 on has ended, and none before is open.
    const isQuiet = then.transactions === now.transactions && then.transactions.endsWith(':')
    if (isQuiet && then.sequences === now.sequences) return 'unchanged'
    if (then.catalogs !== now.catalogs || then.writes !== now.writes) return 'changed'
  }
  return now.isBeyond ? 'changed' : 'unknown'
}

function parse(text: string): Evidence | null {
  try {
    return evidenceSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

function only(rows: readonly Row[]): Row {
  return rows[0] ?? {}
}
