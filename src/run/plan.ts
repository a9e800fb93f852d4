import type { Settings } from '../config/select-environment.js'
import type { Catalog } from '../databases/catalog.js'
import type { ParsedSql, Rename } from '../databases/database.js'
import { applyAcceptances } from '../findings/acceptance.js'
import { readAcceptanceFile } from '../findings/acceptance-file.js'
import type { AcceptanceProblem } from '../findings/acceptance-problem.js'
import { type Analysis, analyse, type TouchedTables } from '../findings/analyse.js'
import { measureImpact } from '../findings/impact.js'
import { shownFindings, withLevels } from '../findings/levels.js'
import { findProtectionProblems, listObjects, namedObjects, withProtection } from '../findings/protection.js'
import { readDelivery } from '../project/atomicity.js'
import { type FileAtomicity, readAtomicity } from '../project/file-atomicity.js'
import { type Migration, readSource } from '../project/history.js'
import type { Project } from '../project/project.js'
import type { Acceptance, Finding } from '../rules/finding.js'
import { isBlocking } from '../rules/is-blocking.js'
import type { OnProgress } from '../util/progress.js'
import type { Session } from './session.js'

/** What the pending migrations would do to this database, and whether they may. */
export interface Plan {
  /** Names of the pending migrations, in order. */
  readonly pending: readonly string[]
  /** Those that are shown; `expectations` has all. */
  readonly findings: readonly Finding[]
  readonly acceptanceProblems: readonly AcceptanceProblem[]
  /** Findings that nobody accepted and that must be before the run goes on. */
  readonly blocking: readonly Finding[]
  readonly expectations: Expectations
  /** Of each pending file, in order. */
  readonly atomicity: readonly FileAtomicity[]
}

export interface PlanOptions {
  /** Show findings too that are off. */
  readonly all?: boolean
  readonly onProgress?: OnProgress
}

interface PlanFacts extends PlanOptions {
  readonly project: Project
  readonly config: Settings
  readonly catalog: Catalog
}

/** What the comparison afterwards must know of the plan. Plain JSON: it goes into the journal, for a run that is interrupted. */
export interface Expectations {
  readonly findings: readonly Finding[]
  readonly touched: TouchedTables
  /** Names of schema objects that the migrations mention, lower case. */
  readonly mentioned: readonly string[]
  /** Renames of live tables and columns, in order. */
  readonly renames: readonly Rename[]
  /** When Prisma was started, as `ComparisonSql.readMoment` has it; not there before. */
  readonly begun?: string | null
}

/** Reads the pending files, judges them against the live database and measures what they cost here. Changes nothing. */
export async function makePlan(
  project: Project,
  session: Session,
  pending: readonly Migration[],
  config: Settings,
  options: PlanOptions = {},
): Promise<Plan> {
  const parsed = await parsePending(project, pending)
  const catalog = await project.database.readCatalog(session.connection)
  const analysis = analyse(parsed, { catalog, delivery: readDelivery(project) })
  const measured = await measureImpact(analysis, session.connection, {
    timeout: config.impactTimeout,
    budget: config.impactBudget,
    showValues: config.showValues,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
  return toPlan(parsed, analysis, measured, { ...options, project, config, catalog })
}

/** The same for a database that does not exist yet: nothing is at stake there, so nothing is measured and nothing blocks. */
export async function makeEmptyPlan(
  project: Project,
  pending: readonly Migration[],
  config: Settings,
  options: PlanOptions = {},
): Promise<Plan> {
  const parsed = await parsePending(project, pending)
  const empty: Catalog = { defaultSchema: project.target.schema, tables: [], enums: [], objects: [], dependents: [] }
  const analysis = analyse(parsed, { catalog: empty, delivery: readDelivery(project) })
  return { ...(await toPlan(parsed, analysis, analysis.findings, { ...options, project, config, catalog: empty })), blocking: [] }
}

function parsePending(project: Project, pending: readonly Migration[]): Promise<ParsedSql[]> {
  const sources = pending.flatMap(({ name, file }) => (file === null ? [] : [readSource(project, { name, file })]))
  return Promise.all(sources.map((source) => project.database.parse(source)))
}

async function toPlan(
  parsed: readonly ParsedSql[],
  analysis: Analysis,
  measured: readonly Finding[],
  { project, config, catalog, all }: PlanFacts,
): Promise<Plan> {
  const { defaultSchema } = catalog
  const judged = withProtection(withLevels(measured, config.rules), config.protect, defaultSchema)
  const { findings, problems } = applyAcceptances(judged, parsed, await readAcceptanceFile(project.migrationsDir, project.root))
  const mentioned = new Set(parsed.flatMap((file) => file.source.sql.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? []))
  return {
    pending: parsed.map((file) => file.source.migration),
    findings: shownFindings(findings, all),
    acceptanceProblems: [
      ...problems,
      ...findProtectionProblems(config.protect, [...listObjects(catalog), ...namedObjects(analysis.changes)], defaultSchema),
    ],
    blocking: findings.filter(isBlocking),
    atomicity: parsed.map((file) => readAtomicity(project, file)),
    expectations: { findings, touched: analysis.touched, mentioned: [...mentioned], renames: analysis.renames },
  }
}

/** The plan after somebody said yes to everything that blocked it. */
export function acceptBlocking(plan: Plan, acceptance: Acceptance): Plan {
  const accept = (finding: Finding) => (isBlocking(finding) ? { ...finding, accepted: acceptance } : finding)
  const { findings, expectations } = plan
  return {
    ...plan,
    findings: findings.map(accept),
    blocking: [],
    expectations: { ...expectations, findings: expectations.findings.map(accept) },
  }
}

/** The plan as of now, right before Prisma is started: what was written until then, others wrote. */
export async function beginPlan(plan: Plan, { connection }: Session): Promise<Plan> {
  const begun = await connection.database.comparison.readMoment(connection)
  return { ...plan, expectations: { ...plan.expectations, begun } }
}

/** What the report says of a plan. */
export function summarizePlan({
  pending,
  findings,
  acceptanceProblems,
  atomicity,
}: Plan): Pick<Plan, 'pending' | 'findings' | 'acceptanceProblems' | 'atomicity'> {
  return { pending, findings, acceptanceProblems, atomicity }
}
