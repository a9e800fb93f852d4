import type { CatalogDependent } from '../databases/catalog.js'
import type { Change, ObjectName } from '../sql/change.js'
import type { JudgeContext } from './rule.js'

/** What is dropped with CASCADE: a table, view, sequence or key (`relation`), one column of it, a function, a type. By its name in the live database. */
export interface Dropped {
  readonly kind: CatalogDependent['needs']['kind']
  readonly name: ObjectName
  readonly column?: string
}

/** How many are named. */
const NAMED = 8

/** A sentence, with a blank before it: what else goes. Empty when the catalog knows of nothing. */
export function describeCascade(dropped: Dropped, context: JudgeContext): string {
  if (context.catalog === null) return ' CASCADE drops whatever depends on it too.'
  const names = findDependents(dropped, context).map((dependent) => describeDependent(dependent, context))
  if (names.length === 0) return ''
  const rest = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return ` CASCADE drops with it: ${names.slice(0, NAMED).join(', ')}${rest}.`
}

/** A sentence, with a blank before it: what makes the statement fail because CASCADE is left out. Empty when the catalog knows of nothing. */
export function describeRefusal(change: Change, dropped: Dropped, context: JudgeContext): string {
  if (context.catalog === null) return ''
  const own = context.file.filter(({ statement }) => statement === change.statement)
  const goesToo = ({ on }: CatalogDependent) => on !== null && own.some((one) => 'table' in one && one.table.name === on.table)
  const [first] = findDependents(dropped, context).filter((dependent) => !goesToo(dependent))
  return first === undefined ? '' : ` Without CASCADE it is refused while ${describeDependent(first, context)} needs it.`
}

/** Everything that goes along, directly or not; what earlier statements have dropped is left out. */
export function findDependents(dropped: Dropped, context: JudgeContext): readonly CatalogDependent[] {
  const { catalog } = context
  if (catalog === null) return []
  const found = new Map<string, CatalogDependent>()
  const visit = ({ kind, name, column }: Dropped) => {
    const schema = name.schema ?? catalog.defaultSchema
    for (const dependent of catalog.dependents) {
      const { needs } = dependent
      const isNeeded = needs.kind === kind && needs.name === name.name && needs.schema === schema
      const isOwn = column === undefined && kind === 'relation' && dependent.on?.table === name.name && dependent.on.schema === schema
      if (!isNeeded || isOwn || (column !== undefined && needs.column !== column)) continue
      const key = JSON.stringify([dependent.type, dependent.schema, dependent.name, dependent.on])
      if (found.has(key) || isGone(dependent, context)) continue
      found.set(key, dependent)
      if (dependent.schema !== null)
        visit({ kind: dependent.type === 'function' ? 'function' : 'relation', name: { schema: dependent.schema, name: dependent.name } })
    }
  }
  visit(dropped)
  return [...found.values()]
}

function isGone({ type, name, on }: CatalogDependent, context: JudgeContext): boolean {
  if (on !== null && context.table({ schema: on.schema, name: on.table }) === null) return true
  return context.earlier.some((earlier) => {
    if (earlier.kind === 'drop-object')
      return earlier.type === type && earlier.name.name === name && (on === null || earlier.on?.name === on.table)
    return earlier.kind === 'drop-constraint' && earlier.name === name && earlier.table.name === on?.table
  })
}

function describeDependent({ type, schema, name, on }: CatalogDependent, context: JudgeContext): string {
  const own = context.display({ schema: schema ?? context.catalog?.defaultSchema ?? null, name })
  return `${type} ${own}${on === null ? '' : ` of ${context.display({ schema: on.schema, name: on.table })}`}`
}
