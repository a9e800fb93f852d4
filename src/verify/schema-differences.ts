import type { Fingerprint, ForeignKeyViolations, SchemaObject, SequenceState } from '../databases/fingerprint.js'
import { formatQuantity } from '../util/format.js'
import { displayName } from '../util/names.js'
import type { Difference } from './difference.js'
import type { Pairing } from './pairs.js'
import type { TableContext } from './table-differences.js'

interface Sides {
  readonly before: Fingerprint
  readonly after: Fingerprint
  readonly pairing: Pairing
}

/** Objects that are gone or defined otherwise. Notices: what they mean for the data is compared by itself. */
export function objectDifferences({ before, after, pairing }: Sides, context: TableContext): Difference[] {
  const names = renamedNames(pairing)
  const goneTables = new Set(pairing.gone.map((table) => placeOf(table.schema, table.name)))
  // What a partition has of its own is told with its partitioned table.
  for (const { type, schema, name } of after.objects) if (type === 'partition') goneTables.add(placeOf(schema, name))
  const rest = [...after.objects]
  return before.objects.flatMap((object) => {
    const now = findObject(object, rest, names)
    if (now !== undefined) {
      rest.splice(rest.indexOf(now), 1)
      return isSameDefinition(object, now, names) ? [] : [objectDifference('object-changed', object, context)]
    }
    const goesWithTable = object.table !== null && goneTables.has(placeOf(object.schema, object.table))
    return goesWithTable || belongsToGoneColumn(object, pairing) ? [] : [objectDifference('object-gone', object, context)]
  })
}

function findObject(
  object: SchemaObject,
  candidates: readonly SchemaObject[],
  names: ReadonlyMap<string, string>,
): SchemaObject | undefined {
  const isAlike = (other: SchemaObject): boolean => other.type === object.type && other.schema === object.schema
  const table = object.table === null ? null : (names.get(object.table) ?? object.table)
  return (
    candidates.find((other) => isAlike(other) && other.id !== undefined && other.id === object.id) ??
    candidates.find((other) => isAlike(other) && other.table === table && other.name === object.name) ??
    candidates.find((other) => isAlike(other) && other.table === table && isSameDefinition(object, other, names))
  )
}

/** What renamed tables and columns are called now; as far as definitions go, a name is a name. */
function renamedNames({ pairs }: Pairing): ReadonlyMap<string, string> {
  const renamed = pairs.flatMap((pair) => [
    [pair.before.name, pair.after.name] as const,
    ...pair.columns.map((column) => [column.before.name, column.after.name] as const),
  ])
  return new Map(renamed.filter(([then, now]) => then !== now))
}

function isSameDefinition(before: SchemaObject, after: SchemaObject, names: ReadonlyMap<string, string>): boolean {
  const normalize = (definition: string): string => definition.replaceAll(/["\s]+/g, ' ').trim()
  const [then, now] = [normalize(before.definition), normalize(after.definition)]
  if (then === now) return true
  const renamed = then.replaceAll(/[\p{L}\p{N}_$]+/gu, (word) => names.get(word) ?? word)
  const ownName = before.name === after.name ? renamed : renamed.replace(normalize(before.name), normalize(after.name))
  return ownName === now
}

function belongsToGoneColumn(object: SchemaObject, { pairs }: Pairing): boolean {
  if (!['default', 'identity'].includes(object.type)) return false
  const pair = pairs.find(({ before }) => before.schema === object.schema && before.name === object.table)
  return pair?.gone.some((column) => column.name === object.name) === true
}

function objectDifference(
  kind: 'object-gone' | 'object-changed',
  object: SchemaObject,
  { expected, defaultSchema }: TableContext,
): Difference {
  const { schema, table, name, type } = object
  const isMentioned =
    expected.mentions(name) ||
    (table !== null && ['default', 'identity', 'row security', 'privileges'].includes(type) && expected.mentions(table))
  const where = table === null || table === name ? '' : ` of ${displayName(schema, table, null, defaultSchema)}`
  return {
    kind,
    schema,
    table,
    column: null,
    name,
    count: null,
    weight: 'notice',
    cause: isMentioned ? 'predicted' : 'unpredicted',
    message: `The ${type} ${displayName(table === null ? schema : null, name, null, defaultSchema)}${where} ${kind === 'object-gone' ? 'is gone' : 'is defined otherwise now'}`,
    keys: [],
  }
}

/** A sequence that starts again at lower values hands out ids for a second time. */
export function sequenceDifferences({ before, after, pairing }: Sides, { expected, defaultSchema }: TableContext): Difference[] {
  const names = renamedNames(pairing)
  return before.sequences.flatMap((sequence) => {
    const now = findSequence(sequence, after.sequences, names)
    if (sequence.lastValue === null || now === undefined) return []
    if (now.lastValue !== null && BigInt(now.lastValue) >= BigInt(sequence.lastValue)) return []
    const title = displayName(sequence.schema, sequence.name, null, defaultSchema)
    return [
      {
        kind: 'sequence-moved-back',
        schema: sequence.schema,
        table: null,
        column: null,
        name: sequence.name,
        count: null,
        weight: 'notice',
        cause: expected.mentions(sequence.name) ? 'predicted' : 'unpredicted',
        message: `The sequence ${title} went back from ${sequence.lastValue} to ${now.lastValue ?? 'its start'}: ids may be given a second time`,
        keys: [],
      },
    ]
  })
}

function findSequence(
  sequence: SequenceState,
  candidates: readonly SequenceState[],
  names: ReadonlyMap<string, string>,
): SequenceState | undefined {
  const name = names.get(sequence.name) ?? sequence.name
  return (
    candidates.find((other) => other.id !== undefined && other.id === sequence.id) ??
    candidates.find((other) => other.schema === sequence.schema && other.name === name)
  )
}

/** Rows that reference nothing now and did before. A key that is new only shows what was there. */
export function violationDifferences({ before, after, pairing }: Sides, { expected, budget, defaultSchema }: TableContext): Difference[] {
  return after.violations.flatMap((violation) => {
    const then = pairing.pairs.find((pair) => pair.after.schema === violation.schema && pair.after.name === violation.table)?.before
    const known = before.violations.find((other) => isSameKey(other, violation, then?.name ?? violation.table))
    const count = violation.rows - (known?.rows ?? 0)
    if (count <= 0) return []
    const place = { schema: then?.schema ?? violation.schema, table: then?.name ?? violation.table, column: null }
    const isNew =
      !before.objects.some((object) => object.type === 'foreign key' && object.name === violation.name) &&
      before.objects.some((object) => object.type === 'foreign key')
    const { unpredicted } = budget.spend(['orphans'], place, count)
    const isTouched = expected.isTouched(place.schema, place.table) || touchesReferenced(violation, pairing, expected)
    return [
      {
        kind: 'foreign-key-violations',
        ...place,
        name: violation.name,
        count,
        weight: isNew || !isTouched ? 'notice' : 'loss',
        cause: unpredicted === 0 ? 'predicted' : isTouched ? 'unpredicted' : 'others',
        message: `${displayName(violation.schema, violation.table, null, defaultSchema)}: ${formatQuantity(count, 'row')} (${violation.columns.join(', ')}) reference${count === 1 ? 's' : ''} nothing in ${violation.references}${isTouched ? '' : '; the migrations touch neither, so somebody else did it'}`,
        keys: [],
      },
    ]
  })
}

function isSameKey(before: ForeignKeyViolations, after: ForeignKeyViolations, tableBefore: string): boolean {
  return before.table === tableBefore && before.schema === after.schema && before.name === after.name
}

function touchesReferenced(violation: ForeignKeyViolations, pairing: Pairing, { isTouched }: TableContext['expected']): boolean {
  // Under either name: where a rebuild stopped half-way, the rows are found in a table of another name.
  const tables = [
    ...pairing.pairs.flatMap(({ before, after }) => [
      { before, name: displayName(after.schema, after.name, null, null) },
      { before, name: displayName(before.schema, before.name, null, null) },
    ]),
    ...pairing.gone.map((before) => ({ before, name: displayName(before.schema, before.name, null, null) })),
  ]
  return tables.some(({ before, name }) => violation.references.startsWith(`${name}(`) && isTouched(before.schema, before.name))
}

function placeOf(schema: string | null, table: string): string {
  return JSON.stringify([schema, table])
}
