import type { Catalog } from '../databases/catalog.js'
import type { ParsedSql, Rename } from '../databases/database.js'
import type { Dialect } from '../databases/dialect.js'
import type { Delivery } from '../project/atomicity.js'
import type { Finding } from '../rules/finding.js'
import { rules } from '../rules/index.js'
import { type LiveForeignKey, type Measure, predict } from '../rules/measure.js'
import type { Draft, JudgeContext, Rule } from '../rules/rule.js'
import type { Change } from '../sql/change.js'
import { locate } from '../sql/location.js'
import type { Statement } from '../sql/statement.js'
import { findSwapped } from '../sql/swapped-columns.js'
import { applyChange, dropTemporaryTables } from './apply-change.js'
import { type ChangeIndex, indexChanges } from './change-index.js'
import { expandCalls } from './expand-calls.js'
import { fire } from './fire.js'
import { makeContext } from './judge-context.js'
import { defaultLevel } from './levels.js'
import { reachedChanges } from './reached-changes.js'
import { withoutRolledBack } from './rolled-back.js'
import { createState, findTable, type SchemaState, startFile } from './schema-state.js'
import { readCode } from './stored-code-state.js'
import { collectTouched, type TouchedTables } from './touched.js'
import { whyFewer } from './why-fewer.js'

export type { TouchedTables } from './touched.js'
export { isTouched } from './touched.js'

/** What a set of migrations would do, judged in order. */
export interface Analysis {
  readonly findings: readonly Finding[]
  /** What to count for each finding, in the same order. */
  readonly measures: readonly FindingMeasures[]
  readonly touched: TouchedTables
  /** All changes, those inside called functions too. */
  readonly changes: readonly Change[]
  /** Renames of live tables and columns, in order. */
  readonly renames: readonly Rename[]
  /** Of the files; null when there are none. */
  readonly dialect: Dialect | null
  /** What they were judged against. */
  readonly catalog: Catalog | null
}

export interface FindingMeasures {
  readonly measures: readonly Measure[]
  /** Why counting now would not tell; null when it would. */
  readonly inconclusive: string | null
  /** Why it may come to less than what is counted now; null when it does not. */
  readonly atMost: string | null
  /** Those that are there when the statement runs. */
  readonly foreignKeys: readonly LiveForeignKey[]
}

export interface AnalyseOptions {
  /** Of the database that the migrations are to be applied to. Without one every table that is mentioned is taken to be there. */
  readonly catalog?: Catalog
  /** How Prisma sends the files. */
  readonly delivery?: Delivery
}

/** Judges pending files as one sequence: a later one is judged by what the earlier ones made. Order of findings: as in the files. */
export function analyse(parsed: readonly ParsedSql[], options: AnalyseOptions = {}): Analysis {
  const [first] = parsed
  if (first === undefined)
    return { findings: [], measures: [], touched: { kind: 'none' }, changes: [], renames: [], dialect: null, catalog: null }
  const state = createState(first.dialect, options.catalog ?? null, options.delivery)
  if (options.catalog?.code !== undefined) readCode(state, options.catalog.code)
  return analyseWith(state, parsed)
}

/** The same on a state that earlier files have left. */
export function analyseWith(state: SchemaState, parsed: readonly ParsedSql[]): Analysis {
  const files = parsed.map((file) => withoutRolledBack(file.changes).flatMap((change) => expandCalls(change, state, [])))
  const changes = files.flat()
  const collector = collectTouched(state.catalog)
  const judged: { finding: Finding; measures: FindingMeasures }[] = []
  const renames: Rename[] = []
  let position = 0
  let index: ChangeIndex | null = null
  let firstOpaque: Statement | null = null
  for (const file of files) {
    startFile(state)
    for (let open = file.length; open > 0; open--, position++) {
      const change = changes[position]
      const { own, changes: fired } = change === undefined ? { own: null, changes: [] } : fire(state, change)
      // What it sets off comes next, and is judged like a statement of its own.
      if (fired.length > 0) index = null
      changes.splice(position + 1, 0, ...fired)
      open += fired.length
      if (own === null) continue
      changes[position] = own
      const isUncertain = firstOpaque !== null && firstOpaque !== own.statement
      const context = makeContext(state, file, changes, position, () => (index ??= indexChanges(changes)))
      for (const rule of rules)
        for (const draft of rule.judge(own, context)) judged.push(toFinding(rule, draft, own, isUncertain, state, context))
      collector.add(own, state)
      renames.push(...readRename(state, own))
      const reached = reachedChanges(state, own)
      for (const one of reached) collector.add(one, state)
      for (const one of [own, ...reached]) applyChange(state, one)
      if (own.kind === 'opaque') firstOpaque ??= own.statement
    }
  }
  dropTemporaryTables(state)
  const unique = withoutDuplicates(judged)
  return {
    findings: unique.map(({ finding }) => finding),
    measures: unique.map(({ measures }) => measures),
    touched: collector.finish(),
    changes,
    renames,
    dialect: state.dialect,
    catalog: state.catalog,
  }
}

/** What a file that is not judged makes of the state. */
export function followFile(state: SchemaState, parsed: ParsedSql): void {
  startFile(state)
  for (const change of withoutRolledBack(parsed.changes).flatMap((one) => expandCalls(one, state, []))) applyChange(state, change)
  dropTemporaryTables(state)
}

function toFinding(
  rule: Rule,
  draft: Draft,
  change: Change,
  isUncertain: boolean,
  state: SchemaState,
  context: JudgeContext,
): { finding: Finding; measures: FindingMeasures } {
  const { statement, through, span, within } = change
  const { source } = statement
  const kind = draft.kind ?? rule.kind
  const severity = draft.severity ?? rule.severity
  const inconclusive =
    change.uncountable ??
    draft.inconclusive ??
    (isUncertain && kind === 'failure' ? 'an earlier statement could not be analysed' : null) ??
    whyNotTwice(change)
  const atMost = inconclusive === null ? (change.conditional ?? draft.atMost ?? whyFewer(draft.measures, state, statement)) : null
  const [start, end] = [statement.start, (through ?? statement).end]
  return {
    finding: {
      rule: rule.id,
      kind,
      severity,
      level: defaultLevel({ kind, severity }),
      message: within === undefined ? draft.message : `${draft.message.replace(/\.$/, '')} (in ${within}).`,
      why: draft.why,
      instead: howToAvoid(change, state) ?? draft.instead,
      objects: draft.objects,
      migration: source.migration,
      location: locate(source, span?.start ?? start, span?.end ?? end),
      offset: (span?.start ?? start) - start,
      statement: source.sql.slice(start, end),
      predictions: draft.measures.flatMap(predict),
      ...(draft.kept === undefined ? {} : { kept: draft.kept }),
    },
    measures: { measures: draft.measures, inconclusive, atMost, foreignKeys: draft.measures.length === 0 ? [] : context.foreignKeys },
  }
}

/** A trigger that loses data need not fire. */
function howToAvoid({ firedBy = [] }: Change, { dialect }: SchemaState): string | null {
  const last = firedBy.findLast(({ type }) => type === 'trigger')
  return last === undefined ? null : dialect.silenceTrigger(last.name, last.table)
}

/** Counting would call what the statement calls, and what that does outside the database cannot be rolled back. */
function whyNotTwice({ calls = [] }: Change): string | null {
  return calls.length === 0 ? null : `it calls ${calls.map((name) => `${name}()`).join(', ')}, which is not called only to count`
}

function readRename(state: SchemaState, change: Change): readonly Rename[] {
  if (change.kind !== 'rename-table' && change.kind !== 'rename-column') return readRebuildRenames(state, change)
  const table = findTable(state, change.table)
  if (table === null || table.live === null) return []
  return [{ schema: table.schema, table: table.name, column: change.kind === 'rename-column' ? change.column : null, to: change.to }]
}

function readRebuildRenames(state: SchemaState, change: Change): readonly Rename[] {
  if (change.kind !== 'rebuild-table') return []
  const table = findTable(state, change.table)
  if (table === null || table.live === null) return []
  const swapped = findSwapped(change, null).map(({ definition }) => definition)
  return change.columns.flatMap(({ definition, source }) =>
    source.from === 'column' && source.column.toLowerCase() !== definition.name.toLowerCase() && !swapped.includes(definition)
      ? [{ schema: table.schema, table: table.name, column: source.column, to: definition.name }]
      : [],
  )
}

/** Code in loops and branches may say the same thing twice. */
function withoutDuplicates<T extends { readonly finding: Finding }>(judged: readonly T[]): readonly T[] {
  const seen = new Set<string>()
  return judged.filter(({ finding }) => {
    const key = JSON.stringify([finding.rule, finding.migration, finding.location, finding.objects, finding.message])
    return seen.size < seen.add(key).size
  })
}
