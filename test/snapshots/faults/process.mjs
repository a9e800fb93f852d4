/**
 * A process to be killed: the built package, as a program that uses the library. Reads one line of JSON from stdin, says `ready`, waits
 * for `go`, does what it was told under the run lock, and says `done` or `failed`.
 */

import { createInterface } from 'node:readline'

const { createSnapshot, databases, importRows, pruneSnapshots, restoreOnRequest, restorePartsOnRequest, unattendedInterface } =
  await import(new URL('../../../dist/index.js', import.meta.url).href)

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
/** @type {import('./job.js').Job} */
const job = JSON.parse((await lines.next()).value)
const database = databases.find((/** @type {{ id: string }} */ { id }) => id === job.provider)
if (database === undefined) throw new Error(job.provider)
const target = database.readTarget(job.url, { fileBase: job.root, root: job.root })
const project = {
  root: job.root,
  prisma: { version: '7.10.0', major: 7, minor: 10, script: '/nonexistent' },
  schemaPath: `${job.root}/schema.prisma`,
  configPath: null,
  migrationsDir: `${job.root}/migrations`,
  provider: job.provider,
  database,
  target,
  shadow: null,
  schemas: [],
  externalTables: [],
}
const options = { project, config: job.config, ui: unattendedInterface }
await import(job.provider === 'sqlite' ? 'better-sqlite3' : 'pg') // not yet the database: others are at work on it

const actions = {
  create: () => createSnapshot(options),
  restore: () => restoreOnRequest(options, job.snapshot, async () => true),
  parts: () => restorePartsOnRequest(options, job.snapshot, { only: ['t'], skip: [], mode: 'replace', keys: [] }, async () => true),
  import: () => importRows(options, { name: 'rows', file: `${job.root}/rows.csv`, dryRun: false }),
  prune: () => pruneSnapshots(options, false),
}

process.stdout.write('ready\n')
await lines.next()
try {
  await actions[job.action]()
  process.stdout.write('done\n')
} catch (error) {
  process.stdout.write(`failed: ${error instanceof Error ? `${error.message} ${'why' in error ? error.why : ''}` : error}\n`)
}
process.exit()
