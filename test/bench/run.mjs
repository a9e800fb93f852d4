// What each step of the main job costs on a generated database, beside `prisma migrate deploy` alone and `pg_dump -Fc`: `npm run bench`.
// usage: node test/bench/run.mjs [rows]    PostgreSQL from TEST_POSTGRESQL_URL (default: the local server)
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import pg from 'pg'
import { engineEnvironment, quietEnvironment } from '../schema-engine/engine-environment.mjs'
import { measure, median, printTable } from './measure.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const rows = Number(process.argv[2] ?? 1_000_000)
const server = process.env.TEST_POSTGRESQL_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres'
const prismaScript = path.join(root, 'node_modules', 'prisma', 'build', 'index.js')
const safeMigrate = path.join(root, 'bin', 'safe-migrate.js')
const environment = { ...process.env, ...quietEnvironment, ...engineEnvironment(path.join(root, 'node_modules', 'prisma')) }

const COLUMNS = {
  postgresql:
    '"id" SERIAL PRIMARY KEY, "name" TEXT NOT NULL, "email" TEXT NOT NULL, "amount" DECIMAL(12,2) NOT NULL, "createdAt" TIMESTAMP(3) NOT NULL, "note" TEXT',
  sqlite:
    '"id" INTEGER PRIMARY KEY, "name" TEXT NOT NULL, "email" TEXT NOT NULL, "amount" DECIMAL NOT NULL, "createdAt" DATETIME NOT NULL, "note" TEXT',
}
const PENDING = 'ALTER TABLE "Wide" ADD COLUMN "extra" TEXT;\nUPDATE "Narrow" SET "value" = "value" WHERE false;\n'

console.log(`${rows} wide rows, ${2 * rows} narrow rows; medians of 3 unless said otherwise\n`)
await benchPostgresql()
console.log('')
await benchSqlite()

async function benchPostgresql() {
  const admin = new pg.Client({ connectionString: server })
  await admin.connect()
  const name = `bench_${process.pid}`
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
  const folder = makeProject('postgresql', url)
  try {
    await admin.query(`CREATE DATABASE "${name}"`)
    await deployInit(folder)
    await fillPostgresql(url)
    await admin.query(`CREATE DATABASE "${name}_copy" TEMPLATE "${name}"`)
    const nothing = await compareNothingPending(folder)
    addPending(folder)
    const alone = []
    for (let i = 0; i < 3; i++) {
      await recreate(admin, name, `${name}_copy`)
      alone.push((await measure(process.execPath, [prismaScript, 'migrate', 'deploy'], { cwd: folder, env: environment })).seconds)
    }
    const dump = []
    for (let i = 0; i < 3; i++) dump.push((await measure('pg_dump', ['-Fc', '-f', path.join(folder, 'dump'), '-d', url])).seconds)
    const counts = []
    const count = 'SELECT count(*) FROM "Wide"; SELECT count(*) FROM "Narrow"'
    for (let i = 0; i < 3; i++) counts.push((await measure('psql', ['-qAt', '-d', url, '-c', count])).seconds)
    const engines = {}
    for (const engine of ['pg-dump', 'pg-template']) {
      const runs = []
      for (let i = 0; i < 3; i++) {
        await recreate(admin, name, `${name}_copy`)
        runs.push(await deploy(folder, engine))
        await dropTemplates(admin, name)
        rmSync(path.join(folder, '.safe-migrate'), { recursive: true, force: true })
      }
      engines[engine] = runs.sort((a, b) => a.seconds - b.seconds)[1]
    }
    const byHand = median(alone) + median(dump) + 2 * median(counts)
    report('PostgreSQL', median(alone), ['pg_dump -Fc', median(dump)], engines, nothing, ['prisma, pg_dump -Fc, two count(*)', byHand])
  } finally {
    await dropTemplates(admin, name)
    for (const one of [name, `${name}_copy`]) await admin.query(`DROP DATABASE IF EXISTS "${one}" WITH (FORCE)`)
    await admin.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function benchSqlite() {
  const folder = makeProject('sqlite', 'file:./bench.db')
  const file = path.join(folder, 'bench.db')
  try {
    await deployInit(folder)
    fillSqlite(file)
    cpSync(file, `${file}.copy`)
    const nothing = await compareNothingPending(folder)
    addPending(folder)
    const alone = []
    const vacuum = []
    const runs = []
    for (let i = 0; i < 3; i++) {
      cpSync(`${file}.copy`, file)
      alone.push((await measure(process.execPath, [prismaScript, 'migrate', 'deploy'], { cwd: folder, env: environment })).seconds)
      rmSync(`${file}.vacuum`, { force: true })
      vacuum.push(
        (
          await measure(
            process.execPath,
            ['-e', `new (require('better-sqlite3'))(${JSON.stringify(file)}).exec("VACUUM INTO '${file}.vacuum'")`],
            { cwd: folder },
          )
        ).seconds,
      )
      cpSync(`${file}.copy`, file)
      runs.push(await deploy(folder, 'sqlite-backup'))
      rmSync(path.join(folder, '.safe-migrate'), { recursive: true, force: true })
    }
    report(
      'SQLite',
      median(alone),
      ['VACUUM INTO', median(vacuum)],
      { 'sqlite-backup': runs.sort((a, b) => a.seconds - b.seconds)[1] },
      nothing,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function deploy(folder, engine) {
  const run = await measure(process.execPath, [safeMigrate, 'deploy', '--engine', engine, '--json'], { cwd: folder, env: environment })
  if (run.exitCode !== 0) throw new Error(`safe-migrate deploy ended with ${run.exitCode}:\n${run.stdout}\n${run.stderr}`)
  return { ...run, report: JSON.parse(run.stdout) }
}

async function compareNothingPending(folder) {
  const ours = []
  const theirs = []
  for (let i = 0; i < 5; i++) {
    ours.push((await measure(process.execPath, [safeMigrate, 'deploy'], { cwd: folder, env: environment })).seconds)
    theirs.push((await measure(process.execPath, [prismaScript, 'migrate', 'deploy'], { cwd: folder, env: environment })).seconds)
  }
  return { ours: median(ours), theirs: median(theirs) }
}

/** @param byHand what a careful user would do instead */
function report(title, alone, [otherName, other], engines, nothing, [byHandName, byHand] = [otherName, other]) {
  const table = [['', 'seconds', '× prisma migrate deploy', `× ${otherName}`, `× ${byHandName}`, 'peak MB']]
  const row = (name, seconds, peak = '') =>
    table.push([name, seconds.toFixed(2), ...[alone, other, byHand].map((reference) => (seconds / reference).toFixed(2)), peak])
  row('prisma migrate deploy alone', alone)
  row(otherName, other)
  if (byHand !== other) row(byHandName, byHand)
  for (const [engine, run] of Object.entries(engines)) {
    row(`safe-migrate deploy, ${engine}`, run.seconds, run.peakMegabytes.toFixed(0))
    for (const [step, seconds] of Object.entries(run.report.seconds)) row(`  ${step}`, seconds)
  }
  console.log(`${title}`)
  printTable(table)
  console.log(
    `nothing pending: safe-migrate deploy ${nothing.ours.toFixed(2)} s, prisma migrate deploy ${nothing.theirs.toFixed(2)} s, ratio ${(nothing.ours / nothing.theirs).toFixed(2)}`,
  )
}

function makeProject(provider, url) {
  const folder = mkdtempSync(path.join(tmpdir(), 'safe-migrate-bench-'))
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  writeFileSync(path.join(folder, 'package.json'), '{}')
  writeFileSync(path.join(folder, 'schema.prisma'), `datasource db {\n  provider = "${provider}"\n}\n`)
  writeFileSync(path.join(folder, 'prisma.config.mjs'), `export default { datasource: { url: ${JSON.stringify(url)} } }\n`)
  const init = `CREATE TABLE "Wide" (${COLUMNS[provider]});\nCREATE TABLE "Narrow" ("id" INTEGER PRIMARY KEY, "wideId" INTEGER NOT NULL REFERENCES "Wide"("id"), "value" INTEGER NOT NULL);\n`
  writeMigration(folder, '1_init', init)
  return folder
}

function writeMigration(folder, name, sql) {
  mkdirSync(path.join(folder, 'migrations', name), { recursive: true })
  writeFileSync(path.join(folder, 'migrations', name, 'migration.sql'), sql)
}

function addPending(folder) {
  writeMigration(folder, '2_pending', PENDING)
}

async function deployInit(folder) {
  const { exitCode, stderr } = await measure(process.execPath, [prismaScript, 'migrate', 'deploy'], { cwd: folder, env: environment })
  if (exitCode !== 0) throw new Error(stderr)
}

async function fillPostgresql(url) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(
    `INSERT INTO "Wide" SELECT i, 'name ' || i, md5(i::text) || '@example.com', i * 1.37, timestamp '2024-01-01' + i * interval '1 minute', CASE WHEN i % 3 = 0 THEN repeat(md5(i::text), 4) END FROM generate_series(1, ${rows}) i`,
  )
  await client.query(`INSERT INTO "Narrow" SELECT i, 1 + i % ${rows}, i % 1000 FROM generate_series(1, ${2 * rows}) i`)
  await client.query('VACUUM ANALYZE')
  await client.end()
}

function fillSqlite(file) {
  const database = new Database(file)
  const numbers = (most) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${most})`
  database.exec(
    `${numbers(rows)} INSERT INTO "Wide" SELECT i, 'name ' || i, hex(i) || '@example.com', i * 1.37, '2024-01-01T00:00:00.000Z', CASE WHEN i % 3 = 0 THEN hex(randomblob(64)) END FROM n`,
  )
  database.exec(`${numbers(2 * rows)} INSERT INTO "Narrow" SELECT i, 1 + i % ${rows}, i % 1000 FROM n`)
  database.close()
}

async function recreate(admin, name, template) {
  await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
  await admin.query(`CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY file_copy`)
  await admin.query('CHECKPOINT')
}

async function dropTemplates(admin, name) {
  const { rows: found } = await admin.query('SELECT datname FROM pg_database WHERE datname LIKE $1', [`${name}\\_\\_safe%`])
  for (const { datname } of found) {
    await admin.query(`ALTER DATABASE "${datname}" ALLOW_CONNECTIONS true`)
    await admin.query(`DROP DATABASE "${datname}" WITH (FORCE)`)
  }
}
