import { draftColumnsOfTypes } from './drop-type.js'
import type { Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/sql-dropextension.html */
export const dropExtension: Rule = {
  id: 'drop-extension',
  kind: 'loss',
  severity: 'S1',
  summary: 'An extension is dropped with CASCADE, and every column of its types.',
  examples: {
    unsafe: [{ sql: 'DROP EXTENSION IF EXISTS citext CASCADE;', databases: ['postgresql'] }],
    safe: [
      { sql: 'DROP EXTENSION citext;', databases: ['postgresql'] },
      { sql: 'CREATE EXTENSION citext; DROP EXTENSION citext CASCADE;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'drop-extension' || !change.cascade) return []
    const isOwn = context.earlier.some(
      (earlier) => earlier.kind === 'create-object' && earlier.type === 'extension' && earlier.name.name === change.name,
    )
    if (isOwn) return []
    const types = context.dialect.extensionTypes(change.name)
    return draftColumnsOfTypes(
      types,
      `DROP EXTENSION ${change.name} CASCADE drops every column of its types.`,
      { type: change.name },
      context,
    )
  },
}
