// Whether judging stays linear: CPU seconds for files of n, 2n, 4n and 8n statements, and for histories of as many migrations, each with its
// ratio to the one before; 2.0 is linear. `npm run bench:long`.
// usage: node test/bench/long.mjs [smallest size] [pattern of names]
import { checkFiles, databases } from '../../dist/index.js'
import { printTable } from './measure.mjs'

const smallest = Number(process.argv[2] ?? 1000)
const wanted = new RegExp(process.argv[3] ?? '')
const TABLES = 200

/** @type {Record<string, { id: string, repeat: (index: number) => readonly string[], before?: string, join?: string, after?: string, migrations?: true }>} */
const KINDS = {
  INSERT: { id: 'postgresql', repeat: (i) => [`INSERT INTO "T" ("id", "name") VALUES (${i}, 'name ${i}')`] },
  UPDATE: { id: 'postgresql', repeat: (i) => [`UPDATE "T${i % TABLES}" SET "name" = 'x${i}' WHERE "id" = ${i}`] },
  'UPDATE, not ASCII': { id: 'postgresql', repeat: (i) => [`UPDATE "T${i % TABLES}" SET "größe" = 'ü${i}' WHERE "id" = ${i}`] },
  'CREATE and ALTER TABLE': {
    id: 'postgresql',
    repeat: (i) => [
      `CREATE TABLE "T${i}" ("id" SERIAL PRIMARY KEY, "name" TEXT NOT NULL)`,
      `ALTER TABLE "T${i}" ADD FOREIGN KEY ("id") REFERENCES "T${Math.max(0, i - 1)}"("id") ON DELETE CASCADE`,
      `ALTER TABLE "U${i}" ADD COLUMN "extra" TEXT NOT NULL, DROP COLUMN "name"`,
      `DROP TABLE "V${i}"`,
    ],
  },
  'copy and drop': { id: 'postgresql', repeat: (i) => [`INSERT INTO "A${i}" SELECT * FROM "B${i}"`, `DROP TABLE "B${i}"`] },
  'enums made again': {
    id: 'postgresql',
    repeat: (i) => [
      `CREATE TYPE "E${i}_new" AS ENUM ('A', 'B')`,
      `ALTER TABLE "T${i % TABLES}" ALTER COLUMN "e${i}" TYPE "E${i}_new" USING ("e${i}"::text::"E${i}_new")`,
      `ALTER TYPE "E${i}" RENAME TO "E${i}_old"`,
      `ALTER TYPE "E${i}_new" RENAME TO "E${i}"`,
      `DROP TYPE "E${i}_old"`,
    ],
  },
  'DO blocks': {
    id: 'postgresql',
    repeat: (i) => [`DO $$ BEGIN UPDATE "T${i % TABLES}" SET a = ${i}; IF FOUND THEN DELETE FROM "U${i % TABLES}"; END IF; END $$`],
  },
  'one cannot be parsed': { id: 'postgresql', repeat: (i) => [i === 5 ? 'SELEC 1' : `UPDATE "T" SET a = ${i} WHERE id = ${i}`] },
  'rows of one INSERT': { id: 'postgresql', before: 'INSERT INTO "T" VALUES', join: ',', repeat: (i) => [`(${i}, '${'x'.repeat(500)}')`] },
  'SQLite rebuilds': {
    id: 'sqlite',
    repeat: (i) => [
      'PRAGMA foreign_keys=OFF',
      `CREATE TABLE "new_T${i}" ("id" INTEGER NOT NULL PRIMARY KEY, "name" TEXT NOT NULL)`,
      `INSERT INTO "new_T${i}" ("id", "name") SELECT "id", "name" FROM "T${i}"`,
      `DROP TABLE "T${i}"`,
      `ALTER TABLE "new_T${i}" RENAME TO "T${i}"`,
      'PRAGMA foreign_keys=ON',
    ],
  },
  'SQLite INSERT': { id: 'sqlite', repeat: (i) => [`INSERT INTO "T" ("id", "name") VALUES (${i}, 'name ${i}')`] },
  'SQLite tables': { id: 'sqlite', repeat: (i) => [`CREATE TABLE "T${i}" ("id" INTEGER PRIMARY KEY)`, `DROP TABLE "U${i}"`] },
  'SQLite, rows of one INSERT': {
    id: 'sqlite',
    before: 'INSERT INTO "T" VALUES',
    join: ',',
    repeat: (i) => [`(${i}, '${'x'.repeat(500)}')`],
  },
  'history of migrations': {
    id: 'postgresql',
    migrations: true,
    repeat: (i) =>
      i % 4 === 0
        ? [`CREATE TABLE "T${i / 4}" ("id" SERIAL PRIMARY KEY, "name" TEXT NOT NULL, "email" VARCHAR(255), "amount" DECIMAL(12,2))`]
        : [`ALTER TABLE "T${Math.floor(i / 4)}" ADD COLUMN "c${i}" TEXT`],
  },
}

const rows = [['CPU seconds', ...[1, 2, 4, 8].map((times) => `${times * smallest}`)]]
for (const [name, kind] of Object.entries(KINDS)) {
  if (!wanted.test(name)) continue
  await measureKind(kind, 200) // loads and warms up
  const seconds = []
  for (const times of [1, 2, 4, 8]) seconds.push(await measureKind(kind, times * smallest))
  const ratio = (/** @type {number} */ index) => (index === 0 ? '' : ` ×${((seconds[index] ?? 0) / (seconds[index - 1] ?? 1)).toFixed(1)}`)
  rows.push([name, ...seconds.map((one, index) => `${one.toFixed(2)}${ratio(index)}`)])
}
printTable(rows)

/** @param {(typeof KINDS)[string]} kind @param {number} size */
async function measureKind(kind, size) {
  const database = databases.find(({ id }) => id === kind.id)
  if (database === undefined) throw new Error(`no database ${kind.id}`)
  const sources = makeSources(kind, size)
  const before = process.cpuUsage()
  await checkFiles(sources, database, kind.migrations ? { isJudged: (source) => source === sources.at(-1) } : {})
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** @param {(typeof KINDS)[string]} kind @param {number} size */
function makeSources({ repeat, migrations, before = '', join = ';' }, size) {
  const statements = []
  for (let index = 0; statements.length < size; index++) statements.push(...repeat(index))
  const texts = migrations ? statements : [`${before}\n${statements.join(`${join}\n`)};\n`]
  return texts.map((sql, index) => ({ migration: `${index}`, file: `m/${index}/migration.sql`, sql }))
}
