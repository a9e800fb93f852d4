import { findPathInRepository } from '../project/repository.js'
import type { RunReport } from './report.js'
import { type Run, type RunOptions, summarizeProject } from './run.js'
import { EXIT_CODES, type Verdict } from './verdict.js'

/** The journal's last line. */
export function endRun(run: Run, report: RunReport): RunReport {
  const { command, exitCode, verdict, prisma, recovery } = report
  run.journal.end(verdict, { command, exitCode, applied: prisma?.applied ?? [], replaced: recovery.replaced })
  return { ...report, runId: run.journal.runId, startedAt: run.journal.startedAt, seconds: run.seconds }
}

export function emptyReport(
  options: Pick<RunOptions, 'project' | 'config' | 'protection'>,
  command: RunReport['command'],
  verdict: Verdict,
): RunReport {
  return {
    report: 'run',
    formatVersion: 1,
    command,
    runId: null,
    verdict,
    exitCode: EXIT_CODES[verdict],
    project: summarizeProject(options),
    pathInRepository: findPathInRepository(options.project.root),
    protection: options.protection ?? null,
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
