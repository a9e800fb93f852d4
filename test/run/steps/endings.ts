import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished } from 'vitest'
import { deploy } from '../../../src/run/deploy.js'
import { restoreOnRequest } from '../../../src/run/restore.js'
import type { RunOptions } from '../../../src/run/run.js'
import { readStatus } from '../../../src/run/status.js'
import { unattendedInterface } from '../../../src/run/unattended.js'
import { controlEmbeddedPostgresql } from '../../helpers/embedded-postgresql.js'
import type { TestProject } from '../../helpers/make-project.js'
import { recordSkip } from '../../helpers/skip.js'
import { canMountDisks, fillDisk, makeRoom, mountDisk, unmountDisk } from '../../helpers/small-disk.js'
import type { OwnServer, Stopped } from './steps.js'

export interface Place {
  readonly project: TestProject
  readonly options: RunOptions
  readonly server: OwnServer | null
}

/** What happens to a run that stands still after a step, other than `kill -9`. */
export interface Ending {
  readonly ending: string
  readonly database: 'sqlite' | 'postgresql'
  readonly operation: string
  readonly step: string
  happen(place: Place, stopped: Stopped): Promise<void>
  readonly exitCode: number
  readonly says: RegExp
  /** What settles it then; null: nothing is open. */
  readonly settledBy: 'resume' | 'undo' | null
  readonly leaves: 'as before' | 'changed'
  /** Instead of the operation's own migration. */
  readonly sql?: string
  readonly env?: Readonly<Record<string, string>>
  arrange?(place: Place): void
  /** Before it is settled. */
  repair?(place: Place, output: string): Promise<void>
}

const signal =
  (name: 'SIGINT' | 'SIGTERM' | 'SIGKILL') =>
  async (_: Place, { child }: Stopped) => {
    if (child.pid !== undefined) process.kill(child.pid, name) // execa would kill it in the end
  }

const SLOW = {
  sqlite: `INSERT INTO "group" ("name") WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90000000) SELECT 'slow' FROM n WHERE i > 89999999;`,
  postgresql: '-- safe-migrate: allow could-not-be-analysed -- it only waits\nSELECT pg_sleep(60);',
}
const slowly = (database: keyof typeof SLOW) => `ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n${SLOW[database]}\n`

const serverOf = ({ server }: Place): OwnServer => {
  if (server === null) throw new Error('only for PostgreSQL')
  return server
}

async function cutConnections(place: Place): Promise<void> {
  await serverOf(place).query('postgres', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'safe-migrate'`)
}

const SLEEPING = `SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()`

/** Prisma keeps the file for itself. */
function isLocked(file: string): boolean {
  const handle = new Sqlite(file, { timeout: 0 })
  try {
    handle.prepare('SELECT 1 FROM "users"').get()
    return false
  } catch {
    return true
  } finally {
    handle.close()
  }
}

/** Until Prisma's slow statement runs. */
async function untilBusy(place: Place): Promise<void> {
  const isBusy = async () => {
    if (place.server !== null) return (await place.server.query('postgres', SLEEPING)).length > 0
    return isLocked(place.project.databaseName)
  }
  for (let attempt = 0; !(await isBusy()); attempt++, await sleep(50)) if (attempt > 1200) throw new Error('Prisma never came to it')
  if (place.server === null) await sleep(1500)
}

function newestJournal({ project }: Place): string {
  const folder = path.join(project.dir, '.safe-migrate', 'runs')
  return path.join(folder, readdirSync(folder).sort().at(-1) ?? '')
}

/** Prisma, whose number the journal has, and its engine. */
async function killPrisma(place: Place): Promise<void> {
  await untilBusy(place)
  const [, pid = ''] = /"step":"prisma".*?"pid":(\d+)/.exec(readFileSync(newestJournal(place), 'utf8')) ?? []
  execFileSync('sh', ['-c', `all() { echo "$1"; for p in $(pgrep -P "$1"); do all "$p"; done; }; kill -9 $(all ${Number(pid)})`])
}

const restart = async (place: Place) => controlEmbeddedPostgresql(serverOf(place).dataDir, 'restart')

const dataFolder = ({ project }: Place) => path.join(project.dir, '.safe-migrate')

/** For snapshots and journals. */
function mountDataDisk(place: Place, megabytes = 4): void {
  mountDisk(dataFolder(place), megabytes)
  onTestFinished(() => unmountDisk(dataFolder(place)))
}

async function fillDataDisk(place: Place): Promise<void> {
  // What is left of its last page is room, too: empty lines say nothing.
  const journal = newestJournal(place)
  appendFileSync(journal, '\n'.repeat(4096 - (statSync(journal).size % 4096)))
  fillDisk(dataFolder(place))
}

/** The whole project on a small disk, but for what we write. */
function mountProjectDisk(place: Place): void {
  const { dir } = place.project
  renameSync(dir, `${dir}-was`)
  mountDisk(dir, 8)
  cpSync(`${dir}-was`, dir, { recursive: true, verbatimSymlinks: true })
  onTestFinished(() => {
    unmountDisk(dir)
    rmSync(`${dir}-was`, { recursive: true })
  })
  mountDataDisk(place, 16)
}

const serverDisk = (place: Place) => path.dirname(serverOf(place).dataDir)

/** Its log has room for `logged` megabytes in files that are there already. */
async function fillServerDisk(place: Place, logged: number, left: number): Promise<void> {
  await serverOf(place).query(
    'postgres',
    `SELECT pg_logical_emit_message(true, '', repeat('x', 1000000)) FROM generate_series(1, ${logged})`,
  )
  await serverOf(place).query('postgres', 'CHECKPOINT')
  onTestFinished(() => makeRoom(serverDisk(place)))
  fillDisk(serverDisk(place), left)
}

const GROWS = {
  sqlite: `INSERT INTO "group" ("name") WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i || hex(zeroblob(500)) FROM n;`,
  postgresql: `INSERT INTO "group" ("name") SELECT i || repeat('x', 1000) FROM generate_series(1, 20000) AS i;`,
}
const growing = (database: keyof typeof GROWS) => `ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n${GROWS[database]}\n`

/** Fills the server's log alone, and without that no server goes on. */
const LOGS = `ALTER TABLE "users" ADD COLUMN "nickname" TEXT;
SELECT count(pg_logical_emit_message(true, '', repeat('x', 1000000))) FROM generate_series(1, 30);
`

async function secondRun({ options }: Place): Promise<void> {
  const unattended = { ...options, ui: unattendedInterface }
  await requireLocked(deploy({ ...unattended, passedOn: [] }))
  await requireLocked(restoreOnRequest(unattended, 'latest', async () => true))
}

async function requireLocked(second: Promise<unknown>): Promise<void> {
  await expect(second).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringContaining('Another safe-migrate run'),
    why: expect.anything(),
  })
}

const full = {
  ending: 'our disk full',
  database: 'sqlite',
  operation: 'deploy',
  arrange: mountDataDisk,
  happen: fillDataDisk,
  repair: async (place: Place) => makeRoom(dataFolder(place)),
  settledBy: 'resume',
} as const

const EVERY_ENDING: readonly Ending[] = [
  {
    ending: 'Ctrl-C',
    database: 'sqlite',
    operation: 'deploy',
    step: 'snapshot-taken',
    happen: signal('SIGINT'),
    exitCode: 1,
    says: /Stopped after the snapshot, before the migration\. Nothing was changed/,
    settledBy: null,
    leaves: 'as before',
  },
  {
    ending: 'SIGTERM',
    database: 'postgresql',
    operation: 'deploy',
    step: 'prisma',
    happen: signal('SIGTERM'),
    exitCode: 0,
    says: /Stopping at the next safe point[\s\S]*1 migration applied; nothing was lost/,
    settledBy: null,
    leaves: 'changed',
  },
  {
    ending: 'Ctrl-C',
    database: 'sqlite',
    operation: 'dev',
    step: 'prisma',
    happen: signal('SIGINT'),
    exitCode: 1,
    says: /The draft is written; nothing was applied/,
    settledBy: null,
    leaves: 'as before',
  },
  {
    ending: 'SIGTERM',
    database: 'sqlite',
    operation: 'restore',
    step: 'restore',
    happen: signal('SIGTERM'),
    exitCode: 0,
    says: /The database was restored/,
    settledBy: null,
    leaves: 'changed',
  },
  {
    ending: 'Ctrl-C',
    database: 'sqlite',
    operation: 'salvage',
    step: 'rows',
    happen: signal('SIGINT'),
    exitCode: 1,
    says: /stopped/i,
    settledBy: null,
    leaves: 'as before',
  },
  {
    ending: 'Ctrl-C',
    database: 'postgresql',
    operation: 'rehearse',
    step: 'rehearsal-prisma',
    happen: signal('SIGINT'),
    exitCode: 1,
    says: /Stopped during the rehearsal\. The copy is removed; nothing was changed/,
    settledBy: null,
    leaves: 'as before',
  },
  {
    ending: 'Ctrl-C',
    database: 'postgresql',
    operation: 'restore',
    step: 'create-database',
    happen: signal('SIGINT'),
    exitCode: 0,
    says: /Stopping at the next safe point[\s\S]*The database was restored/,
    settledBy: null,
    leaves: 'changed',
  },
  {
    ending: 'SIGTERM',
    database: 'sqlite',
    operation: 'rehearse',
    step: 'rehearsal-prisma',
    happen: signal('SIGTERM'),
    exitCode: 1,
    says: /Stopped during the rehearsal\. The copy is removed; nothing was changed/,
    settledBy: null,
    leaves: 'as before',
  },
  {
    ending: 'connections cut by the server',
    database: 'postgresql',
    operation: 'deploy',
    step: 'snapshot-taken',
    happen: cutConnections,
    exitCode: 2,
    says: /was lost|terminat/,
    settledBy: null,
    leaves: 'as before',
  },
  {
    ending: 'connections cut by the server',
    database: 'postgresql',
    operation: 'deploy',
    step: 'migrate',
    happen: cutConnections,
    exitCode: 6,
    says: /Prisma has run, and the comparison .* could not be made[\s\S]*status --resume/,
    settledBy: 'resume',
    leaves: 'changed',
  },
  {
    ending: 'connections cut by the server',
    database: 'postgresql',
    operation: 'restore',
    step: 'swap-databases',
    happen: cutConnections,
    exitCode: 1,
    says: /It is as it was/,
    settledBy: null,
    leaves: 'as before',
  },
  {
    ending: 'server restarted',
    database: 'postgresql',
    operation: 'restore',
    step: 'restore',
    happen: restart,
    exitCode: 2,
    says: /The lock on .* was lost[\s\S]*Another run may have begun/,
    settledBy: null,
    leaves: 'as before',
  },
  {
    ending: 'server restarted',
    database: 'postgresql',
    operation: 'salvage',
    step: 'commit',
    happen: restart,
    exitCode: 2,
    says: /was lost while the rows were being committed[\s\S]*safe-migrate status/,
    settledBy: 'resume',
    leaves: 'as before',
  },
  {
    ending: 'connections cut by the server',
    database: 'postgresql',
    operation: 'rehearse',
    step: 'rehearsal-prisma',
    happen: cutConnections,
    exitCode: 2,
    says: /The connection to .* was lost/,
    settledBy: null,
    leaves: 'as before',
  },
  {
    ending: 'server restarted',
    database: 'postgresql',
    operation: 'deploy',
    sql: slowly('postgresql'),
    step: 'prisma',
    happen: async (place) => {
      await untilBusy(place)
      await restart(place)
    },
    exitCode: 6,
    says: /could not be made[\s\S]*status --undo/,
    settledBy: 'undo',
    leaves: 'as before',
  },
  {
    ending: 'Prisma killed, its statement still running on the server',
    database: 'postgresql',
    operation: 'deploy',
    sql: slowly('postgresql'),
    step: 'prisma',
    happen: killPrisma,
    exitCode: 6,
    says: /is still being migrated[\s\S]*server process \d+ of user postgres from 127\.0\.0\.1, since .* UTC: [\s\S]*pg_sleep/,
    repair: async (place, output) => {
      const [end = ''] = /SELECT pg_terminate_backend\(\d+\);/.exec(output) ?? []
      await serverOf(place).query('postgres', end)
    },
    settledBy: 'resume', // fails, and is restored
    leaves: 'as before',
  },
  {
    ending: 'Prisma killed',
    database: 'sqlite',
    operation: 'deploy that fails and restores',
    sql: slowly('sqlite'),
    step: 'prisma',
    happen: killPrisma,
    exitCode: 3,
    says: /The database was restored to before the run/,
    settledBy: null,
    leaves: 'as before',
  },
  {
    ...full,
    step: 'snapshot-taken',
    exitCode: 1,
    says: /The journal of this run cannot be written .*[\s\S]*nothing was/,
    leaves: 'as before',
  },
  {
    ...full,
    step: 'migrated',
    exitCode: 6,
    says: /The journal of this run cannot be written .*[\s\S]*is not proven/,
    leaves: 'changed',
  },
  {
    ending: "the database's disk full",
    database: 'sqlite',
    operation: 'deploy that fails and restores',
    sql: growing('sqlite'),
    arrange: mountProjectDisk,
    step: 'migrate',
    happen: async ({ project }) => fillDisk(project.dir, 200_000),
    exitCode: 3,
    says: /disk is full/,
    repair: async ({ project }) => makeRoom(project.dir),
    settledBy: null,
    leaves: 'as before',
  },
  {
    ending: "the database's disk full",
    database: 'postgresql',
    operation: 'deploy that fails and restores',
    sql: growing('postgresql'),
    step: 'migrate',
    happen: (place) => fillServerDisk(place, 8, 1_000_000),
    exitCode: 4,
    says: /No space left on device[\s\S]*restore was not completed: There is not enough room on the server's disk/,
    repair: async (place) => {
      expect((await readStatus(place.options)).migrations.at(-1)).toMatchObject({ state: 'failed' })
      makeRoom(serverDisk(place))
      expect(await place.project.safeMigrate('restore', 'latest', '--yes')).toMatchObject({ exitCode: 0 })
    },
    settledBy: null,
    leaves: 'as before',
  },
  {
    ending: 'the server stopped by a full disk',
    database: 'postgresql',
    operation: 'deploy',
    sql: LOGS,
    step: 'migrate',
    happen: (place) => fillServerDisk(place, 0, 0),
    exitCode: 6,
    says: /PANIC: could not write[\s\S]*could not be made[\s\S]*status --undo/,
    repair: async (place) => {
      await expect(readStatus(place.options)).rejects.toMatchObject({
        code: 'connection',
        why: expect.stringContaining('Prisma was done, and the comparison with the database before was not'),
        next: expect.arrayContaining([expect.stringContaining('status --undo')]),
      })
      makeRoom(serverDisk(place))
      await restart(place)
    },
    settledBy: 'undo',
    leaves: 'as before',
  },
  ...(['sqlite', 'postgresql'] as const).map(
    (database): Ending => ({
      ending: 'second run',
      database,
      operation: 'deploy',
      step: 'migrate',
      happen: secondRun,
      exitCode: 0,
      says: /1 migration applied/,
      settledBy: null,
      leaves: 'changed',
    }),
  ),
  {
    ending: 'second run',
    database: 'postgresql',
    operation: 'restore',
    step: 'swap-databases',
    happen: secondRun,
    exitCode: 0,
    says: /The database was restored/,
    settledBy: null,
    leaves: 'changed',
  },
  {
    ending: 'second run',
    database: 'sqlite',
    operation: 'salvage',
    step: 'commit',
    happen: secondRun,
    exitCode: 0,
    says: /80 values of Title back/,
    settledBy: null,
    leaves: 'changed',
  },
  {
    ending: 'killed while the clock was a day ahead',
    database: 'sqlite',
    operation: 'deploy',
    step: 'migrated',
    env: { TEST_CLOCK_OFFSET: '86400000' },
    happen: signal('SIGKILL'),
    exitCode: -1,
    says: /./,
    settledBy: 'undo',
    leaves: 'as before',
  },
]

if (!canMountDisks) recordSkip('runs on a full disk', 'only root may mount a small one')

export const ENDINGS = EVERY_ENDING.filter(({ ending }) => canMountDisks || !ending.endsWith('disk full'))
