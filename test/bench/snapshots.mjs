// What taking and restoring a snapshot costs, beside what the database's own tools cost: `npm run bench:snapshots`.
// usage: node test/bench/snapshots.mjs [wide rows] [sqlite]    one database alone where it is named; five times as many narrow ones; PostgreSQL from TEST_POSTGRESQL_URL (default: the local server)
// Ours includes everything: start of the process, digests of every value, reading the snapshot back; the tools' times are for the copy alone,
// and beside them is what it takes to get the same by hand.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import pg from 'pg'
import { measure, median, printTable } from './measure.mjs'

const ROUNDS = 3
const root = fileURLToPath(new URL('../..', import.meta.url))
const wide = Number(process.argv[2] ?? 1_000_000)
const narrow = 5 * wide
const server = process.env.TEST_POSTGRESQL_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres'
const safeMigrate = path.join(root, 'bin', 'safe-migrate.js')
const environment = { ...process.env, NO_COLOR: '1' }

const WIDE = `SELECT i, 'name ' || i, md5(i::text) || '@example.com', i * 1.37, timestamp '2024-01-01' + i * interval '1 minute',
  CASE WHEN i % 3 = 0 THEN repeat(md5(i::text), 4) ELSE 'a note about ' || i || ' that is as long as notes are' END,
  jsonb_build_object('a', i, 'b', md5((i * 7)::text)), md5('u' || i)::uuid FROM generate_series(1, ${wide}) i`
const POSTGRESQL = `
CREATE TABLE "Wide" (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL, amount numeric(12, 2) NOT NULL, at timestamp(3) NOT NULL, note text, data jsonb, token uuid);
INSERT INTO "Wide" ${WIDE};
CREATE INDEX ON "Wide" (email);
CREATE TABLE "Narrow" (id int PRIMARY KEY, "wideId" int NOT NULL, value int, filler char(84));
INSERT INTO "Narrow" SELECT i, 1 + i % ${wide}, i % 1000, '' FROM generate_series(1, ${narrow}) i;
VACUUM ANALYZE`

console.log(`${wide} wide rows, ${narrow} narrow ones; medians of ${ROUNDS} interleaved rounds\n`)
if (process.argv[3] !== 'sqlite') await benchPostgresql()
await benchSqlite()

async function benchPostgresql() {
  const admin = new pg.Client({ connectionString: server })
  await admin.connect()
  const name = `bench_snapshots_${process.pid}`
  const url = urlOf(name)
  const folder = makeProject('postgresql', url)
  try {
    await admin.query(`CREATE DATABASE "${name}"`)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    for (const statement of POSTGRESQL.split(';\n')) await client.query(statement)
    await client.end()
    await admin.query('CHECKPOINT')
    await benchTake(folder, url)
    await benchRestore(admin, folder, name)
    await benchTemplate(admin, folder, name)
  } finally {
    await dropLike(admin, name)
    await admin.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function benchTake(folder, url) {
  const dump = path.join(folder, 'dump')
  const words = (...more) => [...more, '-f', dump, '-d', url]
  const ways = {
    'pg_dump -Fc': () => measure('pg_dump', words('-Fc')),
    'pg_dump -Fd -j2 -Z0': () => measure('pg_dump', words('-Fd', '-j2', '-Z0')),
    'pg_dump -Fd -j2 -Z1': () => measure('pg_dump', words('-Fd', '-j2', '-Z1')),
    'the same, digests, read back': () =>
      sh(`pg_dump -Fd -j2 -Z1 -f '${dump}' -d '${url}' & ${digests(url)} & wait; pg_restore -f /dev/null '${dump}'`),
    'snapshot create --engine copy': () => create(folder, 'copy'),
    'snapshot create --engine pg-dump': () => create(folder, 'pg-dump'),
  }
  const figures = await race(ways, () => [dump, path.join(folder, '.safe-migrate', 'snapshots')], {
    before: () => {
      for (const one of [dump, path.join(folder, '.safe-migrate')]) rmSync(one, { recursive: true, force: true })
    },
  })
  show('PostgreSQL, take', figures, ['pg_dump -Fc', 'pg_dump -Fd -j2 -Z1', 'the same, digests, read back'])
}

async function benchRestore(admin, folder, name) {
  const to = `${name}_to`
  const dump = path.join(folder, 'dump')
  rmSync(dump, { recursive: true, force: true })
  await measure('pg_dump', ['-Fd', '-j2', '-Z1', '-f', dump, '-d', urlOf(name)])
  rmSync(path.join(folder, '.safe-migrate'), { recursive: true, force: true })
  const { id } = await created(folder, 'copy')
  const ways = {
    'pg_restore -j2': async () => {
      await admin.query(`CREATE DATABASE "${to}"`)
      return measure('pg_restore', ['-j2', '-d', urlOf(to), dump])
    },
    'the same, and digests': async () => {
      await admin.query(`CREATE DATABASE "${to}"`)
      return sh(`pg_restore -f /dev/null '${dump}' && pg_restore -j2 -d '${urlOf(to)}' '${dump}' && { ${digests(urlOf(to))}; wait; }`)
    },
    'restore --to, copy': () => restore(folder, id, ['--to', urlOf(to)]),
  }
  const figures = await race(ways, () => [], { before: () => dropLike(admin, to) })
  await dropLike(admin, to)
  show('PostgreSQL, restore into a new database', figures, ['pg_restore -j2', 'the same, and digests'])
}

async function benchTemplate(admin, folder, name) {
  const copied = path.join(folder, 'files')
  const ways = {
    'cp -r of the files, and sync': async () => {
      const files = await filesOf(admin, name)
      return sh(`cp -r '${files}' '${copied}' && sync '${copied}'/*`)
    },
    'snapshot create --engine pg-template': () => create(folder, 'pg-template'),
    'restore, pg-template': async () => {
      const { id } = await created(folder, 'pg-template')
      return restore(folder, id, [])
    },
  }
  const figures = await race(ways, () => [], {
    before: async () => {
      rmSync(copied, { recursive: true, force: true })
      await dropLike(admin, `${name}__safe`)
      rmSync(path.join(folder, '.safe-migrate'), { recursive: true, force: true })
      await admin.query('CHECKPOINT')
    },
  })
  show('PostgreSQL, pg-template', figures, Object.keys(figures).slice(0, 1))
}

/** A restore makes another database of the name. */
async function filesOf(admin, name) {
  const { rows } = await admin.query(
    "SELECT current_setting('data_directory') || '/base/' || oid AS folder FROM pg_database WHERE datname = $1",
    [name],
  )
  return rows[0].folder
}

async function benchSqlite() {
  const folder = makeProject('sqlite', 'file:./bench.db')
  const empty = makeProject('sqlite', 'file:./bench.db')
  const file = path.join(folder, 'bench.db')
  fillSqlite(file)
  new Database(path.join(empty, 'bench.db')).exec('CREATE TABLE t (id INTEGER PRIMARY KEY)').close()
  const copied = path.join(folder, 'copy.db')
  const script = `new (require('better-sqlite3'))(${JSON.stringify(file)}).exec("VACUUM INTO '${copied}'")`
  const clear = () => {
    rmSync(copied, { force: true })
    for (const one of [folder, empty]) rmSync(path.join(one, '.safe-migrate'), { recursive: true, force: true })
  }
  try {
    const take = {
      'VACUUM INTO': () => measure(process.execPath, ['-e', script], { cwd: folder }),
      'cp, and sync': () => sh(`cp '${file}' '${copied}' && sync '${copied}'`),
      'snapshot create --engine sqlite-backup': () => create(folder, 'sqlite-backup'),
      'the same of an empty table': () => create(empty, 'sqlite-backup'),
    }
    const outputs = () => [copied, path.join(folder, '.safe-migrate', 'snapshots')]
    show('SQLite, take', await race(take, outputs, { before: clear }), ['VACUUM INTO', 'cp, and sync'])
  } finally {
    for (const one of [folder, empty]) rmSync(one, { recursive: true, force: true })
  }
}

function sh(script) {
  return measure('sh', ['-c', script])
}

/** Both tables at once: what tells later whether any value changed. */
function digests(url) {
  return ['Wide', 'Narrow']
    .map((table) => `psql -qAt -d '${url}' -c 'SELECT count(*), sum(hash_record_extended(t, 0)) FROM "${table}" t'`)
    .join(' & ')
}

/** Runs every way once a round, so that what else the machine does meets all of them. */
async function race(ways, outputs, { before }) {
  const figures = Object.fromEntries(Object.keys(ways).map((name) => [name, { seconds: [], peak: 0, bytes: 0 }]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(ways)) {
      await before()
      const result = await run()
      if (result.exitCode !== 0) throw new Error(`${name} ended with ${result.exitCode}:\n${result.stdout}\n${result.stderr}`)
      const figure = figures[name]
      figure.seconds.push(result.seconds)
      figure.peak = Math.max(figure.peak, result.peakMegabytes)
      figure.bytes = Math.max(...outputs().map(sizeOf), 0)
    }
  }
  return figures
}

function show(title, figures, references) {
  const table = [['', 'seconds', ...references.map((name) => `× ${name}`), 'MB', 'peak MB']]
  for (const [name, { seconds, bytes, peak }] of Object.entries(figures)) {
    const time = median(seconds)
    const ratios = references.map((reference) => (time / median(figures[reference].seconds)).toFixed(2))
    table.push([name, time.toFixed(2), ...ratios, bytes === 0 ? '' : (bytes / 1e6).toFixed(0), peak.toFixed(0)])
  }
  console.log(title)
  printTable(table)
  console.log('')
}

function create(folder, engine) {
  return measure(process.execPath, [safeMigrate, 'snapshot', 'create', '--engine', engine, '--json'], { cwd: folder, env: environment })
}

async function created(folder, engine) {
  const { exitCode, stdout, stderr } = await create(folder, engine)
  if (exitCode !== 0) throw new Error(stderr)
  return JSON.parse(stdout).snapshots[0]
}

function restore(folder, id, words) {
  return measure(process.execPath, [safeMigrate, 'restore', id, '--yes', ...words], { cwd: folder, env: environment })
}

function urlOf(database) {
  return Object.assign(new URL(server), { pathname: `/${database}` }).href
}

async function dropLike(admin, beginning) {
  const { rows } = await admin.query('SELECT datname FROM pg_database WHERE starts_with(datname::text, $1)', [beginning])
  for (const { datname } of rows) {
    await admin.query(`ALTER DATABASE "${datname}" ALLOW_CONNECTIONS true`)
    await admin.query(`DROP DATABASE "${datname}" WITH (FORCE)`)
  }
}

function makeProject(provider, url) {
  const folder = mkdtempSync(path.join(tmpdir(), 'safe-migrate-bench-'))
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  mkdirSync(path.join(folder, 'migrations'))
  writeFileSync(path.join(folder, 'package.json'), '{}')
  writeFileSync(path.join(folder, 'schema.prisma'), `datasource db {\n  provider = "${provider}"\n}\n`)
  writeFileSync(path.join(folder, 'prisma.config.mjs'), `export default { datasource: { url: ${JSON.stringify(url)} } }\n`)
  return folder
}

function fillSqlite(file) {
  const database = new Database(file)
  const numbers = (most) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${most})`
  database.exec(`
    CREATE TABLE "Wide" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, amount DECIMAL NOT NULL, at DATETIME NOT NULL, note TEXT);
    ${numbers(wide)} INSERT INTO "Wide" SELECT i, 'name ' || i, hex(randomblob(16)) || '@example.com', i * 1.37, '2024-01-01T00:00:00.000Z', CASE WHEN i % 3 = 0 THEN hex(randomblob(64)) END FROM n;
    CREATE INDEX wide_email ON "Wide" (email);
    CREATE TABLE "Narrow" (id INTEGER PRIMARY KEY, "wideId" INTEGER NOT NULL, value INTEGER);
    ${numbers(narrow)} INSERT INTO "Narrow" SELECT i, 1 + i % ${wide}, i % 1000 FROM n;`)
  database.close()
}

function sizeOf(place) {
  if (!existsSync(place)) return 0
  const stats = statSync(place)
  return stats.isDirectory() ? readdirSync(place).reduce((sum, name) => sum + sizeOf(path.join(place, name)), 0) : stats.size
}
