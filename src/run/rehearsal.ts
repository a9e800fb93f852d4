import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Fingerprint } from '../databases/fingerprint.js'
import { SafeMigrateError } from '../errors.js'
import type { TouchedTables } from '../findings/touched.js'
import { readDelivery } from '../project/atomicity.js'
import { readHistory, readSource } from '../project/history.js'
import { readFingerprint } from '../snapshots/fingerprint-file.js'
import { withRestored } from '../snapshots/restore-beside.js'
import type { Snapshot, SnapshotContext } from '../snapshots/snapshot.js'
import type { SqlSource } from '../sql/statement.js'
import { ownedName } from '../util/abandoned-folders.js'
import { ignoreProgress } from '../util/progress.js'
import { readInvariantsBefore } from './invariants.js'
import { type Judgement, judge } from './judge.js'
import type { Plan } from './plan.js'
import { type Protection, summarizeSnapshot } from './protect.js'
import { REHEARSAL_FOLDERS } from './rehearsal-folder.js'
import type { Rehearsal } from './rehearsal-report.js'
import { type RehearsedRun, runOnCopy } from './rehearse-on-copy.js'
import { describeObservations } from './rehearsed-statements.js'
import { dataDirectory, type Run, snapshotContext, stopIfAborted, timed } from './run.js'
import { unpredictedLosses } from './verdict.js'

/** How much of what Prisma said is told when it applied nothing, in lines. */
const MOST_LINES = 12

/** Nobody else writes to a copy: whatever changed there, the migrations changed it. */
const EVERYTHING: TouchedTables = { kind: 'all', why: 'nobody else writes to a copy' }

/** The plan for what is pending on the copy. */
export type MakePlan = (copy: Run) => Promise<Plan>

export interface Rehearsed {
  readonly plan: Plan
  readonly rehearsal: Rehearsal
}

/**
 * Runs the pending migrations on a copy of the database, made of a verified snapshot that can be read, and compares the copy with itself
 * before. The copy is removed in any case; the database itself is not touched.
 * @throws SafeMigrateError `blocked` where a copy would not be on its own, `snapshot` where none can be made, `interrupted`
 */
export async function rehearse(run: Run, snapshot: Snapshot, makePlan: MakePlan): Promise<Rehearsed> {
  const folder = path.join(dataDirectory(run.project, run.config), ownedName(REHEARSAL_FOLDERS, randomBytes(4).toString('hex')))
  const seconds: Record<string, number> = {}
  const begun = performance.now()
  run.journal.record('rehearse', { snapshot: snapshot.id })
  run.ui.show({ type: 'rehearsing', snapshot: snapshot.id })
  try {
    return await withRestored(snapshotContext(run), snapshot, async (inScratch) => {
      seconds.copy = Math.round(performance.now() - begun) / 1000
      await stopIfAborted(run.ui, 'before the rehearsal', 'The copy is removed; nothing was changed.')
      const copy = { ...onCopy(run, inScratch), seconds }
      await (await copy.project.database.rehearsal()).prepare(inScratch.connection)
      const plan = await makePlan(copy)
      const warnings = await requireOnItsOwn(copy, await readPending(copy))
      const before = await timed(copy, 'before', () => readBefore(inScratch, snapshot))
      const invariants = await readInvariantsBefore(copy, inScratch.connection)
      const protection = { snapshot, before, invariants, summary: summarizeSnapshot(snapshot, '') }
      const ended = await timed(copy, 'migrate', () => runOnCopy(run, inScratch, folder))
      run.journal.record('rehearsed', { exitCode: ended.prisma.exitCode })
      return { plan, rehearsal: { ...(await describe(copy, plan, protection, ended)), warnings } }
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Of the copy as it is now: what the snapshot shows. */
async function readBefore({ project, connection, reading }: SnapshotContext, snapshot: Snapshot): Promise<Fingerprint> {
  const { rowsIn } = await readFingerprint(snapshot)
  return project.database.fingerprint(connection, { ...reading, ...(rowsIn === undefined ? {} : { rowsIn }) })
}

/** The same run, on the copy: nobody sees its steps as steps of the run. */
function onCopy(run: Run, inScratch: SnapshotContext): Run {
  return {
    ...run,
    project: inScratch.project,
    session: {
      get connection() {
        return inScratch.connection
      },
      withoutConnection: inScratch.withoutConnection,
      close: async () => {},
    },
    ui: { ...run.ui, show: (event) => (event.type === 'compared' ? undefined : run.ui.show(event)), progress: ignoreProgress },
  }
}

/** What Prisma will run there, in order. */
export async function readPending({ project, session }: Pick<Run, 'project' | 'session'>): Promise<readonly SqlSource[]> {
  const { migrations } = await readHistory(project, session.connection)
  return migrations.flatMap(({ name, file, state }) => (file === null || state === 'applied' ? [] : [readSource(project, { name, file })]))
}

/** @returns what to warn of @throws SafeMigrateError `blocked` */
export async function requireOnItsOwn(
  { project, session }: Pick<Run, 'project' | 'session'>,
  pending: readonly SqlSource[],
): Promise<readonly string[]> {
  const tools = await project.database.rehearsal()
  const { refused, warned } = await tools.findReach(session.connection, pending)
  if (refused.length === 0) return warned
  throw new SafeMigrateError({
    code: 'blocked',
    message: 'The pending migrations cannot be rehearsed: a copy of the database would not be on its own. Nothing was changed.',
    why: `${refused.join('; ')}.`,
    next: ['Without a rehearsal: safe-migrate deploy'],
  })
}

async function describe(
  copy: Run,
  plan: Plan,
  protection: Protection,
  { prisma, observations }: RehearsedRun,
): Promise<Omit<Rehearsal, 'warnings'>> {
  const { project, seconds } = copy
  const { snapshot } = protection
  const started = performance.now()
  const judgement = await judge(copy, plan.pending, { ...plan.expectations, touched: EVERYTHING }, protection, prisma)
  const sources = plan.pending.map((name) => readSource(project, { name, file: path.join(project.migrationsDir, name, 'migration.sql') }))
  const parsed = await Promise.all(sources.map((source) => project.database.parse(source)))
  return {
    verdict: isBad(judgement) ? 'bad' : 'good',
    snapshot: snapshot.id,
    engine: snapshot.manifest.engine,
    exitCode: prisma.exitCode,
    errorCode: prisma.errorCode,
    problem: judgement.notApplied ? lastLines(prisma.output) : null,
    failed: judgement.prisma.failed,
    migrations: await readDurations(copy, plan.pending),
    ...describeObservations(observations, { parsed, delivery: readDelivery(project) }),
    differences: judgement.differences,
    seconds: {
      copy: seconds.copy ?? 0,
      fingerprint: seconds.before ?? 0,
      migrate: seconds.migrate ?? 0,
      compare: Math.round(performance.now() - started) / 1000,
    },
  }
}

function isBad({ failed, notApplied, differences }: Judgement): boolean {
  return failed || notApplied || unpredictedLosses(differences).length > 0
}

/** As Prisma wrote them down. */
async function readDurations({ project, session }: Run, pending: readonly string[]): Promise<Rehearsal['migrations']> {
  const rows = (await project.database.readMigrationRows(session.connection)) ?? []
  return rows
    .filter(({ name, rolledBackAt }) => pending.includes(name) && rolledBackAt === null)
    .map(({ name, startedAt, finishedAt }) => ({
      name,
      seconds: finishedAt === null ? null : Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) / 1000,
    }))
}

function lastLines(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(-MOST_LINES).join('\n')
}
