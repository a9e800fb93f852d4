import { existsSync, lstatSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { SafeMigrateError } from '../../../src/errors.js'
import { exportSnapshot } from '../../../src/run/export.js'
import { restoreOnRequest } from '../../../src/run/restore.js'
import { restorePartsOnRequest } from '../../../src/run/restore-parts.js'
import { createSnapshot, verifyStored } from '../../../src/run/snapshots.js'
import { engines } from '../../../src/snapshots/engines/index.js'
import { MANIFEST_FORMAT, type Manifest } from '../../../src/snapshots/manifest.js'
import { writeManifest } from '../../../src/snapshots/read-manifest.js'
import { dumpablePostgresqlServer } from '../../helpers/postgresql-server.js'
import { at, randomNumbers } from './moments.js'
import { type Bench, openBench, type Place } from './place.js'
import { postgresqlPlace } from './postgresql-place.js'
import { sqlitePlace } from './sqlite-place.js'

const server = await dumpablePostgresqlServer('damaged snapshots of PostgreSQL')
const ROWS = 300
const MODELS = 'model t {\n  id Int @id\n  v String?\n}\nmodel c {\n  id Int @id\n  t Int?\n}\n'
const COMMANDS = { take: 'cp "$SAFE_MIGRATE_DATABASE_NAME" "$SAFE_MIGRATE_SNAPSHOT_DIR/kept.db"', restore: 'touch restored; exit 1' }

const ENGINES = [
  ...['pg-dump', 'pg-template', 'copy'].map((engine) => ({ engine, database: 'postgresql' as const })),
  ...['sqlite-backup', 'command', 'json'].map((engine) => ({ engine, database: 'sqlite' as const })),
]
const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
})

async function setUp({ engine, database }: (typeof ENGINES)[number]): Promise<Bench & { readonly folder: string; readonly id: string }> {
  const place = await makePlace(database)
  writeFileSync(join(place.root, 'schema.prisma'), `datasource db {\n  provider = "${database}"\n}\n${MODELS}`)
  const bench = openBench(place, { engine, commands: engine === 'command' ? COMMANDS : null })
  const { snapshots } = await createSnapshot(bench.options)
  await place.change()
  const id = snapshots[0]?.id ?? ''
  return { ...bench, id, folder: join(bench.store.folder, id) }
}

async function makePlace(database: 'sqlite' | 'postgresql'): Promise<Place> {
  if (database === 'sqlite') return sqlitePlace(ROWS)
  if (server === null) throw new Error('no server')
  const place = await postgresqlPlace(server, ROWS)
  undo.push(place.drop)
  return place
}

/** Everything that reads a snapshot. */
const USES: Readonly<Record<string, (bench: Bench, id: string) => Promise<unknown>>> = {
  verify: ({ options }, id) => verifyStored(options, id),
  restore: ({ options }, id) => restoreOnRequest(options, id, async () => true),
  'restore --only': ({ options }, id) =>
    restorePartsOnRequest(options, id, { only: ['t'], skip: [], mode: 'replace', keys: [] }, async () => true),
  export: ({ options, place }, id) =>
    exportSnapshot(options, { wanted: id, format: 'ndjson', output: join(place.root, 'export'), folder: place.root }),
}

/** Refused by all of them, with a way out, before anything was changed. */
async function requireRefusal(bench: Bench, id: string, said: RegExp): Promise<void> {
  const before = await bench.place.read()
  const listed = (await bench.store.list()).usable.map((one) => one.id)
  for (const [use, run] of Object.entries(USES)) {
    const error = await run(bench, id).then(
      () => new Error('it did not fail'),
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof SafeMigrateError)) throw new Error(`${use}: ${error instanceof Error ? error.stack : error}`)
    expect([use, error.code, `${error.message} ${error.why}`]).toEqual([use, 'snapshot', expect.stringMatching(said)])
    expect(error.next.length).toBeGreaterThan(0)
  }
  expect(await bench.place.read()).toBe(before)
  expect((await bench.store.list()).usable.map((one) => one.id)).toEqual(listed)
  expect(existsSync(join(bench.place.root, 'export'))).toBe(false)
  expect(existsSync(join(bench.place.root, 'restored'))).toBe(false)
}

/** Works with an undamaged copy of the snapshot each time. */
async function damage(folder: string, change: () => void, check: () => Promise<void>): Promise<void> {
  const whole = `${folder}.whole`
  await cp(folder, whole, { recursive: true })
  change()
  await check()
  rmSync(folder, { recursive: true })
  renameSync(whole, folder)
}

function flipBit(file: string, random: () => number): number {
  const bytes = readFileSync(file)
  const position = Math.floor(random() * bytes.length)
  bytes[position] = (bytes[position] ?? 0) ^ (1 << Math.floor(random() * 8))
  writeFileSync(file, bytes)
  return position
}

function editManifest(folder: string, edit: (manifest: Record<string, unknown>) => void): void {
  const file = join(folder, 'manifest.json')
  const manifest: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'))
  edit(manifest)
  writeFileSync(file, JSON.stringify(manifest))
}

/** As somebody would who can compute checksums. */
function forgeManifest(folder: string, forged: Partial<Manifest>): void {
  const file = join(folder, 'manifest.json')
  const { checksum: _, ...manifest } = JSON.parse(readFileSync(file, 'utf8')) as Manifest
  writeFileSync(file, writeManifest({ ...manifest, ...forged }))
}

describe.each(ENGINES.filter(({ database }) => database === 'sqlite' || server !== null))('a damaged snapshot of $engine', (one) => {
  test('is refused by everything that reads it: any file that is changed, cut off, missing or a link', async () => {
    const bench = await setUp(one)
    const { folder, id } = bench
    const random = randomNumbers(`corrupted ${one.engine}`)
    const { files } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest
    for (const path of [...files.map((file) => file.path), 'manifest.json']) {
      const file = join(folder, path)
      const isManifest = path === 'manifest.json'
      const { size } = lstatSync(file)
      let position = 0
      if (size > 0)
        await at(`${path}, a flipped bit`, () =>
          damage(
            folder,
            () => {
              position = flipBit(file, random)
            },
            () => at(`at byte ${position}`, () => requireRefusal(bench, id, /is not as it was written|cannot be used|newer safe-migrate/)),
          ),
        )
      if (size > 0)
        await at(`${path}, cut off`, () =>
          damage(
            folder,
            () => truncateSync(file, Math.floor(random() * size)),
            () => requireRefusal(bench, id, isManifest ? /cannot be used/ : /is cut off/),
          ),
        )
      await at(`${path}, missing`, () =>
        damage(
          folder,
          () => rmSync(file),
          () => requireRefusal(bench, id, isManifest ? /cannot be read/ : /is missing/),
        ),
      )
      await at(`${path}, a link to the same bytes`, () =>
        damage(
          folder,
          () => {
            renameSync(file, join(bench.place.root, 'elsewhere'))
            symlinkSync(join(bench.place.root, 'elsewhere'), file)
          },
          () => requireRefusal(bench, id, /a link or a device/),
        ),
      )
    }
    // And the last copy is whole again: nothing above was refused for another reason.
    await verifyStored(bench.options, id)
  })

  test('is refused: what does not belong to it, and a manifest that says other things', async () => {
    const bench = await setUp(one)
    const { folder, id } = bench
    const steps: [what: string, change: () => void, said: RegExp][] = [
      ['one more file', () => writeFileSync(join(folder, 'more'), ''), /more does not belong to it/],
      ['one more link', () => symlinkSync('/etc/passwd', join(folder, 'more')), /more does not belong to it/],
      [
        'a newer format',
        () => editManifest(folder, (manifest) => Object.assign(manifest, { format: MANIFEST_FORMAT + 1 })),
        /newer safe-migrate/,
      ],
      [
        'an edited manifest',
        () => editManifest(folder, (manifest) => Object.assign(manifest, { reason: 'deploy' })),
        /not as it was written/,
      ],
      ['other rows', () => forgeManifest(folder, { tables: [] }), /contradicts itself/],
      ['an engine of the future', () => forgeManifest(folder, { engine: 'later' }), /does not have/],
      ['a file outside', () => forgeManifest(folder, { files: [{ path: '../../shop.db', bytes: 1, sha256: '' }] }), /names a file outside/],
      ['an absolute path', () => forgeManifest(folder, { files: [{ path: '/etc/passwd', bytes: 1, sha256: '' }] }), /names a file outside/],
    ]
    for (const [what, change, said] of steps) await at(what, () => damage(folder, change, () => requireRefusal(bench, id, said)))
    await verifyStored(bench.options, id)
  })
})

test.each(engines.filter(({ adoptReplaced }) => adoptReplaced !== undefined))('$id closes what it keeps', (engine) => {
  expect(engine.closeReplaced).toBeTypeOf('function')
})
