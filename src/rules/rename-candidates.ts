import type { Change, ChangeOf, ColumnDefinition, ObjectName } from '../sql/change.js'
import type { ColumnView, JudgeContext, TableView } from './rule.js'

/** The column, added to the same table in the same file, that the dropped one probably becomes; null when none looks like it. */
export function findColumnRename(drop: ChangeOf<'drop-column'>, context: JudgeContext): ColumnDefinition | null {
  const edits = columnEditsOf(context.file)
  const added = edits.added.filter((change) => isSameTable(change.table, drop.table))
  if (added.length === 0) return null
  const dropped = edits.dropped.filter((change) => isSameTable(change.table, drop.table))
  const names = dropped.map((change) => change.column)
  const candidates = added.map((change) => change.definition).filter((definition) => !names.includes(definition.name))
  const type = context.table(drop.table)?.column(drop.column)?.type ?? null
  return chooseRename({ name: drop.column, type }, candidates, dropped.length, context)
}

interface ColumnEdits {
  readonly added: readonly ChangeOf<'add-column'>[]
  readonly dropped: readonly ChangeOf<'drop-column'>[]
}

/** Asked for again for each dropped column of a file. */
const known = new WeakMap<readonly Change[], ColumnEdits>()

function columnEditsOf(file: readonly Change[]): ColumnEdits {
  const before = known.get(file)
  if (before !== undefined) return before
  const edits = {
    added: file.filter((change) => change.kind === 'add-column'),
    dropped: file.filter((change) => change.kind === 'drop-column'),
  }
  known.set(file, edits)
  return edits
}

/** The same for a rebuilt table: columns left out against columns that nothing is copied to. */
export function findRebuildRename(
  column: ColumnView,
  change: ChangeOf<'rebuild-table'>,
  leftOut: readonly ColumnView[],
  context: JudgeContext,
): ColumnDefinition | null {
  const candidates = change.columns.filter(({ source }) => source.from === 'default').map(({ definition }) => definition)
  const isNew = (definition: ColumnDefinition) => !leftOut.some((other) => other.name === definition.name)
  return chooseRename(column, candidates.filter(isNew), leftOut.length, context)
}

/** One dropped and one added is a rename when the values fit; of several, the one with the most similar name. */
export function chooseRename(
  dropped: { readonly name: string; readonly type: string | null },
  candidates: readonly ColumnDefinition[],
  droppedCount: number,
  context: Pick<JudgeContext, 'dialect'>,
): ColumnDefinition | null {
  const fitting = candidates.filter((definition) => !definition.generated && fits(dropped.type, definition.type, context))
  if (droppedCount === 1 && candidates.length === 1) return fitting[0] ?? null
  const similar = fitting.filter((definition) => isSimilar(dropped.name, definition.name))
  return similar.length === 1 ? (similar[0] ?? null) : null
}

function fits(from: string | null, to: string | null, context: Pick<JudgeContext, 'dialect'>): boolean {
  if (from === null || to === null) return true
  const conversion = context.dialect.classifyConversion(from, to, null)
  const backward = context.dialect.classifyConversion(to, from, null)
  return conversion === 'none' || conversion === 'time-zone' || (backward === 'none' && conversion !== 'unknown')
}

/** `name` and `fullName`, `user_id` and `userId`, `adress` and `address`. */
export function isSimilar(a: string, b: string): boolean {
  const [left, right] = [normalize(a), normalize(b)]
  if (left === right || left.includes(right) || right.includes(left)) return true
  return distance(left, right) <= Math.max(1, Math.floor(Math.min(left.length, right.length) / 4))
}

function normalize(name: string): string {
  return name.toLowerCase().replaceAll('_', '')
}

/** Edits that turn one into the other. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}

export function isSameTable(a: ObjectName, b: ObjectName): boolean {
  return a.name === b.name && (a.schema === b.schema || a.schema === null || b.schema === null)
}

/** Share of columns that two tables must have in common to be taken for one. */
const ENOUGH = 0.6

/** The table, created in the same file, that the dropped one probably becomes; null when none has the same columns. */
export function findTableRename(table: TableView, context: JudgeContext): ChangeOf<'create-table'> | null {
  if (!table.isComplete || table.columns.length === 0) return null
  const created = context.file.filter(
    (change): change is ChangeOf<'create-table'> => change.kind === 'create-table' && !change.temporary && change.query === null,
  )
  const alike = created.filter((change) => change.table.name !== table.name && sharedColumns(table.columns, change.columns) >= ENOUGH)
  return alike.length === 1 ? (alike[0] ?? null) : null
}

function sharedColumns(a: readonly ColumnView[], b: readonly ColumnDefinition[]): number {
  const shared = a.filter((column) =>
    b.some((other) => other.name === column.name && (other.type === column.type || column.type === null)),
  ).length
  return shared / Math.max(a.length, b.length)
}
