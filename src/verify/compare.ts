import { DEFAULT_CONFIG } from '../config/defaults.js'
import type { VerifySettings } from '../config/verify.js'
import { levelOf } from '../config/verify-level.js'
import type { Connection, Rename } from '../databases/database.js'
import type { Fingerprint, TableFingerprint } from '../databases/fingerprint.js'
import { messageOf } from '../errors.js'
import { isTouched, mayInsertInto, type TouchedTables } from '../findings/touched.js'
import { hideValues } from '../util/hide-values.js'
import { ignoreProgress, type OnProgress, startStep } from '../util/progress.js'
import { describeCoverage } from './coverage.js'
import type { Difference } from './difference.js'
import { type Expected, type Foretelling, makeBudget } from './expectations.js'
import { findKept, withoutMissing } from './kept-values.js'
import { largeObjectDifferences } from './large-object-differences.js'
import { type Pairing, pairTables, type TablePair } from './pairs.js'
import { compareRows, type RowSource } from './rows.js'
import { objectDifferences, sequenceDifferences, violationDifferences } from './schema-differences.js'
import { needsRows, type Resolved, type TableContext, tableDifferences, tableGone } from './table-differences.js'

const BUDGET_USED = 'the time that verify.budget allows was used up'

export interface CompareOptions {
  readonly before: Fingerprint
  /** Taken with `before` as its reference. */
  readonly after: Fingerprint
  readonly expectations: {
    readonly findings: readonly Foretelling[]
    readonly touched: TouchedTables
    /** Words of the migrations' SQL, lower case. */
    readonly mentioned: readonly string[]
    readonly renames?: readonly Rename[]
    /** When they began, as `ComparisonSql.readMoment` has it. */
    readonly begun?: string | null
  }
  readonly connection: Connection
  readonly onProgress?: OnProgress
  /** How closely rows are compared where digests differ; one by one when absent. */
  readonly verify?: VerifySettings
  /** Opens a table as it was before, beside the live ones; names of before. */
  readonly openTable: (table: { readonly schema: string | null; readonly name: string }) => Promise<RowSource & { close(): Promise<void> }>
}

/** Every way in which the database differs from before. Digests are compared first; only tables in which they differ are opened and compared row by row. */
export async function compareDatabases(options: CompareOptions): Promise<Difference[]> {
  const { before, after, connection, verify = DEFAULT_CONFIG.verify } = options
  const expected = toExpected(options.expectations)
  const pairing = pairTables(before, after, expected.renames ?? [])
  const resolved = new Map<TablePair, Resolved>()
  const pairs = pairing.pairs.filter((pair) => needsRows(pair, expected))
  const rows = pairs.reduce((sum, pair) => sum + pair.before.rows, 0)
  const progress = startStep(options.onProgress ?? ignoreProgress, 'Comparing rows', rows, 'rows')
  const deadline = performance.now() + (verify.budget ?? Number.POSITIVE_INFINITY)
  for (const pair of pairs) {
    progress.add(0, pair.before.name)
    const reason = levelOf(verify, pair.before) === 'rows' ? (performance.now() < deadline ? null : BUDGET_USED) : 'verify.level says so'
    resolved.set(pair, reason === null ? await resolveRows(pair, options) : { unresolved: reason })
    progress.add(pair.before.rows)
  }
  const { schema: defaultSchema } = connection.target
  const kept = await findKept(expected.findings, {
    after,
    pairing,
    defaultSchema,
    open: (table, work) => {
      if (performance.now() >= deadline) throw new Error(BUDGET_USED)
      return openBefore(table, options, work)
    },
  })
  const context = { expected, budget: makeBudget(withoutMissing(expected.findings, kept)), kept, defaultSchema }
  return [...collect(before, after, pairing, resolved, context), ...describeCoverage(pairing.pairs, defaultSchema)]
}

/** The same from the fingerprints alone: where rows came or went, what happened to the others cannot be told and counts as a loss. */
export function compareFingerprints(
  before: Fingerprint,
  after: Fingerprint,
  expected: Expected,
  defaultSchema: string | null = null,
): Difference[] {
  const pairing = pairTables(before, after, expected.renames ?? [])
  return collect(before, after, pairing, new Map(), { expected, budget: makeBudget(expected.findings), kept: [], defaultSchema })
}

function toExpected({ findings, touched, mentioned, renames = [] }: CompareOptions['expectations']): Expected {
  const words = new Set(mentioned)
  return {
    findings,
    renames,
    isTouched: (schema, table) => isTouched(touched, schema, table),
    mayInsert: (schema, table) => mayInsertInto(touched, schema, table),
    mentions: (name) => (name.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? []).every((word) => words.has(word)),
  }
}

async function resolveRows(pair: TablePair, options: CompareOptions): Promise<Resolved> {
  try {
    return { rows: await openBefore(pair.before, options, (source) => compareRows(source, pair)) }
  } catch (error) {
    // Not knowing is no reason to stop: the difference is reported as one that could not be decided.
    return { unresolved: hideValues(messageOf(error)) }
  }
}

async function openBefore<T>(
  { schema, name }: TableFingerprint,
  { openTable, expectations }: CompareOptions,
  work: (source: RowSource) => Promise<T>,
): Promise<T> {
  const opened = await openTable({ schema, name })
  try {
    return await work({ ...opened, begun: expectations.begun ?? null })
  } finally {
    await opened.close()
  }
}

function collect(
  before: Fingerprint,
  after: Fingerprint,
  pairing: Pairing,
  resolved: ReadonlyMap<TablePair, Resolved>,
  context: TableContext,
): Difference[] {
  const sides = { before, after, pairing }
  return [
    ...pairing.gone.flatMap((table) => tableGone(table, context)),
    ...pairing.pairs.flatMap((pair) => tableDifferences(pair, resolved.get(pair) ?? null, context)),
    ...largeObjectDifferences(sides, context),
    ...violationDifferences(sides, context),
    ...sequenceDifferences(sides, context),
    ...objectDifferences(sides, context),
  ]
}
