import { type Finding, isCertainToFail, type Prediction } from '../../../src/rules/finding.js'
import { unpredictedLosses } from '../../../src/run/verdict.js'
import type { Difference } from '../../../src/verify/difference.js'
import type { Played } from './play.js'

const DATA = ['table-gone', 'column-gone', 'rows-lost', 'rows-added', 'values-lost', 'values-changed']

/** What is wrong with the answer, one line each, beginning with a word for the kind; empty when all is well. */
export function check(played: Played): string[] {
  const { differences, verdict, error, plan } = played
  const unexplained = unpredictedLosses(differences)
  const alarm = error === null ? 'lost-kept' : 'failed-kept'
  return [
    ...checkTruth(played),
    ...contradictionOf(played),
    ...unexplained.filter((one) => !isHalfWay(one, played)).map((one) => `unexplained ${one.kind}: ${one.message}`),
    ...differences
      .filter((one) => one.kind === 'not-comparable' || (one.weight === 'loss' && one.count === null))
      .map((one) => `undecided ${one.message}`),
    ...differences.filter((one) => !isAskedFor(one, played)).map((one) => `unasked ${one.kind}: ${one.message}`),
    ...(error === null ? checkPredictions(played) : []),
    ...(error === null
      ? plan.findings.filter((one) => isCertainToFail(one.impact)).map((one) => `false-failure ${one.rule}: ${one.message}`)
      : []),
    ...(verdict === (unexplained.length > 0 || error !== null ? alarm : 'applied') ? [] : [`verdict ${verdict}`]),
  ]
}

/** Nothing is lost by them: values in another form from which the former can be told, and stamps of the write itself. */
const HARMLESS = ['alter-column-type', 'stamp-rows']

/** What is lost as predicted was shown to somebody, who agreed or was warned. */
function isAskedFor({ weight, cause, table }: Difference, { plan }: Played): boolean {
  if (weight !== 'loss' || cause !== 'predicted') return true
  const isShown = ({ accepted, level, rule }: Finding) => accepted !== undefined || level === 'warn' || HARMLESS.includes(rule)
  return plan.findings.some(
    (one) => isShown(one) && one.predictions.some((prediction) => prediction.table === table && prediction.count !== 0),
  )
}

/** Where the rebuild of a table stopped before the last step, the table is not there; the verdict is that the migration failed. */
function isHalfWay({ kind, table, message }: Difference, { halfWay }: Played): boolean {
  if (kind === 'foreign-key-violations') return halfWay.some((one) => table === `new_${one}` || message.includes(` nothing in ${one}(`))
  return kind === 'table-gone' && table !== null && halfWay.includes(table)
}

/** A table that is gone half-way through its rebuild may be found by its content or not: digests see no content in other types. */
function contradictionOf({ contradiction, differences, error }: Played): string[] {
  const isHalfWay = error !== null && [...(contradiction ?? []), ...differences].some(({ kind }) => kind === 'table-gone')
  if (contradiction === null || isHalfWay) return []
  return [`contradiction: ${messagesOf(contradiction)} instead of ${messagesOf(differences)}`]
}

function messagesOf(differences: Played['differences']): string {
  return JSON.stringify(differences.map(({ message }) => message))
}

/** Every loss is a difference with its exact number, and every difference is there. */
function checkTruth({ differences, halfWay, insertedByOthers, truth: { happened, moved, onTheWay } }: Played): string[] {
  const told = new Map<string, number>()
  const blamed: string[] = []
  for (const one of differences) {
    if (!DATA.includes(one.kind) || one.count === null || / not fit the type /.test(one.message)) continue
    const key = `${one.kind} ${one.table}${one.column === null ? '' : `.${one.column}`}`
    // Of what was copied only what the copy does not have is counted.
    const isPart = one.message.includes(', to which they were copied') && one.count <= (happened.get(key) ?? 0)
    told.set(key, isPart ? (happened.get(key) ?? 0) : (told.get(key) ?? 0) + one.count)
    const theirs = one.kind === 'rows-added' ? insertedByOthers.filter((table) => table === one.table).length : 0
    if (one.cause === 'others' && one.count !== theirs) blamed.push(`blamed ${key}: ${one.count} said to be done by others`)
  }
  const missing = [...happened].filter(([key, count]) => told.get(key) !== count && !(moved.has(key) && !told.has(key)))
  // Its rows may be found under their other name, and compared there.
  const isFound = (key: string) => halfWay.some((table) => key.includes(` ${table}`))
  const invented = [...told].filter(
    ([key, count]) => count > 0 && !happened.has(key) && !isFound(key) && onTheWay.get(key)?.includes(count) !== true,
  )
  return [
    ...blamed,
    ...missing.map(([key, count]) => `missed ${key}: ${count}, and the comparison says ${told.get(key) ?? 'nothing'}`),
    ...invented.map(([key, count]) => `invented ${key}: ${count}`),
  ]
}

/** A number that claims to be exact is what happened, where nothing else of the migration is about the same. */
function checkPredictions(played: Played): string[] {
  const { plan, tablesBefore } = played
  const { findings } = plan.expectations
  return findings.flatMap((finding) => {
    const { impact } = finding
    if (impact?.measured !== true || impact.atMost !== undefined || finding.kind === 'failure') return []
    // Rows of partitions are counted as those of their partitioned table.
    const tables = new Set(finding.predictions.map((one) => one.table).filter((table) => tablesBefore.includes(table)))
    return [...tables].flatMap((table) => {
      const isAlone = !findings.some((other) => other !== finding && other.predictions.some((one) => one.table === table))
      return isAlone ? checkTable(finding, table, played) : []
    })
  })
}

function checkTable(finding: Finding, table: string, { differences, truth: { happened, moved } }: Played): string[] {
  const predictions = finding.predictions.filter((one) => one.table === table && one.effect !== 'orphans')
  if (predictions.some((one) => one.count === null)) return []
  const columns = new Set(predictions.map((one) => one.column))
  return [...columns].flatMap((column) => {
    const own = predictions.filter((one) => one.column === column)
    const predicted = countOf(own)
    // Without a key a row that went and one that came are one that was replaced.
    const kinds = column === null ? ['table-gone', 'rows-lost', 'values-changed'] : ['column-gone', 'values-lost', 'values-changed']
    const keys = kinds.map((kind) => `${kind} ${table}${column === null ? '' : `.${column}`}`)
    const actual = keys.reduce((sum, key) => sum + (happened.get(key) ?? 0), 0)
    const unfit = differences.filter((one) => one.table === table && one.column === column && / not fit the type /.test(one.message))
    const misfits = unfit.reduce((sum, one) => sum + (one.count ?? 0), 0)
    if (actual === predicted || actual + misfits === predicted || keys.some((key) => moved.has(key))) return []
    // Without a key the rows are seen to be replaced, whichever column it was.
    if (column !== null && (happened.get(`values-changed ${table}`) ?? 0) > 0) return []
    // What came instead may be the same by chance: the default of a column that was made anew.
    if (finding.rule === 'drop-column' && actual < predicted && happened.has(`values-changed ${table}.${column}`)) return []
    return [`inexact ${finding.rule} ${table}${column === null ? '' : `.${column}`}: ${predicted} predicted, ${actual} happened`]
  })
}

/** One loss may be foretold in several ways: gone as what it was, lost under its old name. */
function countOf(predictions: readonly Prediction[]): number {
  const sum = (...effects: readonly string[]) =>
    predictions.filter((one) => effects.includes(one.effect)).reduce((total, one) => total + (one.count ?? 0), 0)
  return Math.max(sum('table-gone'), sum('rows-lost'), sum('column-gone'), sum('values-lost', 'values-changed'))
}
