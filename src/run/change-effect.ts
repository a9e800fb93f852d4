import type { BodyChange, Change, ObjectName } from '../sql/change.js'
import type { SchemaView } from './schema-view.js'

/** Whether a statement took effect; `unknown` where the database shows no trace either way. */
export type Effect = 'yes' | 'no' | 'unknown'

/** A change among the others of its file, and the schema around it. */
export interface ChangeContext {
  /** Null where nothing shows what was there before. */
  readonly before: SchemaView | null
  readonly after: SchemaView
  /** Changes of earlier, and of later statements of the same file. */
  readonly earlier: readonly Change[]
  readonly later: readonly Change[]
}

/** What a change makes, takes away or renames, as a key. */
function touchedBy(change: BodyChange): readonly string[] {
  const table = ({ name }: ObjectName) => `table ${name}`
  const column = (of: ObjectName, name: string) => `column ${of.name}.${name}`
  switch (change.kind) {
    case 'create-table':
    case 'drop-table':
      return [table(change.table)]
    case 'rename-table':
      return [table(change.table), table({ schema: null, name: change.to })]
    case 'rebuild-table':
      return [table(change.table), table({ schema: null, name: change.madeAs })]
    case 'add-column':
      return [column(change.table, change.definition.name)]
    case 'drop-column':
      return [column(change.table, change.column)]
    case 'rename-column':
      return [column(change.table, change.column), column(change.table, change.to)]
    case 'create-object':
    case 'drop-object':
    case 'create-function':
      return [`object ${change.name.name}`]
    case 'create-enum':
    case 'drop-type':
      return [`object ${change.type.name}`]
    case 'rename-type':
      return [`object ${change.type.name}`, `object ${change.to}`]
    case 'add-unique':
    case 'add-constraint':
    case 'add-check':
    case 'add-exclusion':
    case 'drop-constraint':
      return change.name === null ? [] : [`object ${change.name}`]
    case 'set-not-null':
    case 'drop-not-null':
    case 'set-default':
    case 'drop-default':
    case 'alter-column-type':
      return [`${/not-null|default|type/.exec(change.kind)?.[0]} ${change.table.name}.${change.column}`]
    default:
      return []
  }
}

/** Whether others of the same file make, take away or rename the same thing, or the table that it belongs to. */
function isTouchedBy(others: readonly Change[], change: Change): boolean {
  const own = touchedBy(change)
  const table = 'table' in change ? `table ${change.table.name}` : 'on' in change && change.on !== null ? `table ${change.on.name}` : null
  return others.some((other) => {
    const keys = touchedBy(other)
    return keys.some((key) => own.includes(key)) || (table !== null && keys.includes(table) && other.kind !== 'create-table')
  })
}

/** What the schema shows of one change. */
export function effectOf(change: Change, context: ChangeContext): Effect {
  const { before, after } = context
  switch (change.kind) {
    case 'create-table':
      return change.temporary ? 'unknown' : tableEffect(change, context)
    case 'drop-table':
      return disappears(change, context, (view) => view.columnsOf(change.table) !== null, change.ifExists)
    case 'rename-table':
      return moves(change, context, (view, name) => view.columnsOf({ ...change.table, name }) !== null, change.table.name)
    case 'add-column':
      return appears(change, context, (view) => hasColumn(view, change.table, change.definition.name), change.ifNotExists)
    case 'drop-column':
      return disappears(change, context, (view) => hasColumn(view, change.table, change.column), change.ifExists)
    case 'rename-column':
      return moves(change, context, (view, name) => hasColumn(view, change.table, name), change.column)
    case 'create-object':
      return appears(change, context, (view) => view.hasObject(change.name), isGuarded(change))
    case 'create-function':
      return appears(change, context, (view) => view.hasObject(change.name), isGuarded(change))
    case 'drop-object':
      return disappears(change, context, (view) => view.hasObject(change.name), isGuarded(change))
    case 'create-enum':
      return appears(change, context, (view) => view.hasObject(change.type), false)
    case 'add-enum-value':
      return labelEffect(change.type, change.label, context)
    case 'drop-type':
      return disappears(change, context, (view) => view.hasObject(change.type), isGuarded(change))
    case 'recreate-enum':
      return recreateEffect(change.type, change.labels, after)
    case 'add-constraint':
    case 'add-check':
    case 'add-exclusion':
    case 'add-unique':
      return constraintEffect(change, change.table, change.name, context)
    case 'drop-constraint':
      return disappears(change, context, (view) => view.hasObject(named(change.table, change.name)), isGuarded(change))
    default:
      return columnEffect(change, context, before)
  }
}

const named = ({ schema }: ObjectName, name: string): ObjectName => ({ schema, name })

/** Whether it says by itself that it may find its work done, so that what is there proves nothing. */
function isGuarded({ statement }: Change): boolean {
  return /\b(if\s+(not\s+)?exists|or\s+replace)\b/i.test(statement.sql.slice(0, 200))
}

/** Null: there is nothing that it could be in. */
type Presence = (view: SchemaView) => boolean | null

function hasColumn(view: SchemaView, table: ObjectName, column: string): boolean | null {
  return view.columnsOf(table)?.some(({ name }) => name === column) ?? null
}

function appears(change: Change, { before, after, earlier, later }: ChangeContext, isThere: Presence, isGuard: boolean): Effect {
  if (before === null ? isGuard && isThere(after) === true : isThere(before) === true) return 'unknown'
  const now = isThere(after)
  if (now === null) return 'unknown'
  if (now) return isTouchedBy(earlier, change) ? 'unknown' : 'yes'
  return isTouchedBy(later, change) ? 'unknown' : 'no'
}

function disappears(change: Change, { before, after, earlier, later }: ChangeContext, isThere: Presence, isGuard: boolean): Effect {
  const now = isThere(after)
  if (now === null) return 'unknown'
  if (now) return isTouchedBy(later, change) ? 'unknown' : 'no'
  if (before === null ? isGuard : isThere(before) !== true) return 'unknown'
  return isTouchedBy(earlier, change) ? 'unknown' : 'yes'
}

function moves(
  change: Change & { readonly to: string },
  { before, after, earlier, later }: ChangeContext,
  isThere: (view: SchemaView, name: string) => boolean | null,
  from: string,
): Effect {
  if (isTouchedBy(later, change) || isTouchedBy(earlier, change)) return 'unknown'
  if (before !== null && (isThere(before, from) !== true || isThere(before, change.to) === true)) return 'unknown'
  const [old, other] = [isThere(after, from), isThere(after, change.to)]
  if (old === true && other === false) return 'no'
  return old === false && other === true ? 'yes' : 'unknown'
}

/** Without a before, a table of that name is only taken for it when its columns are. */
function tableEffect(change: Extract<Change, { kind: 'create-table' }>, context: ChangeContext): Effect {
  const effect = appears(change, context, (view) => view.columnsOf(change.table) !== null, change.ifNotExists)
  if (effect !== 'yes' || context.before !== null) return effect
  const columns = context.after.columnsOf(change.table) ?? []
  const isAltered = context.later.some((other) => 'table' in other && other.table.name === change.table.name && 'column' in other)
  if (isAltered || change.like !== undefined || change.query !== null) return 'unknown'
  const isSame = change.columns.every((wanted) =>
    columns.some((one) => one.name === wanted.name && one.type.toLowerCase() === (wanted.type ?? '').toLowerCase()),
  )
  return isSame ? 'yes' : 'unknown'
}

function constraintEffect(change: Change, table: ObjectName, name: string | null, context: ChangeContext): Effect {
  return name === null ? 'unknown' : appears(change, context, (view) => view.hasObject(named(table, name)), isGuarded(change))
}

function labelEffect(type: ObjectName, label: string, { before, after }: ChangeContext): Effect {
  if (before?.labelsOf(type)?.includes(label) === true) return 'unknown'
  const now = after.labelsOf(type)
  return now === null ? 'unknown' : now.includes(label) ? 'yes' : 'no'
}

/** The type has the new labels at the very end only; what it is called in between is there in between. */
function recreateEffect(type: ObjectName, labels: readonly string[], after: SchemaView): Effect {
  const now = after.labelsOf(type)
  if (now === null) return 'unknown'
  return JSON.stringify(now) === JSON.stringify(labels) ? 'yes' : 'no'
}

function columnEffect(change: Change, { after, earlier, later }: ChangeContext, before: SchemaView | null): Effect {
  if (!('column' in change) || !('table' in change)) return 'unknown'
  const column = after.columnsOf(change.table)?.find(({ name }) => name === change.column)
  if (column === undefined || isTouchedBy(later, change) || isTouchedBy(earlier, change)) return 'unknown'
  const then = before?.columnsOf(change.table)?.find(({ name }) => name === change.column)
  // That it is so now shows something only where it was not so before.
  const since = (isSo: boolean, wasSo: boolean | undefined): Effect => (!isSo ? 'no' : wasSo === false ? 'yes' : 'unknown')
  switch (change.kind) {
    case 'set-not-null':
      return column.notNull === undefined ? 'unknown' : since(column.notNull, then?.notNull)
    case 'drop-not-null':
      return column.notNull === undefined ? 'unknown' : since(!column.notNull, then?.notNull === undefined ? undefined : !then.notNull)
    case 'set-default':
      return column.default === null ? 'no' : 'unknown'
    case 'drop-default':
      return column.default === undefined
        ? 'unknown'
        : since(column.default === null, then?.default === undefined ? undefined : then.default === null)
    case 'alter-column-type':
      if (then !== undefined) return then.type === column.type ? 'unknown' : 'yes'
      return column.type.toLowerCase() === change.type.toLowerCase() ? 'unknown' : 'no'
    default:
      return 'unknown'
  }
}
