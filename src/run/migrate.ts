import { fileOptions, type PrismaRun, runPrisma } from '../project/run-prisma.js'
import type { Journal } from './journal.js'
import type { Plan } from './plan.js'
import { type Protection, protectedBy } from './protect.js'
import { type Run, requireLock, type Stage, timed } from './run.js'

/** Runs `prisma migrate deploy`. What it did is read from the database afterwards, never from its words. */
export async function applyPending(
  run: Stage & Partial<Pick<Run, 'session'>>,
  plan: Plan,
  protection: Protection | null,
  passedOn: readonly string[],
): Promise<PrismaRun> {
  const { project, ui, journal } = run
  requireLock(run)
  const moment = await readMoment(run)
  journal.record('migrate', { ...protectedBy(protection), pending: plan.pending, expectations: plan.expectations, moment })
  const words = ['migrate', 'deploy', ...fileOptions(project), ...passedOn]
  ui.show({ type: 'prisma-started', words: ['prisma', 'migrate', 'deploy', ...passedOn] })
  const prisma = await timed(run, 'migrate', () =>
    runPrisma(project, words, { show: ui.prismaOutput, onStart: (pid) => recordPrisma(journal, pid) }),
  )
  journal.record('migrated', { exitCode: prisma.exitCode, moment: await readMoment(run) })
  ui.show({ type: 'prisma-ended', exitCode: prisma.exitCode, seconds: run.seconds.migrate ?? 0 })
  return prisma
}

/** It runs already, and must be waited for whatever becomes of the journal, which then fails at the next step. */
export function recordPrisma(journal: Journal, pid: number): void {
  try {
    journal.record('prisma', { pid })
  } catch {
    // Said by the next step.
  }
}

/** For a salvage: what was written between the two moments can be the migrations', and nothing else. */
async function readMoment({ session }: Partial<Pick<Run, 'session'>>): Promise<string | null> {
  // What cannot be told makes no run fail.
  return session?.connection.database.comparison.readMoment(session.connection).catch(() => null) ?? null
}
