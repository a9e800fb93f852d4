import type { Invariant } from '../config/invariants.js'
import type { Answer, AnswerValue } from '../databases/answer.js'
import type { Connection } from '../databases/database.js'
import { compareNumbers } from '../util/exact-number.js'
import { formatCount, formatQuantity } from '../util/format.js'
import type { Difference } from './difference.js'

/** What an invariant said at one moment. Plain JSON: it goes into the journal, for a run that is interrupted. */
export interface InvariantReading extends Invariant {
  /** Rows that the query gave. */
  readonly rows: number
  /** Of the one row: `not shrink`, `stay equal`. */
  readonly values: readonly (AnswerValue & { readonly column: string })[]
  /** Up to five rows that may not be, as JSON, where values may be shown. */
  readonly samples: readonly string[]
  /** Why it says nothing: the database's own words, or what its answer lacks. */
  readonly problem: string | null
}

export interface ReadInvariantsOptions {
  /** Milliseconds for each query. */
  readonly timeout: number
  /** Whether rows that may not be are read. */
  readonly showValues: boolean
}

const SAMPLES = 5

/** Asks every invariant, read-only, on any connection: in its transaction when one is open. A query that fails is a reading too. @throws when the connection is lost */
export async function readInvariants(
  connection: Connection,
  invariants: readonly Invariant[],
  { timeout, showValues }: ReadInvariantsOptions,
): Promise<readonly InvariantReading[]> {
  if (invariants.length === 0) return []
  const questions = invariants.map(({ sql, must }) => ({ sql, limit: must === 'return no rows' ? SAMPLES : 1 }))
  const answers = await connection.database.readAnswers(connection, questions, timeout)
  return invariants.map((invariant, at) => toReading(invariant, answers[at], showValues))
}

/** Whether the database understands the queries; none is run. @returns a reading for each that it does not */
export async function checkInvariants(
  connection: Connection,
  invariants: readonly Invariant[],
  timeout: number,
): Promise<readonly InvariantReading[]> {
  if (invariants.length === 0) return []
  const questions = invariants.map(({ sql }) => ({ sql, limit: 0 }))
  const answers = await connection.database.readAnswers(connection, questions, timeout)
  return invariants.flatMap((invariant, at) => {
    const answer = answers[at]
    return answer instanceof Error ? [toReading(invariant, answer, false)] : []
  })
}

const SILENT = { rows: 0, values: [], samples: [], problem: null } as const

function toReading(invariant: Invariant, answer: Answer | Error | undefined, showValues: boolean): InvariantReading {
  if (answer === undefined || answer instanceof Error) return { ...SILENT, ...invariant, problem: answer?.message ?? 'there is no answer' }
  const { count, rows, columns } = answer
  if (invariant.must === 'return no rows')
    return { ...SILENT, ...invariant, rows: count, samples: showValues ? rows.map((row) => describeRow(columns, row)) : [] }
  const values = (rows[0] ?? []).map((value, at) => ({ ...value, column: columns[at] ?? '?' }))
  return { ...SILENT, ...invariant, rows: count, values, problem: findProblem(invariant, count, values) }
}

function findProblem({ must }: Invariant, count: number, values: InvariantReading['values']): string | null {
  if (count !== 1) return `it must return one row, and returned ${formatQuantity(count, 'row')}`
  const text = values.find(({ text, isNumber }) => text !== null && !isNumber && compareNumbers(text, '0') === null)
  return must === 'not shrink' && text !== undefined ? `it must return numbers, and ${text.column} is none` : null
}

function describeRow(columns: readonly string[], row: readonly AnswerValue[]): string {
  return JSON.stringify(Object.fromEntries(row.map(({ text }, at) => [columns[at] ?? '?', text])))
}

/** What is broken now, and what was before. `before` says which invariants there are. */
export function compareInvariants(before: readonly InvariantReading[], after: readonly InvariantReading[]): Difference[] {
  return before.flatMap((then) => {
    const now = after.find(({ name }) => name === then.name)
    if (now === undefined) return []
    if (now.problem !== null) return [broken(then, `it cannot be checked any more: ${now.problem}`, { count: null })]
    return then.must === 'return no rows' ? compareRows(then, now) : compareValues(then, now)
  })
}

/** Broken as it is now, in words; null when it holds, or only a comparison can tell. */
export function describeBroken({ must, rows }: InvariantReading): string | null {
  return must === 'return no rows' && rows > 0 ? `${formatQuantity(rows, 'row')} where none may be` : null
}

function compareRows(then: InvariantReading, now: InvariantReading): Difference[] {
  if (now.rows === 0) return []
  const rows = now.samples.length === 0 ? {} : { rows: now.samples }
  if (now.rows > then.rows) {
    const known = then.rows === 0 ? '' : `, ${formatCount(then.rows)} of them before the run`
    return [broken(then, `${describeBroken(now) ?? ''}${known}`, { count: now.rows - then.rows, ...rows })]
  }
  const text = `was broken before the run: ${formatQuantity(then.rows, 'row')} where none may be, ${formatCount(now.rows)} now`
  return [{ ...broken(then, '', { count: now.rows, ...rows }), weight: 'notice', message: `The invariant “${then.name}” ${text}` }]
}

function compareValues(then: InvariantReading, now: InvariantReading): Difference[] {
  if (then.values.length !== now.values.length) return [broken(then, 'it returns other columns now', { count: null })]
  const isAllowed = then.must === 'not shrink' ? hasNotShrunk : isEqual
  const wrong = then.values.flatMap((was, at) => {
    const is = now.values[at]
    return is === undefined || isAllowed(was, is) ? [] : [{ was, is }]
  })
  if (wrong.length === 0) return []
  const words = wrong.map(({ was, is }) => `${was.column}${describeStep(was, is)}`).join('; ')
  return [
    broken(then, `it must ${then.must}: ${words}`, {
      count: null,
      keys: wrong.map(({ was }) => was.column),
      values: wrong.map(({ was, is }) => ({ before: was.text, after: is.text })),
    }),
  ]
}

/** Numbers say what they were; texts may be anybody's. */
function describeStep(was: AnswerValue, is: AnswerValue): string {
  const isShown = (value: AnswerValue): boolean => value.isNumber || value.text === null
  return isShown(was) && isShown(is) ? ` was ${describe(was)} and is ${describe(is)}` : ' is another value'
}

/** Without the zeros that a wide decimal has behind its last digit. */
function describe({ text }: AnswerValue): string {
  return text === null ? 'NULL' : text.replace(/^(-?\d+)(?:\.0+|(\.\d*?[1-9])0+)$/, '$1$2')
}

/** Where there was nothing, nothing can have shrunk. */
function hasNotShrunk(was: AnswerValue, is: AnswerValue): boolean {
  if (was.text === null) return true
  const order = is.text === null ? null : compareNumbers(is.text, was.text)
  return order !== null && order >= 0
}

/** 1.0 and 1 are one number; as text they are two texts. */
function isEqual(was: AnswerValue, is: AnswerValue): boolean {
  if (was.text === is.text) return true
  if (was.text === null || is.text === null || !(was.isNumber || is.isNumber)) return false
  return compareNumbers(was.text, is.text) === 0
}

function broken(
  { name }: Invariant,
  text: string,
  details: Pick<Difference, 'count'> & Partial<Pick<Difference, 'keys' | 'values' | 'rows'>>,
): Difference {
  return {
    kind: 'invariant-broken',
    schema: null,
    table: null,
    column: null,
    name,
    weight: 'loss',
    cause: 'unpredicted',
    message: `The invariant “${name}” is broken: ${text}`,
    keys: [],
    ...details,
  }
}
