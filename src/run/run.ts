import path from 'node:path'
import type { Settings } from '../config/select-environment.js'
import { readingOf } from '../config/verify-level.js'
import type { LockHolder, RunLock, Target } from '../databases/database.js'
import { messageOf, SafeMigrateError } from '../errors.js'
import type { Project } from '../project/project.js'
import type { OpeningContext } from '../snapshots/encryption/open-snapshot.js'
import type { SnapshotContext } from '../snapshots/snapshot.js'
import { openStorage } from '../snapshots/storage/storage.js'
import { openStore, type Store } from '../snapshots/store.js'
import { isAborted } from '../util/is-aborted.js'
import type { RunInterface } from './interface.js'
import { type Journal, type RunCommand, startJournal } from './journal.js'
import type { TargetProtection } from './protection.js'
import type { ProjectSummary } from './report.js'
import { openSession, type Session } from './session.js'

export interface RunOptions {
  readonly project: Project
  readonly config: Settings
  readonly ui: RunInterface
  /** How the database is protected, where that was looked at: said at the start and in the report. */
  readonly protection?: TargetProtection | null
  /** The project's own database, where `project.target` is another one. */
  readonly source?: Target
}

/** A run that holds the lock. */
export interface Run extends RunOptions {
  readonly lock: RunLock
  readonly session: Session
  readonly store: Store
  readonly journal: Journal
  readonly seconds: Record<string, number>
}

/** What running Prisma needs of a run; there may be no database to connect to yet. */
export type Stage = Pick<Run, 'project' | 'ui' | 'journal' | 'seconds' | 'lock'>

/** Absolute path of the folder for snapshots and journals. */
export function dataDirectory(project: Project, config: Settings): string {
  return path.resolve(project.root, config.directory)
}

export function openProjectStore(project: Project, config: Settings): Store {
  return openStore(path.join(dataDirectory(project, config), 'snapshots'))
}

/** @throws SafeMigrateError `locked` that says who holds the database */
export async function withRunLock<T>(options: RunOptions, work: (lock: RunLock) => Promise<T>): Promise<T> {
  const { project, config, ui } = options
  ui.show({ type: 'started', project: summarizeProject(options), protection: options.protection ?? null })
  let lock = await project.database.lock(project.target, 0)
  if (isHolder(lock)) {
    ui.show({ type: 'waiting-for-lock', holder: lock.description })
    lock = await project.database.lock(project.target, config.lockTimeout)
  }
  if (isHolder(lock)) {
    throw new SafeMigrateError({
      code: 'locked',
      message: `Another safe-migrate run is working on ${project.target.label}.`,
      why: lock.description,
      next: ['Wait until it is done, then run again. Nothing was changed.'],
    })
  }
  try {
    return await work(lock)
  } catch (error) {
    throw explainLoss(project, error)
  } finally {
    await lock.release()
  }
}

/** Not every step says by itself what a lost connection means for it. */
function explainLoss({ database, target }: Project, error: unknown): unknown {
  if (error instanceof SafeMigrateError || !database.isConnectionLost(error)) return error
  return new SafeMigrateError({
    code: 'connection',
    message: `The connection to ${target.label} was lost.`,
    why: `${messageOf(error)}. What was not committed is undone.`,
    next: ['To see in what state the database is: safe-migrate status', 'Then run the same command again.'],
    cause: error,
  })
}

function isHolder(lock: RunLock | LockHolder): lock is LockHolder {
  return 'description' in lock
}

/** Opens the connection, the store and (unless one is continued) a new journal, and closes what it opened. */
export async function withRun<T>(
  options: RunOptions,
  lock: RunLock,
  command: RunCommand | Journal,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const { project, config } = options
  const session = await openSession(project.database, project.target, command === 'restore')
  try {
    const journal = typeof command === 'string' ? beginJournal(options, command) : command
    return await work({ ...options, lock, session, store: openProjectStore(project, config), journal, seconds: {} }).catch(
      (error: unknown) => {
        // Stopped before any change: there is nothing to settle. Otherwise the journal stays open, for the next command to explain.
        const isOpen = journal.has('migrate', 'settled') || journal.has('commit') || journal.has('restore', 'restore-failed')
        if (!isOpen) endQuietly(journal)
        throw error
      },
    )
  } finally {
    await session.close()
  }
}

/** What stopped the run says more than a journal that cannot be written either. */
function endQuietly(journal: Journal): void {
  try {
    journal.end('stopped before any change')
  } catch {
    // The next command closes it: it is a run that had changed nothing.
  }
}

export function beginJournal({ project, config, source }: Pick<RunOptions, 'project' | 'config' | 'source'>, command: RunCommand): Journal {
  const { identity, label } = project.target
  const elsewhere = source === undefined ? {} : ({ elsewhere: true } as const)
  return startJournal(dataDirectory(project, config), { command, targetIdentity: identity, target: label, ...elsewhere })
}

/** Runs one step and notes how long it took. */
export async function timed<T>(run: Pick<Run, 'seconds'>, step: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  try {
    return await work()
  } finally {
    run.seconds[step] = Math.round(performance.now() - start) / 1000
  }
}

/** Steps that put another database, or other contents, in the place of what is there. */
const REPLACING: readonly string[] = ['swap-databases', 'replace-contents']

/** What the snapshots need of a run; every step outside the snapshot's folder goes into the journal first. */
export function snapshotContext(
  {
    project,
    config,
    session,
    ui,
    journal,
    lock,
  }: Pick<Run, 'project' | 'config' | 'session' | 'ui'> & Partial<Pick<Run, 'lock'>> & { readonly journal: Journal | null },
  reading: Pick<SnapshotContext, 'onFingerprint'> = {},
): SnapshotContext {
  return {
    ...reading,
    project,
    commands: config.commands,
    files: config.files,
    reading: readingOf(config.verify),
    encryption: config.encryption,
    storage: openStorage(config.storage, project.root),
    reserve: config.reserve,
    get connection() {
      return session.connection
    },
    withoutConnection: (work) => session.withoutConnection(work),
    onProgress: ui.progress,
    onStep: (step, data) => {
      if (lock !== undefined && REPLACING.includes(step)) requireLock({ lock, project }, NOTHING_PUT_BACK)
      journal?.record(step, data)
    },
  }
}

/** What opening a snapshot needs, without a connection. */
export function openingContext({ project, config, ui }: Pick<RunOptions, 'project' | 'config' | 'ui'>): OpeningContext {
  return { project, encryption: config.encryption, reserve: config.reserve, onProgress: ui.progress }
}

/** @throws SafeMigrateError `interrupted` when Ctrl-C was pressed; only called where nothing has to be undone */
export async function stopIfAborted(ui: RunInterface, where: string, state = 'Nothing was changed.'): Promise<void> {
  if (!(await isAborted(ui.signal))) return
  throw new SafeMigrateError({
    code: 'interrupted',
    message: `Stopped ${where}. ${state}`,
    next: ['Run the same command again when you are ready.'],
  })
}

/** What was migrated before stays. */
export const NOTHING_PUT_BACK = 'Nothing was put back.'

/** Called before anything is changed. @throws SafeMigrateError `locked` when the connection that holds the lock was lost */
export function requireLock({ lock, project }: Pick<Run, 'lock' | 'project'>, state = 'Nothing was changed.'): void {
  if (lock.isHeld()) return
  throw new SafeMigrateError({
    code: 'locked',
    message: `The lock on ${project.target.label} was lost: the connection that held it has ended.`,
    why: `Another run may have begun. ${state}`,
    next: ['Run the same command again.'],
  })
}

export function summarizeProject({ project, config }: Pick<RunOptions, 'project' | 'config'>): ProjectSummary {
  return {
    root: project.root,
    prisma: project.prisma.version,
    database: project.target.label,
    migrations: path.relative(project.root, project.migrationsDir) || '.',
    environment: config.environment,
  }
}
