import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresqlServer } from '../../helpers/postgresql-server.js'
import { databaseNames } from '../postgresql-test.js'
import { temporaryFolder } from '../snapshot-test.js'
import type { Place } from './place.js'

/** Of everything in a database: tables with their columns, indexes, rows, sequences, large objects. */
const CONTENTS = `SELECT concat_ws(' ',
  (SELECT md5(string_agg(concat_ws(' ', table_name, column_name, data_type), ',' ORDER BY table_name, ordinal_position)) FROM information_schema.columns WHERE table_schema = 'public'),
  (SELECT md5(string_agg(pg_get_indexdef(indexrelid), ',' ORDER BY pg_get_indexdef(indexrelid))) FROM pg_index WHERE indrelid::regclass::text IN ('t', 'c')),
  (SELECT md5(string_agg(md5(t::text), '' ORDER BY id)) FROM t), (SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM c),
  (SELECT last_value FROM c_id_seq), (SELECT md5(string_agg(loid::text || pageno || md5(data), ',' ORDER BY loid, pageno)) FROM pg_largeobject)) AS contents`

/** How long sessions of a process that is gone may still be seen, in milliseconds: pg_dump lives on until it notices. */
const PATIENCE = 30_000

/** @param rows of some 300 bytes each */
export async function postgresqlPlace(
  server: PostgresqlServer,
  rows: number,
): Promise<Place & { readonly name: string; drop(): Promise<void> }> {
  const name = await server.createDatabase()
  await server.query(
    name,
    `CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE c (id serial PRIMARY KEY, t int REFERENCES t);
     INSERT INTO t SELECT i, repeat(md5(i::text), 9) FROM generate_series(1, ${rows}) i; INSERT INTO c (t) SELECT id FROM t WHERE id % 3 = 0;
     CREATE INDEX by_v ON t (left(v, 20)); CREATE INDEX by_t ON c (t); SELECT lo_from_bytea(0, 'a large object')`,
  )
  const read = async (database: string) => String((await server.query(database, CONTENTS))[0]?.contents)
  return {
    name,
    provider: 'postgresql',
    url: server.url(name),
    root: temporaryFolder(),
    read: () => read(name),
    readKept: async ({ manifest }) => {
      const kept = manifest.details.database
      if (typeof kept !== 'string') return null
      await server.query('postgres', `ALTER DATABASE "${kept}" ALLOW_CONNECTIONS true`)
      const contents = await read(kept)
      await server.query('postgres', `ALTER DATABASE "${kept}" ALLOW_CONNECTIONS false`)
      return contents
    },
    change: async () => {
      await server.query(
        name,
        "UPDATE t SET v = 'changed ' || v WHERE id % 5 > 0; DELETE FROM c WHERE id % 2 = 0; ALTER TABLE c ADD COLUMN more text; SELECT lo_from_bytea(0, 'one more')",
      )
    },
    strays: async (usable) => {
      const kept = usable.map(({ manifest }) => manifest.details.database)
      const databases = (await databaseNames(server, name)).filter((one) => one !== name && !kept.includes(one))
      return [...databases, ...(await sessionsThatStay(server, name))]
    },
    drop: async () => {
      for (const one of await databaseNames(server, name)) await server.dropDatabase(one)
    },
  }
}

/** Sessions in the database and its copies that do not end. */
async function sessionsThatStay(server: PostgresqlServer, name: string): Promise<readonly string[]> {
  for (const deadline = Date.now() + PATIENCE; ; await sleep(20)) {
    const rows = await server.query(
      'postgres',
      "SELECT concat_ws(' ', application_name, datname, state, query) AS session FROM pg_stat_activity WHERE starts_with(datname::text, $1) AND backend_type = 'client backend'",
      [name],
    )
    if (rows.length === 0 || Date.now() > deadline) return rows.map(({ session }) => String(session))
  }
}
