import type { BodyChange, ObjectName } from './change.js'

export type TriggerEvent = 'insert' | 'update' | 'delete' | 'truncate'

/** What runs by itself when a table or view is written: a trigger or a rewrite rule. Names are as written. */
export interface TriggerDefinition {
  readonly defines: 'trigger'
  readonly type: 'trigger' | 'rule'
  readonly name: string
  readonly table: ObjectName
  /** `instead`: in place of the write. */
  readonly timing: 'before' | 'after' | 'instead'
  readonly events: readonly TriggerEvent[]
  /** UPDATE OF: it fires only when one of these is assigned; empty: always. */
  readonly columns: readonly string[]
  /** False: once a statement, also when that writes no row. */
  readonly eachRow: boolean
  /** Condition on NEW and OLD. */
  readonly when: string | null
  readonly enabled: boolean
  /** The function that it runs; null: `body`. */
  readonly function: ObjectName | null
  readonly body: readonly BodyChange[]
}

/** A view through which rows of one table are written. */
export interface ViewDefinition {
  readonly defines: 'view'
  readonly name: ObjectName
  /** Null: nothing can be written through it but by what fires in its place. */
  readonly base: ObjectName | null
  /** What the view's own SQL calls the base table. */
  readonly alias: string
  readonly where: string | null
  readonly columns: readonly { readonly name: string; readonly column: string }[]
}

/** Functions and procedures; those of one name share one body. */
export interface StoredFunction {
  readonly name: ObjectName
  readonly body: readonly BodyChange[]
}

/** Code that lives in a database. */
export interface StoredCode {
  readonly triggers: readonly TriggerDefinition[]
  readonly functions: readonly StoredFunction[]
  readonly views: readonly ViewDefinition[]
}
