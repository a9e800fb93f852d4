import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { removeSnapshot } from '../../src/snapshots/remove-snapshot.js'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import type { SnapshotCommands, SnapshotContext } from '../../src/snapshots/snapshot.js'
import { openStore } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { verifySnapshot } from '../../src/snapshots/verify-snapshot.js'
import { fillFixture } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'
import { failureOf, openContext, projectOn, saidBy, temporaryFolder } from './snapshot-test.js'

/** As a branch of a provider: what is kept lies elsewhere, and the snapshot's folder only says where. */
const COMMANDS: SnapshotCommands = {
  take: 'cp shop.db "$SAFE_MIGRATE_SNAPSHOT_ID.branch" && echo "$SAFE_MIGRATE_SNAPSHOT_ID" > "$SAFE_MIGRATE_SNAPSHOT_DIR/branch"',
  verify: 'test -f "$(cat "$SAFE_MIGRATE_SNAPSHOT_DIR/branch").branch" || { echo "the branch is gone" >&2; exit 3; }',
  restore: 'cp "$(cat "$SAFE_MIGRATE_SNAPSHOT_DIR/branch").branch" shop.db',
  remove: 'rm "$SAFE_MIGRATE_SNAPSHOT_ID.branch"',
}

async function setUp(commands: SnapshotCommands | null = COMMANDS) {
  const root = temporaryFolder()
  const file = join(root, 'shop.db')
  const write = (sql: string) => {
    const handle = new Sqlite(file)
    handle.exec(sql)
    handle.close()
  }
  write("CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT); INSERT INTO a VALUES (1, 'one'), (2, 'two')")
  const opened = await openContext(projectOn('sqlite', `file:${file}`, root))
  onTestFinished(() => opened.close())
  const context: SnapshotContext = {
    ...opened,
    get connection() {
      return opened.connection
    },
    commands,
  }
  const read = () => opened.connection.query('SELECT * FROM a ORDER BY id')
  return { root, write, read, context, store: openStore(join(root, 'snapshots')) }
}

describe('command', () => {
  it('while one is removed nobody can use it, and it is put back when that fails', async () => {
    const { root, context, store } = await setUp({ ...COMMANDS, remove: 'ls -a snapshots > listed; test -e allowed' })
    const { id } = await takeSnapshot(context, { store, reason: 'manual', engine: 'command' })
    const find = () => store.find(id, { targetIdentity: context.project.target.identity })
    const error = await failureOf(removeSnapshot(context, store, await find()))
    expect(saidBy(error)).toContain('commands.remove of the configuration failed')
    expect(readFileSync(join(root, 'listed'), 'utf8').split('\n')).not.toContain(id)
    await verifySnapshot(context, await find())
    expect((await store.list()).unusable).toEqual([])
    writeFileSync(join(root, 'allowed'), '')
    await removeSnapshot(context, store, await find())
    expect(await store.list()).toEqual({ usable: [], unusable: [] })
  })

  it('takes, verifies, restores and removes with the commands of the configuration', async () => {
    const { root, write, read, context, store } = await setUp()
    const before = await read()
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'command' })
    const branch = join(root, `${snapshot.id}.branch`)
    expect(readFileSync(join(snapshot.folder, 'branch'), 'utf8')).toBe(`${snapshot.id}\n`)
    expect(snapshot.manifest).toMatchObject({ engine: 'command', details: { isExact: true }, tables: [{ name: 'a', rows: 2 }] })
    write('DELETE FROM a WHERE id = 1')
    const { replacedSnapshot } = await restoreSnapshot(context, snapshot, { store })
    expect(await read()).toEqual(before)
    expect(replacedSnapshot?.manifest).toMatchObject({ reason: 'before restore', tables: [{ name: 'a', rows: 1 }] })
    await removeSnapshot(context, store, snapshot)
    expect(existsSync(branch)).toBe(false)
  })

  it('is not taken for anything else than what was asked for, and says how to configure it', async () => {
    const { context, store } = await setUp()
    expect((await takeSnapshot(context, { store, reason: 'manual' })).choice.engine.id).toBe('sqlite-backup')
    const unset = await setUp(null)
    const error = await failureOf(takeSnapshot(unset.context, { store: unset.store, reason: 'manual', engine: 'command' }))
    expect(saidBy(error)).toContain("commands: { take: '…', restore: '…' }")
  })

  it.each([
    ['take', 'the disk of the provider is full'],
    ['verify', 'the branch cannot be read'],
  ] as const)('%s fails: nothing is listed, what it said is shown without the secret', async (step, said) => {
    const { context, store } = await setUp({ ...COMMANDS, [step]: `echo "${said}: $SAFE_MIGRATE_DATABASE_URL" >&2; exit 7` })
    const error = await failureOf(takeSnapshot(context, { store, reason: 'manual', engine: 'command' }))
    expect(saidBy(error)).toContain(
      `commands.${step} of the configuration failed on SQLite database shop.db with exit code 7.\n${said}: [hidden]`,
    )
    expect(await store.list()).toEqual({ usable: [], unusable: [] })
  })

  it('a snapshot whose branch is gone is refused before anything is changed', async () => {
    const { root, write, read, context, store } = await setUp()
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'command' })
    write(`DELETE FROM a; INSERT INTO a VALUES (3, 'new')`)
    rmSync(join(root, `${snapshot.id}.branch`))
    expect(saidBy(await failureOf(verifySnapshot(context, snapshot)))).toContain('the branch is gone')
    await failureOf(restoreSnapshot(context, snapshot, { store }))
    expect(await read()).toMatchObject([{ b: 'new' }])
  })

  it('a command that restores something else is no success, and what was there is kept', async () => {
    const { root, write, context, store } = await setUp({ ...COMMANDS, restore: 'cp other.db shop.db' })
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'command' })
    const other = new Sqlite(join(root, 'other.db'))
    other.exec('CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT)')
    other.close()
    write("UPDATE a SET b = 'kept' WHERE id = 1")
    const error = await failureOf(restoreSnapshot(context, snapshot, { store }))
    expect(error.message).toMatch(/was restored, but is not what snapshot/)
    const { usable } = await store.list()
    expect(usable.map((one) => one.manifest.reason)).toEqual(['before restore', 'manual'])
  })

  it('a run with it: the loss is seen, the rows cannot be named, and it is restored', async () => {
    const project = await makeProject({ prisma: 7, database: 'sqlite' })
    onTestFinished(() => project.cleanup())
    await fillFixture(project)
    for (const sql of hiddenTrigger('sqlite', `UPDATE "users" SET "name" = 'x' WHERE "id" = 1`)) await project.query(sql)
    project.addMigration('20250101000000_nick', 'ALTER TABLE "users" ADD COLUMN "nick" TEXT;\n')
    writeFileSync(join(project.dir, 'keep.cjs'), KEEP)
    const commands = { take: 'node keep.cjs take', restore: 'node keep.cjs restore' }
    project.write('safe-migrate.config.json', JSON.stringify({ engine: 'command', commands }))
    const before = await project.query('SELECT * FROM "users" ORDER BY "id"')
    const report = readReport(await project.safeMigrate('deploy', '--on-loss', 'restore', '--json'), 'run')
    expect(report).toMatchObject({ verdict: 'lost-restored', exitCode: 5, snapshot: { engine: 'command' } })
    expect(await project.query('SELECT * FROM "users" ORDER BY "id"')).toEqual(before)
  })
})

const KEEP = `const { copyFileSync } = require('node:fs'), { join } = require('node:path')
const live = process.env.SAFE_MIGRATE_DATABASE_NAME, kept = join(process.env.SAFE_MIGRATE_SNAPSHOT_DIR, 'kept.db')
process.argv[2] === 'take' ? copyFileSync(live, kept) : copyFileSync(kept, live)
`
