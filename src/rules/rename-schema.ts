import type { Rule } from './rule.js'

export const renameSchema: Rule = {
  id: 'rename-schema',
  kind: 'compatibility',
  severity: 'S4',
  summary: 'A schema gets another name; what uses the old one fails until it is deployed anew.',
  examples: {
    unsafe: [{ sql: 'ALTER SCHEMA audit RENAME TO log;', databases: ['postgresql'] }],
    safe: [{ sql: 'CREATE SCHEMA audit; ALTER SCHEMA audit RENAME TO log;', databases: ['postgresql'] }],
  },
  judge(change, context) {
    if (change.kind !== 'rename-schema') return []
    const isOwn = context.earlier.some(
      (earlier) => earlier.kind === 'create-object' && earlier.type === 'schema' && earlier.name.name === change.schema,
    )
    if (isOwn) return []
    return [
      {
        message: `Schema ${change.schema} is called ${change.to} from now on.`,
        why: 'Nothing is lost. The application that is running still asks for the old name, and so may the connection URL.',
        instead: 'Make the new schema beside the old one and move the tables release by release.',
        objects: [{ schema: change.schema }],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
