import type { Settings } from '../config/select-environment.js'
import { pendingMigrations, readHistory } from '../project/history.js'
import type { Project } from '../project/project.js'
import { findPathInRepository } from '../project/repository.js'
import { makeEmptyPlan, makePlan, type Plan, type PlanOptions, summarizePlan } from './plan.js'
import type { PlanReport } from './report.js'
import { summarizeProject } from './run.js'
import { openSession } from './session.js'

export interface PlanProjectOptions extends PlanOptions {
  readonly project: Project
  readonly config: Settings
}

/** Findings with their impact for everything that is pending. Reads only. Exit code 1 when a run would be stopped. */
export async function planProject({ project, config, ...options }: PlanProjectOptions): Promise<PlanReport> {
  const exists = await project.database.exists(project.target)
  const plan = exists
    ? await planLive(project, config, options)
    : await makeEmptyPlan(project, pendingMigrations(await readHistory(project, null)), config, options)
  return {
    report: 'plan',
    formatVersion: 1,
    command: 'plan',
    exitCode: plan.blocking.length > 0 ? 1 : 0,
    project: summarizeProject({ project, config }),
    pathInRepository: findPathInRepository(project.root),
    measured: true,
    ...summarizePlan(plan),
    historyProblems: [],
    blocking: plan.blocking.length,
  }
}

async function planLive(project: Project, config: Settings, options: PlanOptions): Promise<Plan> {
  const session = await openSession(project.database, project.target)
  try {
    return await makePlan(project, session, pendingMigrations(await readHistory(project, session.connection)), config, options)
  } finally {
    await session.close()
  }
}
