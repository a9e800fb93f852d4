import { fileOptions, type PrismaRun, runPrisma } from '../project/run-prisma.js'
import type { Plan } from './plan.js'
import { requireLock, type Stage, timed } from './run.js'

/** Runs `prisma migrate deploy`. What it did is read from the database afterwards, never from its words. */
export async function applyPending(run: Stage, plan: Plan, snapshot: string | null, passedOn: readonly string[]): Promise<PrismaRun> {
  const { project, ui, journal } = run
  requireLock(run)
  journal.record('migrate', { snapshot, pending: plan.pending, expectations: plan.expectations })
  const words = ['migrate', 'deploy', ...fileOptions(project), ...passedOn]
  ui.show({ type: 'prisma-started', words: ['prisma', 'migrate', 'deploy', ...passedOn] })
  const prisma = await timed(run, 'migrate', () =>
    runPrisma(project, words, { show: ui.prismaOutput, onStart: (pid) => journal.record('prisma', { pid }) }),
  )
  journal.record('migrated', { exitCode: prisma.exitCode })
  ui.show({ type: 'prisma-ended', exitCode: prisma.exitCode, seconds: run.seconds.migrate ?? 0 })
  return prisma
}
