// Makes the example's database as it was before the pending migrations: the first applied by the real Prisma, and a few hundred rows.
// usage: node prisma/set-up.mjs [prisma/dev.db]
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { engineEnvironment, quietEnvironment } from '../test/schema-engine/engine-environment.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.dirname(here)
const APPLIED = ['20260105090000_init']

/** Creates and seeds the database; refuses to touch one that exists. */
export function setUpExample(file) {
  if (existsSync(file)) throw new Error(`${file} exists already. Delete it to begin anew.`)
  applyFirstMigrations(file)
  seed(file)
}

function applyFirstMigrations(file) {
  const folder = mkdtempSync(path.join(tmpdir(), 'safe-migrate-example-'))
  try {
    cpSync(path.join(here, 'schema.prisma'), path.join(folder, 'schema.prisma'))
    cpSync(path.join(here, 'migrations', 'migration_lock.toml'), path.join(folder, 'migrations', 'migration_lock.toml'))
    for (const name of APPLIED) cpSync(path.join(here, 'migrations', name), path.join(folder, 'migrations', name), { recursive: true })
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction')
    writeFileSync(
      path.join(folder, 'prisma.config.mjs'),
      'export default { schema: "schema.prisma", datasource: { url: process.env.DATABASE_URL } }\n',
    )
    const prisma = path.dirname(createRequire(import.meta.url).resolve('prisma/package.json'))
    const env = { ...process.env, ...quietEnvironment, ...engineEnvironment(prisma), DATABASE_URL: `file:${path.resolve(file)}` }
    execFileSync(process.execPath, [path.join(prisma, 'build', 'index.js'), 'migrate', 'deploy'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function seed(file) {
  const database = new Database(file)
  const random = generator(20260105)
  const pick = (list) => list[Math.floor(random() * list.length)]
  const customer = database.prepare('INSERT INTO "Customer" ("email", "name", "country") VALUES (?, ?, ?)')
  const product = database.prepare('INSERT INTO "Product" ("name", "price", "stock") VALUES (?, ?, ?)')
  const order = database.prepare('INSERT INTO "Order" ("customerId", "placedAt", "total") VALUES (?, ?, ?)')
  const item = database.prepare('INSERT OR IGNORE INTO "OrderItem" ("orderId", "productId", "quantity") VALUES (?, ?, ?)')
  database.transaction(() => {
    for (let i = 1; i <= 80; i++) customer.run(`customer${i}@example.com`, `${pick(FIRST)} ${pick(LAST)}`, pick(['CH', 'DE', 'FR', 'IT']))
    for (const name of PRODUCTS) product.run(name, 500 + Math.floor(random() * 9500), Math.floor(random() * 50))
    for (let i = 1; i <= 240; i++) {
      const placed = new Date(Date.UTC(2025, 0, 1) + i * 86_400_000)
      const id = order.run(1 + Math.floor(random() * 80), placed.toISOString(), 1000 + Math.floor(random() * 30000)).lastInsertRowid
      for (let items = 1 + Math.floor(random() * 3); items > 0; items--)
        item.run(id, 1 + Math.floor(random() * PRODUCTS.length), 1 + Math.floor(random() * 4))
    }
  })()
  database.close()
}

// The same rows every time (mulberry32).
function generator(seedValue) {
  let state = seedValue
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const FIRST = ['Ada', 'Bruno', 'Chiara', 'Denise', 'Elif', 'Frédéric', 'Giulia', 'Hans', 'Ines', 'Jürg']
const LAST = ['Keller', 'Rossi', 'Schmid', 'Dubois', 'Weber', 'Lüthi', 'Moreau', 'Bianchi']
const PRODUCTS = [
  'Teapot',
  'Kettle',
  'Cup',
  'Saucer',
  'Tray',
  'Spoon',
  'Strainer',
  'Tin',
  'Whisk',
  'Caddy',
  'Cosy',
  'Jug',
  'Bowl',
  'Plate',
  'Scale',
  'Timer',
  'Filter',
  'Grinder',
  'Roaster',
  'Thermos',
]

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? path.join(here, 'dev.db')
  setUpExample(file)
  console.log(`${path.relative(process.cwd(), file)} is ready: one migration applied, three pending.`)
}
