import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, Row, Target } from '../database.js'
import type { MigrationObservations, MigrationWatch, ObservedLock, RewrittenTable } from '../rehearsal.js'
import { isUserSchema } from './catalog-sql.js'
import { connectTo } from './connection.js'
import { postgresql } from './postgresql.js'
import { isClient } from './sessions-sql.js'

/** Milliseconds between two looks. */
const INTERVAL = 20
/** Milliseconds that one look may take: a session that was ended may hold its locks a while. */
const LONGEST_LOOK = 10_000

/** Table locks that others notice, the strongest first. https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES */
const BLOCKS: Readonly<Record<string, ObservedLock['blocks']>> = {
  AccessExclusiveLock: 'reads and writes',
  ExclusiveLock: 'writes',
  ShareRowExclusiveLock: 'writes',
  ShareLock: 'writes',
}

/** One time for all that is seen in one look: locks that are held together are held equally long. */
const LOOK = `SELECT a.pid, a.query, extract(epoch FROM a.query_start)::float8 AS began, extract(epoch FROM statement_timestamp())::float8 AS now,
    a.state = 'active' AS busy, l.relation::text AS id, l.mode
  FROM pg_stat_activity a LEFT JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'relation' AND l.granted
    AND l.database = a.datid AND l.mode IN (${Object.keys(BLOCKS)
      .map((mode) => `'${mode}'`)
      .join(', ')})
  WHERE a.datname = current_database() AND ${isClient('a')} AND a.pid <> pg_backend_pid()`

interface StoredTable {
  readonly schema: string
  readonly name: string
  readonly node: string
  readonly bytes: number
}

interface HeldLock {
  readonly id: string
  readonly mode: string
  seconds: number
  /** The sessions that held it at the last look, with the time of that look. */
  holders: ReadonlyMap<number, number>
  query: string
}

interface Seen {
  /** Seconds by session, start and text: one run of one statement. */
  readonly statements: Map<string, { readonly query: string; seconds: number }>
  readonly locks: Map<string, HeldLock>
}

/** Looks at the sessions in the target's database again and again. */
export async function watchMigrations(target: Target): Promise<MigrationWatch> {
  const connection = await connectTo(postgresql, target, target.name)
  await connection.query(`SET statement_timeout = ${LONGEST_LOOK}`)
  const before = await readStorage(connection)
  const seen: Seen = { statements: new Map(), locks: new Map() }
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      look(seen, await connection.query(LOOK))
      await sleep(INTERVAL)
    }
  })().catch(() => {}) // what was seen until then was seen
  return {
    stop: async () => {
      isOver = true
      await watching
      try {
        return describe(seen, before, await readStorage(connection))
      } finally {
        await connection.close()
      }
    },
  }
}

/** By OID. https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-DBLOCATION */
async function readStorage(connection: Connection): Promise<ReadonlyMap<string, StoredTable>> {
  const rows = await connection.query(`SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name,
      pg_relation_filenode(c.oid)::text AS node, pg_table_size(c.oid)::float8 AS bytes
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relname <> '_prisma_migrations' AND ${isUserSchema('n.nspname')}`)
  return new Map(
    rows.map((row) => [
      String(row.id),
      { schema: String(row.schema), name: String(row.name), node: String(row.node), bytes: Number(row.bytes) },
    ]),
  )
}

function look({ statements, locks }: Seen, rows: readonly Row[]): void {
  const holders = new Map<string, Map<number, number>>()
  for (const row of rows) {
    const [pid, now, began, query] = [Number(row.pid), Number(row.now), Number(row.began), String(row.query)]
    if (row.busy === true) statements.set(`${pid} ${began} ${query}`, { query, seconds: Math.max(0, now - began) })
    if (row.id === null || row.id === undefined) continue
    const key = `${String(row.id)} ${String(row.mode)}`
    const lock = locks.get(key) ?? { id: String(row.id), mode: String(row.mode), seconds: 0, holders: new Map(), query }
    lock.seconds += Math.max(0, now - (lock.holders.get(pid) ?? now))
    lock.query = query
    locks.set(key, lock)
    holders.set(key, (holders.get(key) ?? new Map<number, number>()).set(pid, now))
  }
  for (const [key, lock] of locks) lock.holders = holders.get(key) ?? new Map()
}

function describe(seen: Seen, before: ReadonlyMap<string, StoredTable>, after: ReadonlyMap<string, StoredTable>): MigrationObservations {
  const locks = [...seen.locks.values()].flatMap(({ id, mode, seconds, query }): ObservedLock[] => {
    const table = before.get(id)
    const blocks = BLOCKS[mode]
    return table === undefined || blocks === undefined ? [] : [{ schema: table.schema, table: table.name, mode, blocks, seconds, query }]
  })
  return {
    interval: INTERVAL / 1000,
    statements: [...seen.statements.values()].sort((a, b) => b.seconds - a.seconds),
    locks: locks.filter((lock) => !locks.some((other) => covers(other, lock))).sort((a, b) => b.seconds - a.seconds),
    rewritten: findRewritten(seen, before, after),
  }
}

/** Whoever waits for the stronger lock of a table does not notice the weaker one, unless that is held longer. */
function covers(one: ObservedLock, other: ObservedLock): boolean {
  const [strength, otherStrength] = [one, other].map(({ mode }) => Object.keys(BLOCKS).indexOf(mode))
  const isSame = one.schema === other.schema && one.table === other.table
  return isSame && (strength ?? 0) < (otherStrength ?? 0) && one.seconds >= other.seconds
}

/** Another file on disk: all rows were written anew (or none is left of them: TRUNCATE). Another table of the same name: it was built again. */
function findRewritten(
  { locks }: Seen,
  before: ReadonlyMap<string, StoredTable>,
  after: ReadonlyMap<string, StoredTable>,
): readonly RewrittenTable[] {
  return [...before].flatMap(([id, { schema, name, node, bytes }]) => {
    const now = after.get(id)
    const isSame = now !== undefined && now.node === node
    const isGone = now === undefined && ![...after.values()].some((one) => one.schema === schema && one.name === name)
    if (isSame || isGone) return []
    return [{ schema, table: name, bytes, query: locks.get(`${id} AccessExclusiveLock`)?.query ?? null }]
  })
}
