import type { Catalog } from '../databases/catalog.js'
import type { ParsedSql, Rename } from '../databases/database.js'
import { type AcceptanceProblem, applyAcceptances } from '../findings/acceptance.js'
import { type Analysis, analyse, type TouchedTables } from '../findings/analyse.js'
import { measureImpact } from '../findings/impact.js'
import { type Migration, readSource } from '../project/history.js'
import type { Project } from '../project/project.js'
import type { Acceptance, Finding } from '../rules/finding.js'
import { isBlocking } from '../rules/is-blocking.js'
import type { Session } from './session.js'

/** What the pending migrations would do to this database, and whether they may. */
export interface Plan {
  /** Names of the pending migrations, in order. */
  readonly pending: readonly string[]
  readonly findings: readonly Finding[]
  readonly acceptanceProblems: readonly AcceptanceProblem[]
  /** Findings that nobody accepted and that must be before the run goes on. */
  readonly blocking: readonly Finding[]
  readonly expectations: Expectations
}

/** What the comparison afterwards must know of the plan. Plain JSON: it goes into the journal, for a run that is interrupted. */
export interface Expectations {
  readonly findings: readonly Finding[]
  readonly touched: TouchedTables
  /** Names of schema objects that the migrations mention, lower case. */
  readonly mentioned: readonly string[]
  /** Renames of live tables and columns, in order. */
  readonly renames: readonly Rename[]
}

/** Reads the pending files, judges them against the live database and measures what they cost here. Changes nothing. */
export async function makePlan(project: Project, session: Session, pending: readonly Migration[], impactTimeout: number): Promise<Plan> {
  const parsed = await parsePending(project, pending)
  const catalog = await project.database.readCatalog(session.connection)
  const analysis = analyse(parsed, { catalog })
  const measured = await measureImpact(analysis, session.connection, { timeout: impactTimeout })
  return toPlan(parsed, analysis, measured)
}

/** The same for a database that does not exist yet: nothing is at stake there, so nothing is measured and nothing blocks. */
export async function makeEmptyPlan(project: Project, pending: readonly Migration[]): Promise<Plan> {
  const parsed = await parsePending(project, pending)
  const empty: Catalog = { defaultSchema: project.target.schema, tables: [], enums: [] }
  const analysis = analyse(parsed, { catalog: empty })
  return { ...toPlan(parsed, analysis, analysis.findings), blocking: [] }
}

function parsePending(project: Project, pending: readonly Migration[]): Promise<ParsedSql[]> {
  const sources = pending.flatMap(({ name, file }) => (file === null ? [] : [readSource(project, { name, file })]))
  return Promise.all(sources.map((source) => project.database.parse(source)))
}

function toPlan(parsed: readonly ParsedSql[], analysis: Analysis, measured: readonly Finding[]): Plan {
  const { findings, unused } = applyAcceptances(measured, parsed)
  const mentioned = new Set(parsed.flatMap((file) => file.source.sql.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? []))
  return {
    pending: parsed.map((file) => file.source.migration),
    findings,
    acceptanceProblems: unused,
    blocking: findings.filter(isBlocking),
    expectations: { findings, touched: analysis.touched, mentioned: [...mentioned], renames: analysis.renames },
  }
}

/** The plan after somebody said yes to everything that blocked it. */
export function acceptBlocking(plan: Plan, acceptance: Acceptance): Plan {
  const findings = plan.findings.map((finding) => (isBlocking(finding) ? { ...finding, accepted: acceptance } : finding))
  return { ...plan, findings, blocking: [], expectations: { ...plan.expectations, findings } }
}

/** What the report says of a plan. */
export function summarizePlan({ pending, findings, acceptanceProblems }: Plan): Pick<Plan, 'pending' | 'findings' | 'acceptanceProblems'> {
  return { pending, findings, acceptanceProblems }
}
