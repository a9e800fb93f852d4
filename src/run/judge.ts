import { readingOf } from '../config/verify-level.js'
import type { Fingerprint } from '../databases/fingerprint.js'
import { SafeMigrateError } from '../errors.js'
import { failedMigrations, readHistory } from '../project/history.js'
import { type OpenedSnapshot, openSnapshot } from '../snapshots/encryption/open-snapshot.js'
import { findEngine } from '../snapshots/engines/index.js'
import { compareDatabases } from '../verify/compare.js'
import type { Difference } from '../verify/difference.js'
import { describeTables, type TableFigures } from '../verify/table-figures.js'
import { describeFailure, type FailureFacts } from './failure.js'
import { findHistoryLosses } from './history-losses.js'
import { compareInvariantsAfter } from './invariants.js'
import { type LossRecord, readLosses } from './losses.js'
import type { Expectations } from './plan.js'
import type { Protection } from './protect.js'
import type { PrismaSummary } from './report.js'
import { type Run, snapshotContext, timed } from './run.js'

/** What the database says after Prisma ran. */
export interface Judgement {
  readonly prisma: PrismaSummary
  /** A migration failed, or Prisma stopped between two of them. */
  readonly failed: boolean
  /** Prisma ended with an error and touched none of the pending migrations. */
  readonly notApplied: boolean
  readonly differences: readonly Difference[]
  /** Null where nothing was compared. */
  readonly figures: TableFigures | null
  /** For a salvage; null without a snapshot. */
  readonly losses: LossRecord | null
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
    protection === null || after === null
      ? []
      : await timed(run, 'compare', async () => {
          const found = await compare(run, protection, after, expectations)
          const broken = await compareInvariantsAfter(run, protection, after, expectations)
          const { manifest } = protection.snapshot
          const forgotten = findHistoryLosses(manifest.history, history, expectations.findings, project.target.schema)
          return [...found, ...broken, ...forgotten].map((one) => (run.config.showValues ? one : withoutValues(one)))
        })
  if (protection !== null)
    run.ui.show({ type: 'compared', differences, seconds: (run.seconds.fingerprint ?? 0) + (run.seconds.compare ?? 0) })
  const summary = failedOne === undefined ? null : await describeFailure(project, failedOne, await readFacts())
  return {
    prisma: { exitCode: end.exitCode, errorCode: end.errorCode, applied, failed: summary },
    failed: failedOne !== undefined || (isIncomplete && applied.length > 0),
    notApplied: isIncomplete && applied.length === 0,
    differences,
    figures: protection === null || after === null ? null : describeTables(protection.before, after, expectations),
    losses: protection === null || after === null ? null : readLosses(differences, protection.before, after, expectations),
  }

  async function readFacts(): Promise<FailureFacts | null> {
    if (protection === null || after === null) return null
    const catalog = await project.database.readCatalog(session.connection)
    return { before: protection.before, after, catalog, isOnlyOne: applied.length === 0, touched: expectations.touched }
  }
}

function readAfter(run: Run, before: Fingerprint, { renames }: Expectations): Promise<Fingerprint> {
  const { budget } = readingOf(run.config.verify)
  const reading = { reference: before, renames, ...(budget === undefined ? {} : { budget }) }
  return run.project.database.fingerprint(run.session.connection, { ...reading, onProgress: run.ui.progress })
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
    verify: run.config.verify,
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
  return differences
}

function withoutValues({ values: _values, rows: _rows, ...rest }: Difference): Difference {
  return rest
}
