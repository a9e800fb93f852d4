import type { Connection } from '../databases/database.js'
import type { MigrationHold, MigrationObservations } from '../databases/rehearsal.js'
import { SafeMigrateError } from '../errors.js'
import { type PrivatePrisma, preparePrivatePrisma } from '../project/private-prisma.js'
import { type PrismaRun, runPrisma } from '../project/run-prisma.js'
import type { SnapshotContext } from '../snapshots/snapshot.js'
import { hideUrl } from '../util/secret.js'
import { type Run, stopIfAborted } from './run.js'

/** Milliseconds between two looks at whether Prisma waits for the project's database. */
const INTERVAL = 250

export interface RehearsedRun {
  readonly prisma: PrismaRun
  readonly observations: MigrationObservations
}

/**
 * Runs `prisma migrate deploy` on the copy, and on nothing else: the copy is another database than the project's, its URL is all that Prisma
 * is given, Prisma's own lock keeps it from the project's database where there is one, and that one's history is the same afterwards.
 * @param folder not there yet; the caller removes it
 * @throws SafeMigrateError `blocked` before Prisma is run, `unproven` when the history of the project's database changed meanwhile
 */
export async function runOnCopy(run: Run, copy: SnapshotContext, folder: string): Promise<RehearsedRun> {
  const { project } = run
  const tools = await project.database.rehearsal()
  const url = tools.copyUrl(copy.project.target)
  const target = project.database.readTarget(url.reveal(), { fileBase: folder, root: project.root })
  await requireOther(run, copy.connection, await project.database.connect(target))
  const place = await preparePrivatePrisma(project, folder, url, target)
  const hold = await tools.hold(project.target)
  if (hold === null) throw isMigrating(run)
  try {
    const history = await readHistoryText(run)
    const watch = await tools.watch(copy.project.target)
    const outcome = await runHeld(run, hold, place).then(
      (prisma) => ({ prisma }),
      (error: unknown) => ({ error }),
    )
    const observations = await watch.stop()
    if ((await readHistoryText(run)) !== history) throw historyChanged(run)
    if ('error' in outcome) throw outcome.error
    await stopIfAborted(run.ui, 'during the rehearsal', 'The copy is removed; nothing was changed.')
    return { prisma: { ...outcome.prisma, output: hideUrl(outcome.prisma.output, url) }, observations }
  } finally {
    await hold.release()
  }
}

/** Poolers lead from one name to any database: what counts is where one arrives. */
async function requireOther({ project, session }: Run, copy: Connection, found: Connection): Promise<void> {
  const { database, target } = project
  try {
    const [live, wanted, reached] = [
      await database.identify(session.connection),
      await database.identify(copy),
      await database.identify(found),
    ]
    if (reached === wanted && reached !== live) return
  } finally {
    await found.close()
  }
  throw new SafeMigrateError({
    code: 'blocked',
    message: `The copy of ${target.label} cannot be reached by a URL of its own. Nothing was run, and nothing was changed.`,
    why: 'The same URL with the name of the copy leads to another database; a connection pooler can do that.',
    next: [
      'Give the direct URL of the database: as directUrl in Prisma 6, as datasource.url in Prisma 7.',
      'Without a rehearsal: safe-migrate deploy',
    ],
  })
}

/** Ends Prisma at once on Ctrl-C, and when a Prisma waits for the project's database: it may be ours. */
async function runHeld(run: Run, hold: MigrationHold, place: PrivatePrisma): Promise<PrismaRun> {
  const { project, ui, journal } = run
  const stop = new AbortController()
  let isAwaited = false
  const timer = setInterval(async () => {
    isAwaited ||= await hold.isAwaited().catch(() => true)
    if (isAwaited) stop.abort()
  }, INTERVAL)
  try {
    const prisma = await runPrisma(project, ['migrate', 'deploy', ...place.fileOptions], {
      show: 'nothing',
      place,
      signal: AbortSignal.any([ui.signal, stop.signal]),
      onStart: (pid) => journal.record('rehearsal-prisma', { pid, folder: place.cwd }),
    })
    if (isAwaited) throw isMigrating(run)
    return prisma
  } finally {
    clearInterval(timer)
  }
}

async function readHistoryText({ project, session }: Run): Promise<string> {
  return JSON.stringify(await project.database.readMigrationRows(session.connection))
}

function isMigrating({ project }: Run): SafeMigrateError {
  return new SafeMigrateError({
    code: 'locked',
    message: `A Prisma is about to migrate ${project.target.label}; the rehearsal was stopped.`,
    why: 'What is rehearsed must be what is there. The rehearsal itself changed nothing.',
    next: ['Wait until it is done, then run the same command again.'],
  })
}

function historyChanged({ project }: Run): SafeMigrateError {
  return new SafeMigrateError({
    code: 'unproven',
    message: `The migration history of ${project.target.label} changed during the rehearsal.`,
    why: 'Somebody else migrated it meanwhile; a rehearsal only works on its copy.',
    next: ['To see which migrations are applied: safe-migrate status', 'To compare with before: safe-migrate restore --dry-run'],
  })
}
