import type { Settings } from '../config/select-environment.js'
import { pendingMigrations, readHistory } from '../project/history.js'
import type { Project } from '../project/project.js'
import { findPathInRepository } from '../project/repository.js'
import { summarizeInvariants } from './invariants.js'
import { makeEmptyPlan, makePlan, type Plan, type PlanOptions, summarizePlan } from './plan.js'
import type { InvariantSummary, PlanReport } from './report.js'
import { summarizeProject } from './run.js'
import { openSession } from './session.js'

export interface PlanProjectOptions extends PlanOptions {
  readonly project: Project
  readonly config: Settings
}

/** Findings with their impact for everything that is pending, and what the invariants say now. Reads only. Exit code 1 when a run would be stopped. */
export async function planProject({ project, config, ...options }: PlanProjectOptions): Promise<PlanReport> {
  const exists = await project.database.exists(project.target)
  const { plan, invariants } = exists
    ? await planLive(project, config, options)
    : { plan: await makeEmptyPlan(project, pendingMigrations(await readHistory(project, null)), config, options), invariants: [] }
  const stops = plan.blocking.length > 0 || invariants.some(({ state }) => state === 'not checkable')
  return {
    report: 'plan',
    formatVersion: 1,
    command: 'plan',
    exitCode: stops ? 1 : 0,
    project: summarizeProject({ project, config }),
    pathInRepository: findPathInRepository(project.root),
    measured: true,
    measuredAt: new Date().toISOString(),
    ...summarizePlan(plan),
    historyProblems: [],
    ...(invariants.length === 0 ? {} : { invariants }),
    blocking: plan.blocking.length,
  }
}

async function planLive(
  project: Project,
  config: Settings,
  options: PlanOptions,
): Promise<{ readonly plan: Plan; readonly invariants: readonly InvariantSummary[] }> {
  const session = await openSession(project.database, project.target)
  try {
    const pending = pendingMigrations(await readHistory(project, session.connection))
    const plan = await makePlan(project, session, pending, config, options)
    return { plan, invariants: await summarizeInvariants(session.connection, config) }
  } finally {
    await session.close()
  }
}
