import type { Connection } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { type Migration, type MigrationHistory, readHistory } from '../project/history.js'
import { fileOptions, runPrisma } from '../project/run-prisma.js'
import { awaitPrisma } from './await-prisma.js'
import { databaseText } from './failure.js'
import { type Inspection, inspectMigration } from './inspect.js'
import type { RecoverySummary } from './report.js'
import type { Resolution, ResolvedMigration, ResolveReport } from './resolve-report.js'
import { type ConfirmReplacing, restoreOnRequest } from './restore.js'
import { type RunOptions, summarizeProject, withRunLock } from './run.js'
import { openSession } from './session.js'
import { isSettled, openRun, readUnfinished, refuseRunningProcess } from './unfinished.js'
import { adviseWaysOut } from './ways-out.js'

export interface ResolveRequest {
  /** Null: every one that is not as it should be. */
  readonly name: string | null
  /** What somebody has decided beforehand; null: what is found decides. */
  readonly decided: Resolution | null
  /** Do what is found to be right, without asking. */
  readonly yes: boolean
}

const NOT_RESTORED: RecoverySummary = { done: 'none', replaced: null, problem: null }
const AGAIN = 'safe-migrate deploy'

/**
 * Looks at what a failed, half-applied or rolled-back migration left in the database, and has Prisma record what is so, or goes back to before it.
 * @param confirm asked before the database is replaced
 * @throws SafeMigrateError `history` for what Prisma would refuse, `blocked` for a decision against what was found
 */
export async function resolve(options: RunOptions, request: ResolveRequest, confirm: ConfirmReplacing): Promise<ResolveReport> {
  const { project } = options
  if (!(await project.database.exists(project.target))) return makeReport(options, [], NOT_RESTORED)
  const settled = await withRunLock(options, async () => {
    await refuseOpenRun(options)
    const session = await openSession(project.database, project.target)
    try {
      await awaitPrisma(options, session.connection, 'interrupted', ['Wait until it is done, then: safe-migrate resolve'])
      const migrations: ResolvedMigration[] = []
      for (const migration of selectMigrations(await readHistory(project, session.connection), request))
        migrations.push(await settleOne(options, session.connection, migration, request))
      return migrations
    } finally {
      await session.close()
    }
  })
  const toRestore = settled.find(({ done }) => done === 'restored')?.snapshot
  if (toRestore === undefined || toRestore === null) return makeReport(options, settled, NOT_RESTORED)
  const { recovery, verdict } = await restoreOnRequest(options, toRestore, confirm)
  if (verdict === 'restored') return makeReport(options, settled, recovery)
  return makeReport(options, settled.map(leaveOpen), recovery)
}

const leaveOpen = (one: ResolvedMigration): ResolvedMigration => (one.done === 'restored' ? { ...one, done: 'none' } : one)

async function refuseOpenRun(options: RunOptions): Promise<void> {
  const unfinished = await readUnfinished(options)
  if (unfinished === null) return
  refuseRunningProcess(unfinished.record)
  if (unfinished.record.head.elsewhere !== true && !isSettled(unfinished)) throw openRun(unfinished)
}

/** @throws SafeMigrateError `history`, `usage` */
function selectMigrations({ migrations }: MigrationHistory, { name, decided }: ResolveRequest): readonly Migration[] {
  if (name !== null) {
    const found = migrations.find((one) => one.name === name)
    if (found !== undefined) return [found]
    throw new SafeMigrateError({
      code: 'history',
      message: `There is no migration ${name}, neither in the migrations folder nor in the database.`,
      why: 'Prisma wants the whole name of the folder (P3011, P3017).',
      next: ['safe-migrate status lists them.'],
    })
  }
  const failed = migrations.filter(({ state }) => state === 'failed')
  if (decided === null)
    return migrations.filter((one) => one.state === 'failed' || one.state === 'rolledBack' || one.editedAfterApply || one.missingOnDisk)
  if (failed.length === 1) return failed
  throw new SafeMigrateError({
    code: 'usage',
    message:
      failed.length === 0 ? 'No migration failed.' : `${failed.length} migrations failed: ${failed.map((one) => one.name).join(', ')}.`,
    next: [`Name the one that is meant: safe-migrate resolve <migration> --${decided}`],
  })
}

async function settleOne(
  options: RunOptions,
  connection: Connection,
  migration: Migration,
  request: ResolveRequest,
): Promise<ResolvedMigration> {
  if (request.decided !== null) refuseWhatPrismaRefuses(migration, request.decided)
  if (migration.state === 'applied') return describeApplied(migration)
  const inspection = await inspectMigration(options, connection, migration)
  const described = describe(migration, inspection)
  const chosen = await choose(options, migration, described, request)
  if (chosen === null) return described
  if (chosen === 'restore')
    return {
      ...described,
      done: 'restored',
      next: [`Everything is as in ${described.snapshot}: ${migration.name} is pending again. Fix or delete it before the next run.`],
    }
  await markMigration(options, migration.name, chosen)
  await requireState(options, connection, migration.name, chosen)
  return { ...described, done: chosen, next: adviseAfter(described, chosen) }
}

/** P3008, P3012: an applied migration stays applied, whatever became of its file. */
function describeApplied(migration: Migration): ResolvedMigration {
  const { name, editedAfterApply, missingOnDisk } = migration
  const next = missingOnDisk
    ? [
        `${name} is applied and its folder is gone: get it back from version control, or what is applied nobody can build again (prisma migrate dev would ask to reset).`,
      ]
    : editedAfterApply
      ? [
          `${name} was edited after it was applied, and is not applied again: put its text back (git log -p), and write the change as a new migration.`,
        ]
      : [`${name} is applied: there is nothing to resolve.`]
  return { ...emptyMigration(migration), next }
}

function emptyMigration({ name, state, editedAfterApply, missingOnDisk, logs }: Migration): ResolvedMigration {
  const base = { name, state, editedAfterApply, missingOnDisk, message: state === 'failed' ? databaseText(logs) : null }
  return { ...base, found: null, comparedWith: null, statements: [], remaining: [], leftovers: [], done: 'none', snapshot: null, next: [] }
}

function describe(migration: Migration, { before, ...found }: Inspection): ResolvedMigration {
  const isPending = migration.state !== 'failed'
  const snapshot = isPending ? null : (before.snapshot?.id ?? null)
  const { name, missingOnDisk } = migration
  const next = adviseWaysOut({ name, missingOnDisk, found: found.found, snapshot, leftovers: found.leftovers, isPending, again: AGAIN })
  return { ...emptyMigration(migration), ...found, snapshot, next }
}

/** Null: left as it is. */
async function choose(
  { ui, config }: RunOptions,
  migration: Migration,
  found: ResolvedMigration,
  { decided, yes }: ResolveRequest,
): Promise<Resolution | null> {
  const right = rightFor(migration, found)
  if (decided === 'restore' && found.snapshot === null) throw noSnapshot(migration.name)
  if (decided !== null) {
    if (decided !== right && contradicts(decided, found) && !yes) return refuseOrAsk(ui, decided, found)
    return decided
  }
  if (yes) return right ?? (found.found === 'half-way' && config.onFailure === 'restore' && found.snapshot !== null ? 'restore' : null)
  if (!ui.interactive || (migration.state !== 'failed' && right === null)) return null
  return ui.chooseResolution({ migration: found, right, possible: possibleFor(migration, found) })
}

function rightFor({ state, missingOnDisk }: Migration, { found }: ResolvedMigration): Resolution | null {
  if (found === 'everything') return missingOnDisk ? null : 'applied'
  return found === 'nothing' && state === 'failed' ? 'rolled-back' : null
}

function possibleFor({ state, missingOnDisk }: Migration, { snapshot }: ResolvedMigration): readonly Resolution[] {
  return [
    ...(snapshot === null ? [] : (['restore'] as const)),
    ...(missingOnDisk ? [] : (['applied'] as const)),
    ...(state === 'failed' ? (['rolled-back'] as const) : []),
  ]
}

function contradicts(decided: Resolution, { found }: ResolvedMigration): boolean {
  if (decided === 'applied') return found === 'nothing' || found === 'half-way'
  return decided === 'rolled-back' && (found === 'everything' || found === 'half-way')
}

async function refuseOrAsk(ui: RunOptions['ui'], decided: Resolution, found: ResolvedMigration): Promise<Resolution | null> {
  if (ui.interactive) return ui.chooseResolution({ migration: found, right: null, possible: [decided] })
  throw new SafeMigrateError({
    code: 'blocked',
    message: `--${decided} says otherwise than the database: of ${found.name} ${sayFound(found)}. Nothing was changed.`,
    why:
      decided === 'applied'
        ? 'Prisma would never run what is missing.'
        : 'Prisma would run all of it again, and fail on what is there already, or write it twice.',
    next: [...found.next, `If it is right all the same: safe-migrate resolve ${found.name} --${decided} --yes`],
  })
}

function sayFound({ found, remaining }: ResolvedMigration): string {
  if (found === 'nothing') return 'nothing is there'
  if (found === 'everything') return 'everything is there'
  return `only a part is there (missing: line ${remaining.map(({ line }) => line).join(', ')})`
}

/** @throws SafeMigrateError `history`, with Prisma's own code for it */
function refuseWhatPrismaRefuses({ name, state, missingOnDisk }: Migration, decided: Resolution): void {
  const refuse = (why: string, next: readonly string[]) =>
    new SafeMigrateError({ code: 'history', message: `${name} cannot be marked as ${decided}. Nothing was changed.`, why, next })
  const isApplied = state === 'applied'
  if (decided === 'rolled-back' && state === 'rolledBack')
    throw refuse('It is marked as rolled back already.', [`To apply it again: ${AGAIN}`])
  if (decided === 'rolled-back' && state !== 'failed')
    throw refuse(isApplied ? 'It is applied, and Prisma rolls back only what failed (P3012).' : 'It was never applied (P3011).', [
      isApplied
        ? 'To go back to before it: safe-migrate restore <snapshot> (safe-migrate snapshot list)'
        : `It is pending: ${AGAIN} applies it.`,
    ])
  if (decided === 'applied' && isApplied) throw refuse('It is recorded as applied already (P3008).', [])
  if (decided === 'applied' && missingOnDisk)
    throw refuse('Its folder is not there (P3017).', [`Put the folder ${name} back from version control.`])
}

function noSnapshot(name: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `There is no snapshot from before ${name}. Nothing was changed.`,
    next: ['safe-migrate resolve says what else can be done; safe-migrate snapshot list shows what is there.'],
  })
}

async function markMigration({ project, ui }: RunOptions, name: string, how: Exclude<Resolution, 'restore'>): Promise<void> {
  const words = ['migrate', 'resolve', `--${how}`, name]
  ui.show({ type: 'prisma-started', words: ['prisma', ...words] })
  const prisma = await runPrisma(project, [...words, ...fileOptions(project)], { show: ui.prismaOutput })
  if (prisma.exitCode === 0) return
  throw new SafeMigrateError({
    code: 'prisma',
    message: `prisma migrate resolve ended with exit code ${prisma.exitCode}${prisma.errorCode === null ? '' : ` (${prisma.errorCode})`}.`,
    next: ['Read Prisma’s message above. To see where the history stands: safe-migrate status'],
  })
}

// What Prisma did is read from the database, never from its words.
async function requireState(
  { project }: RunOptions,
  connection: Connection,
  name: string,
  how: Exclude<Resolution, 'restore'>,
): Promise<void> {
  const now = (await readHistory(project, connection)).migrations.find((one) => one.name === name)?.state
  if (how === 'applied' ? now === 'applied' : now === 'rolledBack' || now === undefined) return
  throw new SafeMigrateError({
    code: 'prisma',
    message: `Prisma reported success, and ${name} is still ${now ?? 'not recorded'}.`,
    next: ['To see where the history stands: safe-migrate status'],
  })
}

function adviseAfter({ name, missingOnDisk }: ResolvedMigration, done: 'applied' | 'rolled-back'): string[] {
  if (done === 'applied') return [`${name} counts as applied. To go on: ${AGAIN}`]
  return missingOnDisk ? [`To go on: ${AGAIN}`] : [`${name} is pending again: fix its migration.sql, then: ${AGAIN}`]
}

function makeReport(options: RunOptions, migrations: readonly ResolvedMigration[], recovery: RecoverySummary): ResolveReport {
  const isOpen = ({ state, done, found }: ResolvedMigration) =>
    done === 'none' && (state === 'failed' || (state === 'rolledBack' && (found === 'everything' || found === 'half-way')))
  return {
    report: 'resolve',
    formatVersion: 1,
    exitCode: migrations.some(isOpen) ? 1 : 0,
    project: summarizeProject(options),
    migrations,
    recovery,
    next: [],
  }
}
