// What a copy of all rows costs, beside what teams write by hand: Prisma's findMany in pages, to JSON. `npm run bench:json`.
// usage: node test/bench/json.mjs [rows]    PostgreSQL from TEST_POSTGRESQL_URL (default: the local server)
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { engineEnvironment, quietEnvironment } from '../schema-engine/engine-environment.mjs'
import { measure, median, printTable } from './measure.mjs'

const ROUNDS = 3
const PAGE = 1000
const TARGET = 6

const root = fileURLToPath(new URL('../..', import.meta.url))
const rows = Number(process.argv[2] ?? 300_000)
const server = process.env.TEST_POSTGRESQL_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres'
const prismaScript = path.join(root, 'node_modules', 'prisma', 'build', 'index.js')
const safeMigrate = path.join(root, 'bin', 'safe-migrate.js')
const environment = { ...process.env, ...quietEnvironment, ...engineEnvironment(path.join(root, 'node_modules', 'prisma')) }

const MODEL = `model Wide {
  id        Int      @id @default(autoincrement())
  email     String
  name      String
  bio       String
  views     BigInt
  amount    Decimal  @db.Decimal(12, 2)
  rate      Float
  active    Boolean
  createdAt DateTime
  updatedAt DateTime
  settings  Json
  tags      String[]
  token     Bytes
  note      String?
}`

const SQL = `CREATE TABLE "Wide" ("id" SERIAL PRIMARY KEY, "email" TEXT NOT NULL, "name" TEXT NOT NULL, "bio" TEXT NOT NULL, "views" BIGINT NOT NULL, "amount" DECIMAL(12,2) NOT NULL, "rate" DOUBLE PRECISION NOT NULL,
  "active" BOOLEAN NOT NULL, "createdAt" TIMESTAMP(3) NOT NULL, "updatedAt" TIMESTAMP(3) NOT NULL, "settings" JSONB NOT NULL, "tags" TEXT[], "token" BYTEA NOT NULL, "note" TEXT)`
const FILL = `INSERT INTO "Wide" ("email", "name", "bio", "views", "amount", "rate", "active", "createdAt", "updatedAt", "settings", "tags", "token", "note")
  SELECT 'user' || i || '@example.com', 'Name ' || i, md5(i::text) || ' ' || md5((i + 1)::text) || ' ' || md5((i + 2)::text), i::bigint * 1000003, (i % 100000) / 7.0, i / 3.0, i % 3 = 0,
    timestamp '2024-01-01' + i * interval '1 second', timestamp '2024-06-01' + i * interval '1 minute', jsonb_build_object('theme', 'dark', 'level', i % 100, 'list', ARRAY[i, i + 1]),
    ARRAY['tag' || i % 50, 'tag' || i % 7], decode(md5(i::text), 'hex'), CASE WHEN i % 4 = 0 THEN 'a note that is there now and then' END
  FROM generate_series(1, $1::int) i`

/** As it is written by hand. */
const BY_HAND = `
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './generated/client.mjs'
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) })
const out = createWriteStream(process.argv[2])
out.write('{"Wide":[')
let cursor, first = true
for (;;) {
  const page = await prisma.wide.findMany({ take: ${PAGE}, ...(cursor === undefined ? {} : { skip: 1, cursor: { id: cursor } }), orderBy: { id: 'asc' } })
  if (page.length === 0) break
  cursor = page.at(-1).id
  const text = page.map((row) => JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? String(value) : value))).join(',')
  if (!out.write((first ? '' : ',') + text)) await once(out, 'drain')
  first = false
}
out.end(']}')
await once(out, 'close')
await prisma.$disconnect()
`

const admin = new pg.Client({ connectionString: server })
await admin.connect()
const name = `bench_${process.pid}`
const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
const folder = mkdtempSync(path.join(tmpdir(), 'safe-migrate-bench-'))
try {
  await admin.query(`CREATE DATABASE "${name}"`)
  await fill()
  await makeProject()
  await compare()
} finally {
  rmSync(folder, { recursive: true, force: true })
  await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
  await admin.end()
}

async function fill() {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(SQL)
  await client.query(FILL, [rows])
  await client.query('VACUUM ANALYZE')
  await client.end()
}

async function makeProject() {
  mkdirSync(path.join(folder, 'prisma', 'migrations'), { recursive: true })
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  writeFileSync(path.join(folder, 'package.json'), '{"private":true,"type":"module"}')
  writeFileSync(
    path.join(folder, 'prisma', 'schema.prisma'),
    `generator client {\n  provider = "prisma-client"\n  output = "../generated"\n}\n\ndatasource db {\n  provider = "postgresql"\n}\n\n${MODEL}\n`,
  )
  writeFileSync(
    path.join(folder, 'prisma.config.ts'),
    `export default { schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations' }, datasource: { url: ${JSON.stringify(url)} } }\n`,
  )
  await run('prisma generate', process.execPath, [prismaScript, 'generate'])
  await bundleClient()
  writeFileSync(path.join(folder, 'by-hand.mjs'), BY_HAND)
}

/** The client is TypeScript, and Node 20 reads none. */
async function bundleClient() {
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({
    input: path.join(folder, 'generated', 'client.ts'),
    external: (id) => !id.startsWith('.') && !path.isAbsolute(id),
    platform: 'node',
  })
  await bundle.write({ file: path.join(folder, 'generated', 'client.mjs'), format: 'esm' })
  await bundle.close()
}

async function run(what, file, args) {
  const result = await measure(file, args, { cwd: folder, env: { ...environment, DATABASE_URL: url } })
  if (result.exitCode !== 0) throw new Error(`${what} failed:\n${result.stdout}${result.stderr}`)
  return result
}

async function compare() {
  const snapshots = path.join(folder, '.safe-migrate')
  const ours = (...args) => run(args.join(' '), process.execPath, [safeMigrate, 'snapshot', ...args])
  const ways = {
    'findMany pages to JSON': () => run('by hand', process.execPath, ['by-hand.mjs', 'out.json']),
    'snapshot create --engine copy': () => ours('create', '--engine', 'copy'),
    'snapshot create --engine json': () => ours('create', '--engine', 'json'),
    'snapshot export --as json': () => ours('export', '--as', 'json', '--output', 'out.json'),
  }
  const results = new Map(Object.keys(ways).map((way) => [way, []]))
  await ways['findMany pages to JSON']()
  const bytes = statSync(path.join(folder, 'out.json')).size
  for (let round = 0; round < ROUNDS; round++) {
    rmSync(snapshots, { recursive: true, force: true })
    for (const [way, measureWay] of Object.entries(ways)) {
      rmSync(path.join(folder, 'out.json'), { force: true })
      results.get(way)?.push(await measureWay())
    }
  }
  const medians = new Map([...results].map(([way, runs]) => [way, median(runs.map(({ seconds }) => seconds))]))
  const byHand = medians.get('findMany pages to JSON') ?? Number.NaN
  console.log(
    `${rows} wide rows, ${(bytes / 1e6).toFixed(0)} MB of JSON by hand; medians of ${ROUNDS} interleaved rounds, whole processes\n`,
  )
  printTable([
    ['', 'seconds', 'of by hand', 'times faster', 'peak MB'],
    ...[...results].map(([way, runs]) => {
      const seconds = medians.get(way) ?? Number.NaN
      const peak = Math.max(...runs.map(({ peakMegabytes }) => peakMegabytes))
      return [way, seconds.toFixed(2), (seconds / byHand).toFixed(2), (byHand / seconds).toFixed(1), peak.toFixed(0)]
    }),
  ])
  const ratio = byHand / (medians.get('snapshot create --engine copy') ?? Number.NaN)
  console.log(`\ncopy is ${ratio.toFixed(1)} times faster than by hand; wanted: ${TARGET} (${ratio >= TARGET ? 'reached' : 'not reached'})`)
}
