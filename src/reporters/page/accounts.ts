import type { Finding, Prediction } from '../../rules/finding.js'
import { formatCount } from '../../util/format.js'
import { displayName } from '../../util/names.js'
import type { Difference } from '../../verify/difference.js'
import type { Tone } from './page.js'

/** What was predicted of one place, and what the comparison found there. */
export interface Account {
  /** `Product.price: values changed`, or the difference's own words where it has no place. */
  readonly what: string
  readonly predicted: string
  readonly found: string
  readonly judgement: string
  readonly tone: Tone
  /** The differences in full. */
  readonly details: readonly string[]
}

/** What may be predicted as one and found as the other. */
type Family = 'rows' | 'values' | 'orphans' | 'large-objects-lost'

const FAMILIES: Readonly<Record<Prediction['effect'], Family>> = {
  'rows-lost': 'rows',
  'table-gone': 'rows',
  'values-lost': 'values',
  'values-changed': 'values',
  'column-gone': 'values',
  orphans: 'orphans',
  'large-objects-lost': 'large-objects-lost',
}

const WORDS: Readonly<Record<string, string>> = {
  'rows-lost': 'rows lost',
  'rows-added': 'rows added',
  'table-gone': 'table gone',
  'column-gone': 'column gone',
  'values-lost': 'values lost',
  'values-changed': 'values changed',
  'large-objects-lost': 'large objects lost',
  'foreign-key-violations': 'rows without a parent',
  orphans: 'rows without a parent',
  'not-comparable': 'could not be compared',
}

interface Entry {
  readonly family: string
  readonly schema: string | null
  readonly table: string | null
  readonly column: string | null
  readonly predicted: { readonly effect: Prediction['effect']; readonly count: number | null; readonly isMost: boolean } | null
  readonly differences: readonly Difference[]
}

/** Every prediction and every difference once, alarms first. */
export function takeAccount(findings: readonly Finding[], differences: readonly Difference[]): readonly Account[] {
  const entries = predictedEntries(findings)
  for (const difference of differences) {
    const at = entries.findIndex((entry) => isOf(difference, entry, entry.column)) // an exact one comes first
    const any = at === -1 ? entries.findIndex((entry) => entry.column === null && isOf(difference, entry, difference.column)) : at
    const found = entries[any]
    if (found === undefined) entries.push({ ...placeOf(difference), predicted: null, differences: [difference] })
    else entries[any] = { ...found, differences: [...found.differences, difference] }
  }
  const accounts = entries.filter(({ predicted, differences: all }) => all.length > 0 || predicted?.count !== 0).map(toAccount)
  const order: readonly Tone[] = ['bad', 'warning', 'good', 'neutral']
  return order.flatMap((tone) => accounts.filter((one) => one.tone === tone))
}

function predictedEntries(findings: readonly Finding[]): Entry[] {
  const entries: Entry[] = []
  for (const finding of findings) {
    const isMost = finding.impact?.measured === true && finding.impact.atMost !== undefined
    // One finding may predict the same values under two names.
    const own = new Map<string, Prediction>()
    for (const one of finding.predictions.filter((prediction) => !isKept(prediction, finding))) {
      const key = JSON.stringify([FAMILIES[one.effect], one.schema, one.table, one.column])
      const before = own.get(key)
      if (before === undefined || isMore(one.count, before.count)) own.set(key, one)
    }
    for (const one of own.values()) addPrediction(entries, one, isMost)
  }
  return entries
}

/** What is kept elsewhere is no predicted loss. */
function isKept({ effect, table }: Prediction, { kept }: Finding): boolean {
  return kept !== undefined && (effect === 'table-gone' || (table === kept.table && effect !== 'rows-lost' && effect !== 'orphans'))
}

function addPrediction(entries: Entry[], { effect, schema, table, column, count }: Prediction, isMost: boolean): void {
  const family = FAMILIES[effect]
  const at = entries.findIndex(
    (entry) => entry.family === family && entry.schema === schema && entry.table === table && entry.column === column,
  )
  const before = entries[at]?.predicted ?? null
  const sum = before === null ? count : before.count === null || count === null ? null : before.count + count
  const predicted = { effect: before?.effect ?? effect, count: sum, isMost: isMost || before?.isMost === true }
  const entry = { family, schema, table, column, predicted, differences: [] }
  if (at === -1) entries.push(entry)
  else entries[at] = entry
}

function isMore(count: number | null, than: number | null): boolean {
  return than !== null && (count === null || count > than)
}

function placeOf(difference: Difference): Pick<Entry, 'family' | 'schema' | 'table' | 'column'> {
  const { kind, schema, table, column } = difference
  const family =
    kind === 'foreign-key-violations' ? 'orphans' : Object.hasOwn(FAMILIES, kind) ? FAMILIES[kind as Prediction['effect']] : kind
  return { family: table === null ? `${kind} ${difference.message}` : family, schema, table, column }
}

function isOf(difference: Difference, entry: Entry, column: string | null): boolean {
  const { family, schema, table } = placeOf(difference)
  const isSchema = schema === entry.schema || schema === null || entry.schema === null
  return family === entry.family && table === entry.table && isSchema && difference.column === column
}

function toAccount(entry: Entry): Account {
  const { predicted, differences } = entry
  const [first] = differences
  const kind = differences.find(isAlarm)?.kind ?? first?.kind ?? predicted?.effect ?? ''
  const words = WORDS[kind]
  const isPlaced = entry.table !== null && words !== undefined
  return {
    what: isPlaced ? `${displayName(entry.schema, entry.table, entry.column)}: ${words}` : (first?.message ?? ''),
    predicted: predicted === null ? '' : describePredicted(predicted),
    found: describeFound(differences, predicted !== null),
    ...judge(entry),
    details: telling(differences).flatMap((one) => (isPlaced ? describeDifference(one) : describeValues(one))),
  }
}

function describePredicted({ count, isMost }: NonNullable<Entry['predicted']>): string {
  return count === null ? 'any number' : `${isMost ? 'at most ' : ''}${formatCount(count)}`
}

function countOf(differences: readonly Difference[]): number | null {
  return differences.reduce<number | null>((sum, { count }) => (sum === null || count === null ? null : sum + count), 0)
}

function describeFound(differences: readonly Difference[], isPredicted: boolean): string {
  if (differences.length === 0) return isPredicted ? '0' : ''
  const count = countOf(differences)
  return count === null ? 'not counted' : formatCount(count)
}

/** What was not predicted says the whole number too. */
function telling(differences: readonly Difference[]): readonly Difference[] {
  const alarms = differences.filter(isAlarm)
  return alarms.length > 0 ? alarms : differences
}

function isAlarm({ weight, cause }: Difference): boolean {
  return weight === 'loss' && cause === 'unpredicted'
}

function judge({ predicted, differences }: Entry): Pick<Account, 'judgement' | 'tone'> {
  const alarms = differences.filter(isAlarm)
  const found = countOf(differences)
  if (alarms.length > 0) {
    const more = countOf(alarms)
    return { tone: 'bad', judgement: predicted === null || more === null ? 'not predicted' : `${formatCount(more)} more than predicted` }
  }
  if (differences.length === 0) return { tone: 'neutral', judgement: 'did not happen' }
  if (differences.every(({ cause }) => cause === 'others')) return { tone: 'neutral', judgement: 'done by others' }
  if (differences.some(({ cause }) => cause === 'unpredicted')) return { tone: 'warning', judgement: 'to be looked at' }
  const isFewer = predicted !== null && predicted.count !== null && found !== null && found < predicted.count
  return { tone: 'good', judgement: isFewer ? 'fewer than predicted' : predicted === null ? 'expected' : 'as predicted' }
}

/** Without the place, which is said already. */
function describeDifference(difference: Difference): readonly string[] {
  const { message, schema, table, column } = difference
  const places = [displayName(schema, table ?? '', column, null), displayName(schema, table ?? '', column, schema)]
  const place = places.find((one) => message.startsWith(`${one}: `))
  return [place === undefined ? message : message.slice(place.length + 2), ...describeValues(difference)]
}

function describeValues({ keys, values = [], rows = [] }: Difference): readonly string[] {
  return [...values.map(({ before, after }, index) => `${keys[index] ?? '?'}: ${before ?? 'NULL'} → ${after ?? 'NULL'}`), ...rows]
}
