import type { SchemaObject } from '../databases/fingerprint.js'
import type { ObjectName } from '../sql/change.js'

export interface ViewedColumn {
  readonly name: string
  readonly type: string
  /** These two are undefined where only a fingerprint tells. */
  readonly notNull?: boolean
  readonly default?: string | null
}

/** The schema at one moment, as far as it shows which statements took effect. Names without a schema mean the default one. */
export interface SchemaView {
  /** Null when there is no such table. */
  columnsOf(table: ObjectName): readonly ViewedColumn[] | null
  /** An index, constraint, view, trigger, function, type … */
  hasObject(name: ObjectName): boolean
  /** Of an enum; null where that is not told. */
  labelsOf(type: ObjectName): readonly string[] | null
}

interface Named {
  readonly schema: string | null
  readonly name: string
}

interface Facts {
  readonly tables: readonly (Named & { readonly columns: readonly ViewedColumn[] })[]
  readonly enums: readonly (Named & { readonly labels: readonly string[] })[]
  /** As the fingerprint has them: what is unfinished (an invalid index) is not among them. */
  readonly objects: readonly SchemaObject[]
}

export interface ViewOptions {
  readonly defaultSchema: string | null
  /** Whether `User` and `user` are one name. */
  readonly ignoresCase: boolean
}

export function viewSchema({ tables, enums, objects }: Facts, { defaultSchema, ignoresCase }: ViewOptions): SchemaView {
  const fold = (name: string) => (ignoresCase ? name.toLowerCase() : name)
  const find = (wanted: ObjectName) => (one: Named) => {
    const schema = wanted.schema ?? defaultSchema
    return fold(one.name) === fold(wanted.name) && (schema === null || one.schema === null || one.schema === schema)
  }
  // A function's name is with its arguments there.
  const named = objects.map(({ schema, name, type }) => ({
    schema,
    name: /function|procedure/.test(type) ? name.replace(/\(.*$/s, '') : name,
  }))
  return {
    columnsOf: (table) => tables.find(find(table))?.columns ?? null,
    hasObject: (name) => named.some(find(name)),
    labelsOf: (type) => enums.find(find(type))?.labels ?? null,
  }
}
