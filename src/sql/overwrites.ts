import type { Upsert } from './constraints.js'
import { keepsColumn } from './expressions.js'
import type { LexicalStyle } from './tokens.js'

/** Columns that ON CONFLICT DO UPDATE gives another value than they have: not `c = t.c`, and not the conflicting key itself, which is equal. */
export function readOverwrites(upserts: readonly Upsert[], table: string, style: LexicalStyle): readonly string[] {
  return upserts.flatMap(({ key, assignments }) =>
    (assignments ?? []).flatMap(({ column, value }) => {
      const isOwnKey = value !== null && key?.includes(column) === true && keepsColumn(value, { table: 'excluded', name: column }, style)
      return isOwnKey || (value !== null && keepsColumn(value, { table, name: column }, style)) ? [] : [column]
    }),
  )
}
