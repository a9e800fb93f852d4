import type { Config } from '../config/schema.js'
import { pendingMigrations, readHistory } from '../project/history.js'
import type { Project } from '../project/project.js'
import { makeEmptyPlan, makePlan, type Plan, summarizePlan } from './plan.js'
import type { PlanReport } from './report.js'
import { summarizeProject } from './run.js'
import { openSession } from './session.js'

/** Findings with their impact for everything that is pending. Reads only. Exit code 1 when a run would be stopped. */
export async function planProject({ project, config }: { readonly project: Project; readonly config: Config }): Promise<PlanReport> {
  const exists = await project.database.exists(project.target)
  const plan = exists ? await planLive(project, config) : await makeEmptyPlan(project, pendingMigrations(await readHistory(project, null)))
  return {
    report: 'plan',
    formatVersion: 1,
    command: 'plan',
    exitCode: plan.blocking.length > 0 ? 1 : 0,
    project: summarizeProject(project),
    measured: true,
    ...summarizePlan(plan),
    blocking: plan.blocking.length,
  }
}

async function planLive(project: Project, config: Config): Promise<Plan> {
  const session = await openSession(project.database, project.target)
  try {
    return await makePlan(project, session, pendingMigrations(await readHistory(project, session.connection)), config.impactTimeout)
  } finally {
    await session.close()
  }
}
