import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import { deploy } from '../../../src/run/deploy.js'
import type { RunOptions } from '../../../src/run/run.js'
import { unattendedInterface } from '../../../src/run/unattended.js'
import { controlEmbeddedPostgresql } from '../../helpers/embedded-postgresql.js'
import type { TestProject } from '../../helpers/make-project.js'
import { recordSkip } from '../../helpers/skip.js'
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

/** Until Prisma's slow statement runs. */
async function untilBusy(place: Place): Promise<void> {
  const isBusy = async () => {
    if (place.server !== null) return (await place.server.query('postgres', SLEEPING)).length > 0
    return place.project.query('SELECT 1 FROM "users"').then(
      () => false,
      () => true, // Prisma keeps the file for itself
    )
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

async function restart(place: Place): Promise<void> {
  await untilBusy(place)
  await controlEmbeddedPostgresql(serverOf(place).dataDir, 'restart')
}

/** A real one for snapshots and journals, gone after the test. */
function mountDisk({ project }: Place): void {
  const disk = path.join(project.dir, '.safe-migrate')
  mkdirSync(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk])
  onTestFinished(() => {
    execFileSync('umount', [disk])
  })
}

const filler = ({ project }: Place) => path.join(project.dir, '.safe-migrate', 'filler')

async function fillDisk(place: Place): Promise<void> {
  // What is left of its last page is room, too: empty lines say nothing.
  const journal = newestJournal(place)
  appendFileSync(journal, '\n'.repeat(4096 - (statSync(journal).size % 4096)))
  execFileSync('sh', ['-c', `dd if=/dev/zero of="$0" bs=4k status=none 2>/dev/null || true`, filler(place)])
}

async function secondRun({ options }: Place): Promise<void> {
  const second = deploy({ ...options, ui: unattendedInterface, passedOn: [] })
  await expect(second).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringContaining('Another safe-migrate run'),
    why: expect.anything(),
  })
}

const full = {
  ending: 'disk full',
  database: 'sqlite',
  operation: 'deploy',
  arrange: mountDisk,
  happen: fillDisk,
  repair: async (place: Place) => rmSync(filler(place)),
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
    operation: 'deploy',
    sql: slowly('postgresql'),
    step: 'prisma',
    happen: restart,
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

const isRoot = process.getuid?.() === 0
if (!isRoot) recordSkip('runs on a full disk', 'only root may mount a small one')

export const ENDINGS = EVERY_ENDING.filter(({ arrange }) => isRoot || arrange !== mountDisk)
