// What `safe-migrate check` costs as a whole process, beside `node -e 0` and `prisma validate` in the same run: `npm run bench:check`.
// usage: node test/bench/check.mjs [runs]
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { engineEnvironment, quietEnvironment } from '../schema-engine/engine-environment.mjs'
import { measure, median, printTable } from './measure.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const runs = Number(process.argv[2] ?? 5)
const safeMigrate = path.join(root, 'bin', 'safe-migrate.js')
const prisma = path.join(root, 'node_modules', 'prisma', 'build', 'index.js')
const DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/none' // nothing connects
const env = { ...process.env, ...quietEnvironment, ...engineEnvironment(path.join(root, 'node_modules', 'prisma')), DATABASE_URL }

const [small, large] = [makeProject(200), makeProject(600)]
try {
  const last = [197, 198, 199].map((index) => path.join('prisma', 'migrations', nameOf(index)))
  const rows = [
    await time('node -e 0', ['-e', '0'], small),
    await time('prisma validate', [prisma, 'validate'], small),
    await time('safe-migrate --help', [safeMigrate, '--help'], small),
    await time('check, 3 of 200 migrations', [safeMigrate, 'check', ...last], small),
    await time('check, 600 migrations', [safeMigrate, 'check'], large),
  ]
  const prismaSeconds = rows[1]?.seconds ?? Number.NaN
  printTable([
    ['', 'seconds', '× prisma validate'],
    ...rows.map(({ name, seconds }) => [name, seconds.toFixed(2), (seconds / prismaSeconds).toFixed(2)]),
  ])
} finally {
  for (const folder of [small, large]) rmSync(folder, { recursive: true })
}

/** @param {string} name @param {readonly string[]} words @param {string} cwd */
async function time(name, words, cwd) {
  const seconds = []
  for (let i = 0; i < runs; i++) {
    const result = await measure(process.execPath, words, { cwd, env })
    if (result.exitCode !== 0 && !/stops? a run/.test(result.stdout)) throw new Error(`${name}: ${result.stderr}`)
    seconds.push(result.seconds)
  }
  return { name, seconds: median(seconds) }
}

/** @param {number} index */
function nameOf(index) {
  return `${20200101000000 + index}_change`
}

/** A project with as many migrations of the common kinds. @param {number} count */
function makeProject(count) {
  const folder = mkdtempSync(path.join(tmpdir(), 'safe-migrate-bench-check-'))
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  writeFileSync(path.join(folder, 'package.json'), '{}')
  writeFileSync(
    path.join(folder, 'prisma.config.ts'),
    "import { defineConfig, env } from 'prisma/config'\nexport default defineConfig({ schema: 'prisma/schema.prisma', datasource: { url: env('DATABASE_URL') } })\n",
  )
  for (let index = 0; index < count; index++) {
    const migration = path.join(folder, 'prisma', 'migrations', nameOf(index))
    mkdirSync(migration, { recursive: true })
    writeFileSync(path.join(migration, 'migration.sql'), migrationSql(index))
  }
  writeFileSync(path.join(folder, 'prisma', 'schema.prisma'), 'datasource db {\n  provider = "postgresql"\n}\n')
  return folder
}

/** @param {number} index */
function migrationSql(index) {
  const table = `"Table${Math.floor(index / 4)}"`
  return (
    [
      `-- CreateTable\nCREATE TABLE ${table} (\n  "id" SERIAL PRIMARY KEY,\n  "name" TEXT NOT NULL,\n  "email" VARCHAR(255),\n  "amount" DECIMAL(12,2)\n);\nCREATE UNIQUE INDEX ON ${table}("email");\n`,
      `ALTER TABLE ${table} ADD COLUMN "extra" TEXT, ADD COLUMN "parentId" INTEGER;\nALTER TABLE ${table} ADD FOREIGN KEY ("parentId") REFERENCES ${table}("id") ON DELETE CASCADE;\n`,
      `UPDATE ${table} SET "extra" = 'x' WHERE "extra" IS NULL;\nALTER TABLE ${table} ALTER COLUMN "extra" SET NOT NULL;\n`,
      `ALTER TABLE ${table} DROP COLUMN "amount";\n`,
    ][index % 4] ?? ''
  )
}
