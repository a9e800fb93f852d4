import { z } from 'zod'
import type { Fingerprint } from '../databases/fingerprint.js'
import type { TableLoss, Window, Wish } from '../snapshots/salvage/salvage-part.js'
import type { Difference } from '../verify/difference.js'
import { pairTables } from '../verify/pairs.js'
import type { Expectations } from './plan.js'

const KINDS = ['table-gone', 'rows-lost', 'column-gone', 'values-lost', 'values-changed', 'not-comparable'] as const

const placeSchema = z.object({ schema: z.string().nullable(), name: z.string() })
const lossSchema = z.object({
  kind: z.enum(KINDS),
  schema: z.string().nullable(),
  table: z.string(),
  column: z.string().nullable(),
  count: z.number().nullable(),
  cause: z.enum(['predicted', 'unpredicted']),
})
const tableSchema = placeSchema.extend({
  now: placeSchema.nullable(),
  columns: z.array(z.tuple([z.string(), z.string()])),
})

/** What a run lost, and where it was: all that a salvage must know of its comparison. Plain JSON, for the journal. */
export const lossRecordSchema = z.object({ losses: z.array(lossSchema), tables: z.array(tableSchema) })
export type LossRecord = z.infer<typeof lossRecordSchema>
type Loss = LossRecord['losses'][number]

/** Losses that a salvage can do something about. */
export function readLosses(
  differences: readonly Difference[],
  before: Fingerprint,
  after: Fingerprint,
  { renames }: Pick<Expectations, 'renames'>,
): LossRecord {
  const losses = differences
    .filter(({ weight, cause }) => weight === 'loss' && cause !== 'others')
    .flatMap((one) => lossSchema.safeParse(one).data ?? [])
  const { pairs, gone } = pairTables(before, after, renames)
  const isMeant = (table: { readonly schema: string | null; readonly name: string }) => losses.some((loss) => isOf(loss, table))
  const tables = [
    ...pairs.map((pair) => ({
      schema: pair.before.schema,
      name: pair.before.name,
      now: { schema: pair.after.schema, name: pair.after.name },
      columns: pair.columns.map((column): [string, string] => [column.before.name, column.after.name]),
    })),
    ...gone.map(({ schema, name }) => ({ schema, name, now: null, columns: [] })),
  ]
  return { losses, tables: tables.filter(isMeant) }
}

/** @param all also what was agreed to */
export function toTableLosses({ losses, tables }: LossRecord, all: boolean): readonly TableLoss[] {
  return tables.flatMap((table) => {
    const own = losses.filter((loss) => isOf(loss, table))
    const wanted = own.filter(({ cause }) => all || cause === 'unpredicted')
    if (wanted.length === 0) return []
    const rowLosses = own.filter(({ kind, column }) => kind === 'rows-lost' || (column === null && kind !== 'table-gone'))
    const columns = own.flatMap(({ column }) => column ?? [])
    const values = columns.map(
      (name) =>
        [
          name,
          wishOf(
            own.filter((one) => one.column === name && one.kind !== 'column-gone'),
            all,
          ),
        ] as const,
    )
    return [
      {
        schema: table.schema,
        name: table.name,
        now: table.now,
        columns: table.columns,
        rows: wishOf(rowLosses, all),
        rowsGone: sum(rowLosses),
        values: Object.fromEntries(values.filter(([, wish]) => wish !== 'leave')),
        gone: wanted.flatMap(({ kind, column }) => (kind === 'column-gone' && column !== null ? [column] : [])),
      },
    ]
  })
}

/** Where a part was agreed to, or could not be compared, which rows were meant cannot be told. */
function wishOf(losses: readonly Loss[], all: boolean): Wish {
  if (losses.length === 0) return 'leave'
  const isAgreed = losses.every(({ cause }) => cause === 'predicted')
  if (isAgreed) return all ? 'back' : 'leave'
  const isUnclear = losses.some(({ kind, column }) => kind === 'not-comparable' || (kind === 'values-changed' && column === null))
  return isUnclear || (!all && losses.some(({ cause }) => cause === 'predicted')) ? 'aside' : 'back'
}

function sum(losses: readonly Loss[]): number | null {
  return losses.some(({ kind, count }) => kind !== 'rows-lost' || count === null)
    ? null
    : losses.reduce((total, { count }) => total + (count ?? 0), 0)
}

function isOf(loss: Loss, { schema, name }: { readonly schema: string | null; readonly name: string }): boolean {
  return loss.schema === schema && loss.table === name
}

/** Step of the journal: what was lost, and what a salvage needs besides. `snapshot`: what the migrations left; null when it could not be kept. */
export const lostStepSchema = z.looseObject({
  snapshot: z.string().nullable(),
  record: lossRecordSchema,
  window: z.custom<Window | null>((value) => value === null || (typeof value === 'object' && 'from' in value)),
  isPrompt: z.boolean(),
})
export type LostStep = z.infer<typeof lostStepSchema>

const isAlarm = ({ weight, cause }: Difference): boolean => weight === 'loss' && cause === 'unpredicted'
const isKnown = ({ kind }: Difference): boolean => (KINDS as readonly string[]).includes(kind)

/** Whether a salvage can do anything. */
export function isSalvageable(differences: readonly Difference[]): boolean {
  return differences.some((one) => isAlarm(one) && isKnown(one))
}

/** Losses that no salvage can put back, for people. */
export function unsalvageable(differences: readonly Difference[]): readonly string[] {
  return differences.filter((one) => isAlarm(one) && (!isKnown(one) || one.kind === 'not-comparable')).map(({ message }) => message)
}
