import type { ColumnFingerprint, TableFingerprint } from '../databases/fingerprint.js'
import { formatCount, formatQuantity } from '../util/format.js'
import { displayName } from '../util/names.js'
import type { Difference } from './difference.js'
import type { Budget, Effect, Place } from './expectations.js'
import type { KeptValues } from './kept-values.js'
import type { Sampled } from './rows.js'

export interface ReportContext {
  readonly budget: Budget
  readonly kept: readonly KeptValues[]
  /** Left out of messages. */
  readonly defaultSchema: string | null
}

type LossKind = 'rows-lost' | 'values-lost' | 'values-changed'

/** Collects the differences of one table, each split into what was predicted and what was not. `column` is null for whole rows. */
export interface Report {
  readonly differences: Difference[]
  tableGone(isLoss: boolean): void
  columnGone(column: ColumnFingerprint): void
  /**
   * `verb`: what happened to them, after "3 of 4 rows are" or, when it begins with "changed", after "3 of 4 values".
   * `returned`: how many rows may have been deleted as predicted and inserted again with other values.
   */
  lost(kind: LossKind, effects: readonly Effect[], column: ColumnFingerprint | null, what: Sampled, verb: string, returned?: number): void
  /** How many rows of the table were predicted so and did not come about so far. */
  leftOver(effects: readonly Effect[]): number
  /** Some values of a column are others now, how many is not known. */
  valuesChanged(column: ColumnFingerprint): void
  undecided(column: ColumnFingerprint | null, reason: string | null): void
  rowsAdded(count: number, byMigration: boolean): void
  byOthers(kind: LossKind | 'rows-added', column: ColumnFingerprint | null, count: number | null): void
  /** Values that changed in rows which were last written before the migrations began. */
  writtenEarlier(column: ColumnFingerprint, count: number): void
  misfits(before: ColumnFingerprint, after: ColumnFingerprint, count: number): void
}

type Parts = Pick<Difference, 'kind' | 'count' | 'weight' | 'cause'> &
  Partial<Pick<Difference, 'keys' | 'values'>> & { readonly text: string }

interface Writer {
  readonly table: TableFingerprint
  readonly key: readonly string[]
  readonly budget: Budget
  /** What was looked for in a copy of the column; of the whole rows when it is null. */
  keptOf(column: ColumnFingerprint | null): KeptValues | null
  add(column: ColumnFingerprint | null, parts: Parts): void
  placeOf(column: ColumnFingerprint | null): Place
}

const VALUES: readonly Effect[] = ['values-changed', 'values-lost']
const ANY_EFFECT: readonly Effect[] = ['values-changed', 'values-lost', 'column-gone', 'rows-lost', 'table-gone']

/** `key`: names of the primary key's columns, for the examples. */
export function makeReport(table: TableFingerprint, key: readonly string[], { budget, kept, defaultSchema }: ReportContext): Report {
  const differences: Difference[] = []
  const placeOf = (column: ColumnFingerprint | null): Place => ({ schema: table.schema, table: table.name, column: column?.name ?? null })
  const writer: Writer = {
    table,
    key,
    budget,
    keptOf: (column) =>
      kept.find((one) => one.schema === table.schema && one.table === table.name && one.column === (column?.name ?? null)) ?? null,
    placeOf,
    add: (column, { text, ...parts }) => {
      const title = displayName(table.schema, table.name, column?.name ?? null, defaultSchema)
      differences.push({ ...placeOf(column), name: null, keys: [], ...parts, message: `${title}: ${text}` })
    },
  }
  return {
    differences,
    tableGone: (isLoss) => addGone(writer, null, 'table-gone', ['table-gone'], table.rows, isLoss),
    columnGone: (column) =>
      addGone(
        writer,
        column,
        'column-gone',
        ['column-gone', 'table-gone'],
        column.nonNull,
        column.nonNull > 0 && column.generated !== true,
      ),
    lost: (kind, effects, column, what, verb, returned = 0) => addLost(writer, { kind, effects, column, what, verb, returned }),
    leftOver: (effects) => budget.left(effects, placeOf(null)),
    valuesChanged: (column) => addUncounted(writer, column, 'values-changed', 'values changed'),
    undecided: (column, reason) => {
      const what = column === null ? 'rows' : 'values'
      addUncounted(
        writer,
        column,
        'not-comparable',
        `the ${what} differ, and could not be compared one by one${reason === null ? '' : `: ${reason}`}`,
      )
    },
    rowsAdded: (count, byMigration) => addAdded(writer, count, byMigration),
    byOthers: (kind, column, count) => addByOthers(writer, kind, column, count),
    writtenEarlier: (column, count) => addWrittenEarlier(writer, column, count),
    misfits: (before, after, count) => addMisfits(writer, before, after, count),
  }
}

/** A consent to drop something holds for all that is in it then; that it is kept elsewhere, for what is found there. */
function addGone(
  { add, budget, placeOf, keptOf, key }: Writer,
  column: ColumnFingerprint | null,
  kind: 'table-gone' | 'column-gone',
  effects: readonly Effect[],
  count: number,
  isLoss: boolean,
): void {
  const isPredicted = budget.has(effects, placeOf(column))
  const values = column?.isUncounted ? 'values that nobody counted' : formatQuantity(count, 'value')
  const [what, content] = column === null ? ['table', formatQuantity(count, 'row')] : ['column', values]
  const rows = keptOf(null)
  const kept = keptOf(column) ?? (rows?.missing?.count === 0 ? rows : null)
  if (kept !== null && (kept.missing?.count === 0 || !isPredicted)) {
    add(column, { kind, count, ...describeKept(kept, isAgreed(kept, budget, placeOf(column)), key, `the ${what} is gone`, content) })
    return
  }
  add(column, {
    kind,
    count: column?.isUncounted ? null : count,
    weight: isLoss ? 'loss' : 'notice',
    cause: isPredicted ? 'predicted' : 'unpredicted',
    text: `the ${what} is gone, with ${content}${isPredicted ? ', as predicted' : ''}`,
  })
}

/** What went before it was copied, as somebody agreed, is not in the copy. */
function isAgreed({ missing, column }: KeptValues, budget: Budget, place: Place): boolean {
  if (missing === null) return false
  const { count, rows, areStaying } = missing
  // Rows of a table that lives on are accounted for by themselves.
  if (column !== null && !areStaying) return budget.foretold(['rows-lost', ...VALUES], place) >= count
  const lostRows = areStaying ? 0 : rows
  return budget.spend(['rows-lost'], place, lostRows).unpredicted === 0 && budget.spend(VALUES, place, count - lostRows).unpredicted === 0
}

/** What is gone was copied first, and looked for in the copy. */
function describeKept(
  { copy, missing, why }: KeptValues,
  agreed: boolean,
  key: readonly string[],
  isGone: string,
  content: string,
): Omit<Parts, 'kind' | 'count'> & Partial<Pick<Parts, 'count'>> {
  if (missing === null)
    return {
      weight: 'loss',
      cause: 'unpredicted',
      text: `${isGone}, with ${content}; whether ${copy} has them could not be told: ${why}`,
    }
  const { count, samples } = missing
  if (count === 0) return { weight: 'notice', cause: 'predicted', text: `${isGone}; ${copy} has what it held, ${content}` }
  const keys = samples.map((sample) => sample.key)
  const are = count === 1 ? 'is' : 'are'
  return {
    weight: 'loss',
    cause: agreed ? 'predicted' : 'unpredicted',
    count,
    keys,
    text: `${isGone}, and ${formatCount(count)} of its ${content} ${are} not in ${copy}, to which they were copied${agreed ? ', as predicted' : ''}${describeKeys(key, keys, count)}`,
  }
}

interface Lost {
  readonly kind: LossKind
  readonly effects: readonly Effect[]
  readonly column: ColumnFingerprint | null
  readonly what: Sampled
  readonly verb: string
  readonly returned: number
}

function addLost({ table, key, budget, add, placeOf, keptOf }: Writer, { kind, effects, column, what, verb, returned }: Lost): void {
  const { count, samples } = what
  if (count === 0) return
  const total = column === null || column.isUncounted ? formatQuantity(table.rows, 'row') : formatQuantity(column.nonNull, 'value')
  const is = verb.startsWith('changed') ? '' : count === 1 ? 'is ' : 'are '
  const text = `${formatCount(count)} of ${total} ${is}${verb}`
  const keys = samples.map((sample) => sample.key)
  const examples = describeKeys(key, keys, count)
  const values = samples.map(({ before, after }) => ({ before, after }))
  const common = { kind, weight: 'loss' as const, keys, ...(column === null ? {} : { values }) }
  const unpredicted = Math.max(0, budget.spend(effects, placeOf(column), count).unpredicted - returned)
  const predicted = count - unpredicted
  const kept = keptOf(column)
  if (unpredicted === 0 && kept?.missing?.count === 0)
    add(column, { ...common, count, weight: 'notice', cause: 'predicted', text: `${text}; ${kept.copy} has those of before` })
  else if (unpredicted === 0) add(column, { ...common, count, cause: 'predicted', text: `${text}, as predicted${examples}` })
  else if (predicted === 0) add(column, { ...common, count, cause: 'unpredicted', text: `${text}${examples}` })
  else {
    add(column, {
      kind,
      weight: 'loss',
      count: predicted,
      cause: 'predicted',
      text: `${text}, ${formatCount(predicted)} of them as predicted`,
    })
    add(column, {
      ...common,
      count: unpredicted,
      cause: 'unpredicted',
      text: `${text}, ${formatCount(unpredicted)} more than predicted${examples}`,
    })
  }
}

function addUncounted(
  { add, budget, placeOf }: Writer,
  column: ColumnFingerprint | null,
  kind: 'values-changed' | 'not-comparable',
  text: string,
): void {
  add(column, { kind, count: null, weight: 'loss', cause: budget.has(ANY_EFFECT, placeOf(column)) ? 'predicted' : 'unpredicted', text })
}

function addAdded({ add }: Writer, count: number, byMigration: boolean): void {
  if (count === 0) return
  const text = `${formatQuantity(count, 'row')} ${count === 1 ? 'was' : 'were'} added${byMigration ? '' : '; the migrations insert nothing here, so somebody else did'}`
  add(null, { kind: 'rows-added', count, weight: 'notice', cause: byMigration ? 'predicted' : 'others', text })
}

function addByOthers({ add }: Writer, kind: LossKind | 'rows-added', column: ColumnFingerprint | null, count: number | null): void {
  const rows = formatQuantity(count ?? 0, 'row')
  const what = kind === 'rows-lost' ? `${rows} fewer` : kind === 'rows-added' ? `${rows} more` : 'values changed'
  add(column, {
    kind,
    count,
    weight: 'notice',
    cause: 'others',
    text: `${what}; the migrations do not touch this table, so somebody else wrote to it meanwhile`,
  })
}

function addWrittenEarlier({ add }: Writer, column: ColumnFingerprint, count: number): void {
  if (count === 0) return
  const whose = count === 1 ? 'its row was' : 'their rows were'
  add(column, {
    kind: 'values-changed',
    count,
    weight: 'notice',
    cause: 'others',
    text: `${formatQuantity(count, 'value')} changed; ${whose} last written before the migrations began, so somebody else did it`,
  })
}

function addMisfits({ add, budget, placeOf }: Writer, before: ColumnFingerprint, after: ColumnFingerprint, count: number): void {
  if (count <= 0) return
  const effects: readonly Effect[] = ['values-changed', 'values-lost']
  // What was changed, and accounted for as that, may be the very values that do not fit.
  const isPredicted = budget.spend(effects, placeOf(before), count).unpredicted === 0 || budget.foretold(effects, placeOf(before)) >= count
  const [does, it, was] = count === 1 ? ['does', 'it', 'it was'] : ['do', 'them', 'they were']
  add(before, {
    kind: 'values-changed',
    count,
    // In a column that is what it was these are values that were written, in new rows or in place of others, which are told apart.
    weight: before.type.toUpperCase() === after.type.toUpperCase() ? 'notice' : 'loss',
    cause: isPredicted ? 'predicted' : 'unpredicted',
    text: `${formatQuantity(count, 'value')} ${does} not fit the type ${after.type}: the database kept ${it} as ${was}, and Prisma's client cannot read ${it}`,
  })
}

/** ` (id 1, 2, 3, …)` */
function describeKeys(columns: readonly string[], keys: readonly string[], count: number): string {
  if (keys.length === 0) return ''
  const [separator, name] = columns.length > 1 ? ['; ', `${columns.join(', ')}:`] : [', ', columns[0] ?? '']
  return ` (${name} ${keys.join(separator)}${count > keys.length ? `${separator}…` : ''})`
}
