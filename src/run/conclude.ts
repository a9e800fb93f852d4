import { advise } from './advice.js'
import { judge, type PrismaEnd } from './judge.js'
import type { Plan } from './plan.js'
import type { Protection } from './protect.js'
import { recover } from './recover.js'
import type { RunReport } from './report.js'
import { type Run, type RunOptions, summarizeProject } from './run.js'
import { EXIT_CODES, type Verdict, verdictOf } from './verdict.js'

/** From Prisma's end to the report: compare, judge, recover. Also the way in which an interrupted run is finished. */
export async function concludeRun(
  run: Run,
  command: RunReport['command'],
  plan: Pick<Plan, 'pending' | 'findings' | 'acceptanceProblems' | 'expectations'>,
  protection: Protection | null,
  end: PrismaEnd,
): Promise<RunReport> {
  run.journal.record('compare')
  const judgement = await judge(run, plan.pending, plan.expectations, protection, end)
  const recovery = await recover(run, judgement, protection?.snapshot ?? null)
  const verdict = verdictOf(judgement, recovery.done === 'restored')
  const { project } = run
  const next = advise({
    project,
    verdict,
    prisma: judgement.prisma,
    snapshot: protection?.snapshot ?? null,
    pending: plan.pending,
    again: `safe-migrate ${command === 'dev' ? 'dev' : 'deploy'}`,
  })
  return {
    ...emptyReport(run, command, verdict),
    pending: plan.pending,
    findings: plan.findings,
    acceptanceProblems: plan.acceptanceProblems,
    snapshot: protection?.summary ?? null,
    prisma: judgement.prisma,
    differences: judgement.differences,
    recovery,
    next,
  }
}

/** The journal's last line. */
export function endRun(run: Run, report: RunReport): RunReport {
  run.journal.end(report.verdict)
  return { ...report, runId: run.journal.runId, seconds: run.seconds }
}

export function emptyReport({ project }: Pick<RunOptions, 'project'>, command: RunReport['command'], verdict: Verdict): RunReport {
  return {
    report: 'run',
    formatVersion: 1,
    command,
    runId: null,
    verdict,
    exitCode: EXIT_CODES[verdict],
    project: summarizeProject(project),
    pending: [],
    findings: [],
    acceptanceProblems: [],
    snapshot: null,
    prisma: null,
    differences: [],
    recovery: { done: 'none', replaced: null, problem: null },
    next: [],
    seconds: {},
  }
}
