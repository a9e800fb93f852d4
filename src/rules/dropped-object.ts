import type { Change, ChangeOf, ObjectName } from '../sql/change.js'
import { describeCascade } from './dependents.js'
import type { ObjectRef } from './finding.js'
import type { Draft, JudgeContext } from './rule.js'

type ObjectChange = ChangeOf<'create-object' | 'drop-object'>

/** The change, when it drops one of these types for good: it is there and not made by these migrations, not made again later, and not of a table that goes too. */
export function findDroppedObject(change: Change, types: readonly string[], context: JudgeContext): ChangeOf<'drop-object'> | null {
  if (change.kind !== 'drop-object' || !types.includes(change.type)) return null
  const isSame = (other: Change): other is ObjectChange =>
    (other.kind === 'create-object' || other.kind === 'drop-object') && other.type === change.type && isSameObject(other, change, context)
  const isOwn = context.earlier.find(isSame)?.kind === 'create-object'
  if (isOwn || context.later.some(isSame) || isAbsent(change, context)) return null
  return change.on !== null && isTableGone(change.on, context) ? null : change
}

export const FUNCTIONS: readonly string[] = ['function', 'procedure', 'routine', 'aggregate']
const LISTED: readonly string[] = ['view', 'materialized view', 'sequence', 'index', 'trigger', 'policy', 'rule', ...FUNCTIONS]

/** DROP … IF EXISTS of what the live database does not have. */
function isAbsent({ type, name }: ChangeOf<'drop-object'>, { catalog, dialect }: JudgeContext): boolean {
  if (catalog === null || !LISTED.includes(type)) return false
  const listed = FUNCTIONS.includes(type) ? 'function' : type
  const schema = name.schema ?? catalog.defaultSchema
  const isNamed = (one: string) => (dialect.ignoresCase ? one.toLowerCase() === name.name.toLowerCase() : one === name.name)
  return !catalog.objects.some((one) => one.type === listed && isNamed(one.name) && (one.schema === null || one.schema === schema))
}

/** The table is dropped in these migrations, or was made by them. */
export function isTableGone(table: ObjectName, context: JudgeContext): boolean {
  const drops = context.later.some((later) => later.kind === 'drop-table' && isSameName(later.table, table))
  return drops || context.table(table) === null
}

function isSameObject(a: ObjectChange, b: ObjectChange, { dialect }: JudgeContext): boolean {
  const fold = (one: ObjectName) => (dialect.ignoresCase ? { schema: one.schema, name: one.name.toLowerCase() } : one)
  return isSameName(fold(a.name), fold(b.name)) && (a.on === null || b.on === null || isSameName(fold(a.on), fold(b.on)))
}

export function isSameName(a: ObjectName, b: ObjectName): boolean {
  return a.name === b.name && (a.schema === b.schema || a.schema === null || b.schema === null)
}

/** The parts of a finding about something that is no table; `refTo` is for tables. */
export function refToObject(name: ObjectName): ObjectRef {
  return { ...(name.schema === null ? {} : { schema: name.schema }), type: name.name }
}

/** `trigger "audit" on Order`, by the names in the SQL. */
export function describeObject({ type, name, on }: ObjectChange, context: JudgeContext): string {
  return `${type} ${context.display(name)}${on === null ? '' : ` on ${context.display(on)}`}`
}

/** A finding about a dropped definition: nothing to count, only what CASCADE takes along to name. */
export function draftDropped(
  change: ChangeOf<'drop-object'>,
  context: JudgeContext,
  text: Pick<Draft, 'message' | 'why' | 'instead'>,
): Draft {
  const kind = FUNCTIONS.includes(change.type) ? 'function' : 'relation'
  const cascade = change.cascade ? describeCascade({ kind, name: change.name }, context) : ''
  return { ...text, why: `${text.why}${cascade}`, objects: [refToObject(change.name)], measures: [], inconclusive: null }
}
