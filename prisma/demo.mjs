// The main job on the example, from scratch: `npm run demo`. Works on prisma/demo.db and leaves prisma/dev.db alone.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { setUpExample } from './set-up.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.dirname(here)
const file = path.join(here, 'demo.db')

for (const suffix of ['', '-journal', '-wal', '-shm', '.safe-migrate-lock']) rmSync(`${file}${suffix}`, { force: true })
setUpExample(file)

say('A shop with 80 customers and 240 orders. One migration is applied, three are pending.')
const before = digest()
const status = safeMigrate('status')
say('Now the main job. Nobody can be asked here, so the answer to a loss is given beforehand: --on-loss restore')
const deployed = safeMigrate('deploy', '--on-loss', 'restore', '--show-values')
say('What was in every table before, and what is in it now, read without safe-migrate:')
const after = digest()
for (const [table, { rows, hash }] of Object.entries(before)) {
  console.log(
    `  ${table.padEnd(20)} ${String(rows).padStart(4)} rows  ${hash}  ${after[table]?.hash === hash ? 'equal' : `DIFFERENT: ${after[table]?.hash}`}`,
  )
}

const isEqual = JSON.stringify(before) === JSON.stringify(after)
const isAsExpected = status === 0 && deployed === 5 && isEqual
say(
  isAsExpected
    ? 'The loss was found (exit code 5), and the data is proven equal to before.'
    : `The demo went wrong: exit code ${deployed}, data ${isEqual ? 'equal' : 'different'}.`,
)
process.exitCode = isAsExpected ? 0 : 1

function say(text) {
  console.log(`\n── ${text}\n`)
}

function safeMigrate(...words) {
  console.log(`$ safe-migrate ${words.join(' ')}`)
  const runner = path.join(root, 'test', 'schema-engine', 'with-engine.mjs')
  const env = { ...process.env, DATABASE_URL: `file:${file}` }
  return spawnSync(process.execPath, [runner, process.execPath, path.join(root, 'bin', 'safe-migrate.js'), ...words], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  }).status
}

/** Every table, every row, every value. */
function digest() {
  const database = new Database(file, { readonly: true })
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).pluck().all()
  const result = {}
  for (const table of tables) {
    const rows = database
      .prepare(`SELECT * FROM "${table}"`)
      .raw()
      .all()
      .map((row) => JSON.stringify(row))
      .sort()
    result[table] = { rows: rows.length, hash: createHash('sha256').update(rows.join('\n')).digest('hex').slice(0, 16) }
  }
  database.close()
  return result
}
