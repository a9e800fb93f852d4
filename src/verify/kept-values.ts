import type { ColumnFingerprint, Fingerprint, TableFingerprint } from '../databases/fingerprint.js'
import { messageOf } from '../errors.js'
import type { Kept } from '../rules/finding.js'
import { hideValues } from '../util/hide-values.js'
import { displayName } from '../util/names.js'
import type { Foretelling } from './expectations.js'
import { countMissing, type Missing } from './missing-values.js'
import { type ColumnPair, hasSameKeys, isSameContent, isSameData, type Pairing, type TablePair } from './pairs.js'
import type { RowSource } from './rows.js'

/** What a finding says is kept elsewhere, after it was looked for there. Names of before. */
export interface KeptValues {
  readonly finding: Foretelling
  readonly schema: string | null
  readonly table: string
  /** Null: whole rows. */
  readonly column: string | null
  /** Where it should be. */
  readonly copy: string
  /** What was not found; null where it could not be looked for, which `why` explains. */
  readonly missing: Missing | null
  readonly why: string | null
}

export interface KeptContext {
  readonly after: Fingerprint
  readonly pairing: Pairing
  readonly defaultSchema: string | null
  /** Opens a table as it was before, for one piece of work. @throws when it cannot be opened */
  open<T>(table: TableFingerprint, work: (source: RowSource) => Promise<T>): Promise<T>
}

/**
 * Looks for the values and rows that are gone, or are others now, where the findings say that they are kept: however closely tables are
 * compared else. What somebody agreed to lose needs no copy.
 */
export async function findKept(findings: readonly Foretelling[], context: KeptContext): Promise<readonly KeptValues[]> {
  const found: KeptValues[] = []
  for (const finding of findings) {
    const { kept } = finding
    if (kept === undefined || (finding.severity === 'info' && finding.accepted !== undefined)) continue
    for (const table of sourcesOf(finding, kept, context)) found.push(await lookFor(finding, kept, table, context))
  }
  return found
}

/** What the findings still predict once it is known what was not kept. */
export function withoutMissing(findings: readonly Foretelling[], kept: readonly KeptValues[]): readonly Foretelling[] {
  return findings.map((finding) => {
    const own = kept.filter((one) => one.finding === finding && one.missing?.count !== 0)
    if (own.length === 0) return finding
    const predictions = finding.predictions.flatMap((prediction) => {
      const at = own.find(({ schema, table }) => table === prediction.table && (prediction.schema === null || schema === prediction.schema))
      if (at === undefined) return [prediction]
      const isUnknown = at.missing === null || prediction.count === null || prediction.effect.endsWith('-gone')
      const count = isUnknown ? 0 : (prediction.count ?? 0) - (at.missing?.count ?? 0)
      return count > 0 ? [{ ...prediction, count }] : []
    })
    return { ...finding, predictions }
  })
}

/** Tables of before in which something has to be looked after: with a table, or its column, go those that inherit from it. */
function sourcesOf({ predictions }: Foretelling, kept: Kept, { pairing }: KeptContext): readonly TableFingerprint[] {
  const { column } = kept
  const is = (table: TableFingerprint, name: string, schema: string | null) =>
    table.name === name && (schema === null || table.schema === null || schema === table.schema)
  if (column === null) {
    const isMeant = (table: TableFingerprint) =>
      table.rows > 0 && predictions.some((one) => one.effect === 'table-gone' && is(table, one.table, one.schema))
    // Another one may have got its name.
    return [...pairing.gone, ...pairing.pairs.filter((pair) => !isSameData(pair)).map(({ before }) => before)].filter(isMeant)
  }
  const goes = (table: TableFingerprint) =>
    is(table, kept.table, kept.schema) ||
    predictions.some((one) => one.effect === 'column-gone' && one.column === column && is(table, one.table, one.schema))
  return pairing.pairs
    .filter((pair) => {
      const own = pair.before.columns.find(({ name }) => name === column)
      if (own === undefined || !goes(pair.before) || (own.nonNull === 0 && own.isUncounted !== true)) return false
      const now = pair.columns.find(({ before }) => before === own)?.after
      return now === undefined || !hasSameKeys(pair) || !isSameContent(own, now)
    })
    .map(({ before }) => before)
}

async function lookFor(finding: Foretelling, kept: Kept, before: TableFingerprint, context: KeptContext): Promise<KeptValues> {
  const { pairing, defaultSchema } = context
  const own = pairing.pairs.find((pair) => pair.before === before) ?? null
  const after = findCopy(kept, own, context.after, defaultSchema)
  const place = { finding, schema: before.schema, table: before.name, column: kept.column }
  const name = kept.in ?? { schema: after?.schema ?? before.schema, table: after?.name ?? before.name }
  const to = kept.in === null ? (kept.columns?.[0]?.[1] ?? null) : null
  const copy = displayName(name.schema, name.table, to, defaultSchema)
  if (after === null) return { ...place, copy, missing: null, why: `there is no table ${copy}` }
  const pair = pairWith(kept, before, after, own)
  if (pair === null) return { ...place, copy, missing: null, why: `${copy} does not have its columns` }
  try {
    const missing = await context.open(before, (source) => countMissing(source, pair, { column: kept.column, own }))
    return { ...place, copy, missing, why: null }
  } catch (error) {
    return { ...place, copy, missing: null, why: hideValues(messageOf(error)) }
  }
}

function findCopy(kept: Kept, own: TablePair | null, after: Fingerprint, defaultSchema: string | null): TableFingerprint | null {
  const place = kept.in
  if (place === null) return own?.after ?? null
  const schema = place.schema ?? defaultSchema
  return after.tables.find((table) => table.name === place.table && (schema === null || table.schema === schema)) ?? null
}

/** The columns that matter beside those that have their values now; null when some have no counterpart. */
function pairWith(kept: Kept, before: TableFingerprint, after: TableFingerprint, own: TablePair | null): TablePair | null {
  const to = (column: ColumnFingerprint): readonly ColumnPair[] => {
    const name = kept.columns === null ? column.name : kept.columns.find(([from]) => from === column.name)?.[1]
    const counterpart =
      after.columns.find((one) => one.name === name) ?? (kept.columns === null ? inPlaceOf(column, before, after) : undefined)
    return counterpart === undefined ? [] : [{ before: column, after: counterpart }]
  }
  // What its columns do not name was gone before it was copied, for reasons of its own; a table that inherits from it may have more.
  const isNamed = (name: string) => kept.columns === null || before.name !== kept.table || kept.columns.some(([from]) => from === name)
  const isMeant = ({ name, generated, nonNull }: ColumnFingerprint) =>
    kept.column === null ? generated !== true && nonNull > 0 && isNamed(name) : name === kept.column
  const meant = before.columns.filter(isMeant)
  const columns = meant.flatMap(to)
  if (columns.length < meant.length) return null
  const names = before.key?.columns ?? []
  const key = kept.in === null ? (own?.key ?? []) : before.columns.filter(({ name }) => names.includes(name)).flatMap(to)
  const isKeyed = names.length > 0 && key.length === names.length
  // Where no key tells the rows apart, the other columns that were copied do.
  const others =
    isKeyed || kept.in === null ? [] : before.columns.filter((column) => !meant.includes(column) && column.generated !== true).flatMap(to)
  return { before, after, level: 'columns', columns: [...columns, ...others], gone: [], key: isKeyed ? key : null }
}

/** A copy that was made by SELECT * has the columns in their order, whatever they are called since. */
function inPlaceOf(column: ColumnFingerprint, before: TableFingerprint, after: TableFingerprint): ColumnFingerprint | undefined {
  return before.columns.length <= after.columns.length ? after.columns[before.columns.indexOf(column)] : undefined
}
