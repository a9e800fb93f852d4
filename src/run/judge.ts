import type { ParsedSql } from '../databases/database.js'
import type { Fingerprint } from '../databases/fingerprint.js'
import { SafeMigrateError } from '../errors.js'
import { readAtomicity } from '../project/file-atomicity.js'
import { failedMigrations, type Migration, readHistory, readSource } from '../project/history.js'
import type { Project } from '../project/project.js'
import { type OpenedSnapshot, openSnapshot } from '../snapshots/encryption/open-snapshot.js'
import { findEngine } from '../snapshots/engines/index.js'
import { compareDatabases } from '../verify/compare.js'
import type { Difference } from '../verify/difference.js'
import { readEffects } from './effects.js'
import type { Expectations } from './plan.js'
import type { Protection } from './protect.js'
import type { FailedMigration, PrismaSummary } from './report.js'
import { type Run, snapshotContext, timed } from './run.js'

/** What the database says after Prisma ran. */
export interface Judgement {
  readonly prisma: PrismaSummary
  /** A migration failed, or Prisma stopped between two of them. */
  readonly failed: boolean
  /** Prisma ended with an error and touched none of the pending migrations. */
  readonly notApplied: boolean
  readonly differences: readonly Difference[]
}

export interface PrismaEnd {
  readonly exitCode: number
  readonly errorCode: string | null
}

/** Compares the database with itself before, and finds out what became of the pending migrations. Changes nothing. */
export async function judge(
  run: Run,
  pending: readonly string[],
  expectations: Expectations,
  protection: Protection | null,
  end: PrismaEnd,
): Promise<Judgement> {
  const { project, session } = run
  const history = await readHistory(project, session.connection)
  const applied = history.migrations.filter((one) => one.state === 'applied' && pending.includes(one.name)).map((one) => one.name)
  const failedOne = failedMigrations(history)[0]
  const isIncomplete = end.exitCode !== 0 && pending.length > applied.length && failedOne === undefined
  const after = protection === null ? null : await timed(run, 'fingerprint', () => readAfter(run, protection.before, expectations))
  const differences =
    protection === null || after === null ? [] : await timed(run, 'compare', () => compare(run, protection, after, expectations))
  if (protection !== null)
    run.ui.show({ type: 'compared', differences, seconds: (run.seconds.fingerprint ?? 0) + (run.seconds.compare ?? 0) })
  const facts = protection === null || after === null ? null : { before: protection.before, after, isOnlyOne: applied.length === 0 }
  const summary = failedOne === undefined ? null : await describeFailure(run.project, failedOne, facts)
  return {
    prisma: { exitCode: end.exitCode, errorCode: end.errorCode, applied, failed: summary },
    failed: failedOne !== undefined || (isIncomplete && applied.length > 0),
    notApplied: isIncomplete && applied.length === 0,
    differences,
  }
}

function readAfter(run: Run, before: Fingerprint, { renames }: Expectations): Promise<Fingerprint> {
  return run.project.database.fingerprint(run.session.connection, { reference: before, renames, onProgress: run.ui.progress })
}

async function compare(run: Run, protection: Protection, after: Fingerprint, expectations: Expectations): Promise<Difference[]> {
  const engine = findEngine(protection.snapshot.manifest.engine)
  const context = snapshotContext(run)
  // Only when rows have to be looked at, and once.
  let opening: Promise<OpenedSnapshot> | undefined
  const open = () => {
    opening ??= openSnapshot(context, protection.snapshot)
    return opening
  }
  const differences = await compareDatabases({
    onProgress: run.ui.progress,
    before: protection.before,
    after,
    expectations,
    connection: run.session.connection,
    openTable: async (table) => engine.openTable(context, (await open()).snapshot, table),
  }).finally(async () => (await opening?.catch(() => null))?.close())
  const problem = await opening?.then(
    () => null,
    (error: unknown) => error,
  )
  if (problem instanceof SafeMigrateError)
    run.ui.show({ type: 'notice', message: `Rows cannot be named: ${problem.message}`, next: problem.next })
  return run.config.showValues ? differences : differences.map(({ values: _hidden, ...rest }) => rest)
}

/** The database before and after; `isOnlyOne`: no other migration of this run was applied. */
interface FailureFacts {
  readonly before: Fingerprint
  readonly after: Fingerprint
  readonly isOnlyOne: boolean
}

async function describeFailure(project: Project, failed: Migration, facts: FailureFacts | null): Promise<FailedMigration> {
  const { name, file, logs } = failed
  const message = databaseText(logs)
  if (file === null || facts === null) return { name, message, statements: [], leftTraces: 'unknown' }
  const parsed = await project.database.parse(readSource(project, { name, file }))
  const statements = readEffects(parsed, facts.before, facts.after)
  return { name, message, statements, leftTraces: findTraces(project, parsed, statements, facts) }
}

function findTraces(
  project: Project,
  parsed: ParsedSql,
  statements: FailedMigration['statements'],
  facts: FailureFacts,
): FailedMigration['leftTraces'] {
  if (statements.some((one) => one.effect === 'yes')) return 'yes'
  if (readAtomicity(project, parsed).atomic === 'yes') return 'no'
  if (facts.isOnlyOne) return isSame(facts.before, facts.after) ? 'no' : 'yes'
  return statements.every((one) => one.effect === 'no') ? 'no' : 'unknown'
}

function isSame(before: Fingerprint, after: Fingerprint): boolean {
  const essence = ({ tables, objects }: Fingerprint) =>
    JSON.stringify([
      tables.map(({ id, rows, columns }) => [id, rows, columns.map((one) => [one.name, one.type, one.nonNull, one.digest])]),
      objects,
    ])
  return essence(before) === essence(after)
}

/** The database's own words within what Prisma stored in `_prisma_migrations.logs`. */
export function databaseText(logs: string | null): string | null {
  if (logs === null) return null
  return /Database error:\s*([\s\S]*?)(?:\n\s*\n|DbError \{|$)/.exec(logs)?.[1]?.trim() || logs.trim() || null
}
