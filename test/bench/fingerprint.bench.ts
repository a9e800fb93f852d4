// What reading every value costs beside what PostgreSQL itself takes for the same tables: `npm run bench:fingerprint`.
// The server is that of TEST_POSTGRESQL_URL (default: the local one); BENCH_ROWS wide rows (1,000,000), five times as many narrow ones.
import pg from 'pg'
import { bench } from 'vitest'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { median, printTable } from './measure.mjs'

const ROUNDS = 5
const rows = Number(process.env.BENCH_ROWS ?? 1_000_000)
const server = process.env.TEST_POSTGRESQL_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres'
const TABLES = ['Wide', 'Narrow'] as const

bench('fingerprint', run, { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 })

async function run() {
  const name = `bench_fingerprint_${process.pid}`
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
  await query(server, `CREATE DATABASE "${name}"`)
  try {
    await fill(url)
    const target = postgresql.readTarget(url, { fileBase: '/', root: '/' })
    const connection = await postgresql.connect(target)
    const ways = {
      'count(*)': () => each(url, (table) => `SELECT count(*) FROM "${table}"`),
      'COPY to nowhere': () => each(url, (table) => `COPY "${table}" TO '/dev/null'`),
      'fingerprint, counts': () => postgresql.fingerprint(connection, { levelOf: () => 'counts' }),
      'fingerprint, columns': () => postgresql.fingerprint(connection),
    }
    const seconds: Record<string, number[]> = Object.fromEntries(Object.keys(ways).map((way) => [way, []]))
    for (let round = 0; round < ROUNDS; round++) {
      for (const [way, work] of Object.entries(ways)) {
        const start = performance.now()
        await work()
        seconds[way]?.push((performance.now() - start) / 1000)
      }
    }
    await connection.close()
    const time = (way: string) => median(seconds[way] ?? [])
    console.log(`${rows} wide rows, ${5 * rows} narrow ones; medians of ${ROUNDS} interleaved rounds`)
    printTable([
      ['', 'seconds', '× count(*)', '× COPY'],
      ...Object.keys(ways).map((way) => [
        way,
        time(way).toFixed(2),
        (time(way) / time('count(*)')).toFixed(2),
        (time(way) / time('COPY to nowhere')).toFixed(2),
      ]),
    ])
  } finally {
    await query(server, `DROP DATABASE "${name}" WITH (FORCE)`)
  }
}

async function each(url: string, sqlOf: (table: string) => string) {
  for (const table of TABLES) await query(url, sqlOf(table))
}

async function fill(url: string) {
  await query(
    url,
    `CREATE TABLE "Wide" (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL, amount numeric(12, 2) NOT NULL, at timestamp(3) NOT NULL, note text, data jsonb, token uuid);
     INSERT INTO "Wide" SELECT i, 'name ' || i, md5(i::text) || '@example.com', i * 1.37, timestamp '2024-01-01' + i * interval '1 minute',
       CASE WHEN i % 3 = 0 THEN repeat(md5(i::text), 4) ELSE 'a note about ' || i || ' that is as long as notes are' END,
       jsonb_build_object('a', i, 'b', md5((i * 7)::text)), md5('u' || i)::uuid FROM generate_series(1, ${rows}) i;
     CREATE TABLE "Narrow" (id int PRIMARY KEY, "wideId" int NOT NULL, value int, filler char(84));
     INSERT INTO "Narrow" SELECT i, 1 + i % ${rows}, i % 1000, '' FROM generate_series(1, ${5 * rows}) i`,
  )
  await query(url, 'VACUUM ANALYZE')
}

async function query(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
