import type { Catalog } from '../databases/catalog.js'
import type { ParsedSql, Rename } from '../databases/database.js'
import type { Dialect } from '../databases/dialect.js'
import type { Finding } from '../rules/finding.js'
import { rules } from '../rules/index.js'
import { type Measure, predict } from '../rules/measure.js'
import type { Draft, Rule } from '../rules/rule.js'
import type { Change, ChangeKind } from '../sql/change.js'
import { locate } from '../sql/location.js'
import type { Statement } from '../sql/statement.js'
import { applyChange, dropTemporaryTables } from './apply-change.js'
import { makeContext } from './judge-context.js'
import { createState, findTable, keyOf, type SchemaState, startFile } from './schema-state.js'
import { collectTouched, type TouchedTables } from './touched.js'

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
}

export interface FindingMeasures {
  readonly measures: readonly Measure[]
  /** Why counting now would not tell; null when it would. */
  readonly inconclusive: string | null
}

export interface AnalyseOptions {
  /** Of the database that the migrations are to be applied to. Without one every table that is mentioned is taken to be there. */
  readonly catalog?: Catalog
}

/** Judges pending files as one sequence: a later one is judged by what the earlier ones made. Order of findings: as in the files. */
export function analyse(parsed: readonly ParsedSql[], options: AnalyseOptions = {}): Analysis {
  const [first] = parsed
  if (first === undefined) return { findings: [], measures: [], touched: { kind: 'none' }, changes: [], renames: [], dialect: null }
  return analyseWith(createState(first.dialect, options.catalog ?? null), parsed)
}

/** The same on a state that earlier files have left. */
export function analyseWith(state: SchemaState, parsed: readonly ParsedSql[]): Analysis {
  const functions = new Map<string, readonly ChangeKind[]>()
  const files = parsed.map((file) => file.changes.flatMap((change) => expandCalls(change, functions, state, [])))
  const changes = files.flat()
  const collector = collectTouched(state.catalog)
  const judged: { finding: Finding; measures: FindingMeasures }[] = []
  const renames: Rename[] = []
  let position = 0
  let firstOpaque: Statement | null = null
  for (const file of files) {
    startFile(state)
    for (const change of file) {
      const isUncertain = firstOpaque !== null && firstOpaque !== change.statement
      const context = makeContext(state, file, changes, position)
      for (const rule of rules) for (const draft of rule.judge(change, context)) judged.push(toFinding(rule, draft, change, isUncertain))
      collector.add(change, state)
      renames.push(...readRename(state, change))
      applyChange(state, change)
      if (change.kind === 'opaque') firstOpaque ??= change.statement
      position++
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
  }
}

/** A call of a function that these migrations made is what its body does; any other call is not known. */
function expandCalls(
  change: Change,
  functions: Map<string, readonly ChangeKind[]>,
  state: SchemaState,
  path: readonly string[],
): readonly Change[] {
  if (change.kind === 'create-function') {
    functions.set(keyOf(state, { schema: null, name: change.name.name }), change.body)
    return [change]
  }
  if (change.kind !== 'call') return [change]
  return change.functions.flatMap((name): readonly Change[] => {
    const plain = name.split('.').at(-1) ?? name
    const body = functions.get(keyOf(state, { schema: null, name: plain }))
    const { statement } = change
    if (body === undefined) return [{ kind: 'opaque', reason: `it calls ${name}(), whose effects are not known`, statement }]
    if (path.includes(plain)) return []
    const inside: readonly Change[] = body.map((kind) => ({ ...kind, statement, within: `function ${plain}()` }))
    return inside.flatMap((one) => expandCalls(one, functions, state, [...path, plain]))
  })
}

function toFinding(rule: Rule, draft: Draft, change: Change, isUncertain: boolean): { finding: Finding; measures: FindingMeasures } {
  const { statement, through, span, within } = change
  const { source } = statement
  const kind = draft.kind ?? rule.kind
  const inconclusive =
    draft.inconclusive ?? (isUncertain && kind === 'failure' ? 'an earlier statement could not be analysed' : null) ?? whyNotTwice(change)
  const [start, end] = [statement.start, (through ?? statement).end]
  return {
    finding: {
      rule: rule.id,
      kind,
      severity: draft.severity ?? rule.severity,
      message: within === undefined ? draft.message : `${draft.message.replace(/\.$/, '')} (in ${within}).`,
      why: draft.why,
      instead: draft.instead,
      objects: draft.objects,
      migration: source.migration,
      location: locate(source, span?.start ?? start, span?.end ?? end),
      statement: source.sql.slice(start, end),
      predictions: draft.measures.flatMap(predict),
    },
    measures: { measures: draft.measures, inconclusive },
  }
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
  return change.columns.flatMap(({ definition, source }) =>
    source.from === 'column' && source.column.toLowerCase() !== definition.name.toLowerCase()
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
