import { SafeMigrateError } from '../errors.js'
import { advise } from './advice.js'
import { awaitPrisma } from './await-prisma.js'
import { emptyReport } from './empty-report.js'
import { type Judgement, judge, type PrismaEnd } from './judge.js'
import type { Plan } from './plan.js'
import type { Protection } from './protect.js'
import { recover } from './recover.js'
import type { RunReport } from './report.js'
import type { Run } from './run.js'
import { comparisonFailed } from './unproven.js'
import { verdictOf } from './verdict.js'

/** From Prisma's end to the report: compare, judge, recover. Also the way in which an interrupted run is finished. */
export async function concludeRun(
  run: Run,
  command: RunReport['command'],
  plan: Pick<Plan, 'pending' | 'findings' | 'acceptanceProblems' | 'expectations'> & Partial<Pick<Plan, 'atomicity'>>,
  protection: Protection | null,
  end: PrismaEnd,
): Promise<RunReport> {
  run.journal.record('compare')
  const judgement = await judgeOrExplain(run, command, plan, protection, end)
  run.journal.record('judged', { failed: judgement.prisma.failed })
  const recovery = await recover(run, judgement, protection?.snapshot ?? null, command === 'resume')
  const verdict = verdictOf(judgement, recovery.done)
  const { project } = run
  const next = advise({
    project,
    verdict,
    prisma: judgement.prisma,
    snapshot: protection?.snapshot ?? null,
    pending: plan.pending,
    again: `safe-migrate ${command === 'dev' ? 'dev' : 'deploy'}`,
    differences: judgement.differences,
    recovery,
  })
  return {
    ...emptyReport(run, command, verdict),
    pending: plan.pending,
    findings: plan.findings,
    acceptanceProblems: plan.acceptanceProblems,
    ...(plan.atomicity === undefined ? {} : { atomicity: plan.atomicity }),
    snapshot: protection?.summary ?? null,
    prisma: judgement.prisma,
    differences: judgement.differences,
    ...judgement.figures,
    recovery,
    next,
  }
}

// Prisma has run: whatever stops the comparison now, the user must not think that all is well. The journal stays open.
async function judgeOrExplain(
  run: Run,
  command: RunReport['command'],
  plan: Pick<Plan, 'pending' | 'expectations'>,
  protection: Protection | null,
  end: PrismaEnd,
): Promise<Judgement> {
  const next = [
    'To compare when it is done: safe-migrate status --resume',
    ...(protection === null ? [] : ['To go back to before the run: safe-migrate status --undo']),
  ]
  try {
    // All that it sent was answered where it ended well.
    if (end.exitCode !== 0) await awaitPrisma(run, run.session.connection, 'unproven', next)
    return await judge(run, plan.pending, plan.expectations, protection, end)
  } catch (error) {
    if (error instanceof SafeMigrateError && error.code === 'unproven') throw error
    throw await comparisonFailed(run, protection?.snapshot ?? null, command === 'resume', error)
  }
}
