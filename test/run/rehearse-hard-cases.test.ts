import { randomBytes } from 'node:crypto'
import { expect, it, onTestFinished } from 'vitest'
import { rehearsePending } from '../../src/run/rehearse.js'
import { resolve } from '../../src/run/resolve.js'
import type { RunOptions } from '../../src/run/run.js'
import { createSnapshot } from '../../src/run/snapshots.js'
import { fillFixture } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { postgresqlServer } from '../helpers/postgresql-server.js'
import { findStrays, openOptions, readDatabase } from './steps/steps.js'

const ADDS = 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n'

async function setUp(
  database: 'sqlite' | 'postgresql',
  sql: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly project: TestProject; readonly options: RunOptions }> {
  const project = await makeProject({ prisma: 7, database })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  project.addMigration('20250101000000_change', sql)
  project.write('safe-migrate.config.json', JSON.stringify(config))
  const opened = await openOptions(project)
  return { project, options: { ...opened, ui: { ...opened.ui, interactive: false } } }
}

/** What a rehearsal may not change, and what it may not leave. */
async function requireUntouched(project: TestProject, options: RunOptions, before: string): Promise<void> {
  expect(await readDatabase(options)).toBe(before)
  expect(await findStrays(project, options, project.provider === 'sqlite' ? null : (await postgresqlServer()).query)).toEqual([])
}

it('on the data of an encrypted snapshot: what it costs there, while the database has none of it any more', async () => {
  process.env.TEST_PASSPHRASE = randomBytes(12).toString('hex')
  const { project, options } = await setUp('sqlite', ADDS, { encryption: { passphraseVariable: 'TEST_PASSPHRASE' } })
  for (const statement of hiddenTrigger('sqlite', 'DELETE FROM "BlogPost"')) await project.query(statement)
  const { snapshots } = await createSnapshot(options)
  expect(snapshots[0]).toMatchObject({ encryption: 'passphrase' })
  await project.query('DELETE FROM "BlogPost"')
  const before = await readDatabase(options)
  const report = await rehearsePending({ ...options, snapshot: snapshots[0]?.id ?? '' })
  expect(report).toMatchObject({ verdict: 'rehearsal-bad', exitCode: 1, rehearsal: { snapshot: snapshots[0]?.id } })
  expect(report.rehearsal?.differences).toMatchObject([{ kind: 'rows-lost', table: 'BlogPost', count: 80, cause: 'unpredicted' }])
  await requireUntouched(project, options, before)
  // On the data of now, of which an encrypted snapshot is taken and removed again.
  expect(await rehearsePending({ ...options, snapshot: null })).toMatchObject({ verdict: 'rehearsed', rehearsal: { verdict: 'good' } })
  await requireUntouched(project, options, before)
})

it('an invariant that only the migration breaks stops it, by its name', async () => {
  const debts = { name: 'no debts', sql: 'SELECT "id" FROM "users" WHERE "balance" < 0', must: 'return no rows' }
  const { project, options } = await setUp('sqlite', `${ADDS}UPDATE "users" SET "balance" = -1 WHERE "id" <= 3;\n`, { invariants: [debts] })
  const before = await readDatabase(options)
  const report = await rehearsePending({ ...options, snapshot: null })
  expect(report).toMatchObject({ verdict: 'rehearsal-bad', exitCode: 1 })
  expect(report.rehearsal?.differences).toContainEqual(expect.objectContaining({ kind: 'invariant-broken', name: 'no debts', count: 3 }))
  await requireUntouched(project, options, before)
})

it('where there is no room for the copy, that is said before anything is done', async () => {
  const { project, options } = await setUp('sqlite', ADDS)
  const [snapshot] = (await createSnapshot(options)).snapshots
  const before = await readDatabase(options)
  const full = { ...options, config: { ...options.config, reserve: 1e15 }, snapshot: snapshot?.id ?? '' }
  await expect(rehearsePending(full)).rejects.toMatchObject({
    code: 'snapshot',
    message: expect.stringMatching(/not enough room for a copy of/),
    why: expect.stringContaining('Nothing was changed'),
  })
  await requireUntouched(project, options, before)
})

it('the copy has statistics as the database itself, or durations would mislead', async () => {
  const { project, options } = await setUp(
    'postgresql',
    `-- safe-migrate: allow could-not-be-analysed -- it only looks
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_stats WHERE tablename = 'users') THEN RAISE 'no statistics'; END IF; END $$;
COMMENT ON TABLE "users" IS $$DROP DATABASE x$$;\n`,
  )
  const before = await readDatabase(options)
  expect(await rehearsePending({ ...options, snapshot: null })).toMatchObject({ verdict: 'rehearsed', rehearsal: { failed: null } })
  await requireUntouched(project, options, before)
})

it('a role that may make no database is told so, and what was taken for the rehearsal is gone', async () => {
  const { project, options } = await setUp('postgresql', ADDS)
  const role = await (await postgresqlServer()).createRole('rehearser')
  onTestFinished(async () => {
    await project.query(`DROP OWNED BY ${role.name}`)
    await role.drop()
  })
  await project.query(`GRANT ALL ON SCHEMA public TO ${role.name}; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role.name};
    GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role.name}`)
  const before = await readDatabase(options)
  const asRole = await openOptions({ ...project, env: { ...project.env, DATABASE_URL: role.signIn(project.databaseUrl) } })
  const refused = rehearsePending({ ...asRole, ui: options.ui, snapshot: null })
  await expect(refused).rejects.toMatchObject({
    code: 'snapshot',
    message: expect.stringMatching(/^No copy of PostgreSQL database .* can be made beside it: /),
    next: [expect.stringContaining('CREATEDB')],
  })
  await requireUntouched(project, options, before)
})

it('resolve judges nothing while a Prisma is at work in the database, and says who it is', async () => {
  const { project, options } = await setUp('postgresql', ADDS, { lockTimeout: 200 })
  await project.query(`INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ('1', 'x', '20250101000000_change')`)
  const holder = await options.project.database.connect(options.project.target)
  onTestFinished(() => holder.close())
  const [row] = await holder.query('SELECT pg_advisory_lock(72707369)::text, pg_backend_pid() AS pid')
  const ask = () => resolve(options, { name: null, decided: null, yes: true }, async () => true)
  await expect(ask()).rejects.toMatchObject({
    code: 'interrupted',
    message: expect.stringContaining('is still being migrated'),
    why: expect.stringMatching(new RegExp(`server process ${String(row?.pid)} of user \\w+ .*since \\d{4}-.* UTC`)),
    next: [expect.stringContaining('safe-migrate resolve'), expect.stringContaining(`SELECT pg_terminate_backend(${String(row?.pid)});`)],
  })
  // Without that lock, which can be switched off: what runs is text of the migration.
  await holder.query('SELECT pg_advisory_unlock_all()')
  await holder.query('BEGIN; ALTER TABLE "Profile" ADD COLUMN "x" INT')
  project.addMigration('20250101000000_change', 'BEGIN; ALTER TABLE "Profile" ADD COLUMN "x" INT;\nCOMMIT;\n')
  await expect(ask()).rejects.toMatchObject({ code: 'interrupted', why: expect.stringContaining('ADD COLUMN "x"') })
  await holder.query('ROLLBACK')
  expect(await ask()).toMatchObject({ migrations: [{ name: '20250101000000_change', found: 'nothing', done: 'rolled-back' }] })
})
