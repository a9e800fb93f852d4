import type { Change } from '../sql/change.js'
import type { ObjectRef } from './finding.js'
import type { Rule } from './rule.js'

/** Other tools keep the way back in the same file and skip it; Prisma runs every statement. */
export const downSection: Rule = {
  id: 'down-section',
  kind: 'loss',
  severity: 'S0',
  summary: 'A migration holds a section meant for the way back, which Prisma runs too.',
  examples: {
    unsafe: [
      { sql: '-- Migration: Up\nCREATE TABLE t (id INTEGER);\n-- Migration: Down\nDROP TABLE t;' },
      { sql: '-- migrate:up\nCREATE TABLE t (id INTEGER);\n\n-- migrate:down\nDROP TABLE t;' },
      { sql: '-- +goose Up\nALTER TABLE a ADD COLUMN b INTEGER;\n-- +goose Down\nALTER TABLE a DROP COLUMN b;' },
      { sql: 'CREATE TABLE t (id INTEGER);\n--rollback\nDROP TABLE t;' },
      { sql: 'CREATE TABLE t (id INTEGER);\n/* Down Migration */\nDROP TABLE t;' },
      { sql: 'CREATE TABLE t (id INTEGER);\n-- @down\nDROP TABLE t;' },
      { sql: 'CREATE TABLE t (id INTEGER);\n-- ==== DOWN ====\nDROP TABLE t;' },
    ],
    safe: [
      { sql: '-- Slows down the import, see the handbook\nCREATE TABLE t (id INTEGER); DROP TABLE t;' },
      { sql: 'CREATE TABLE t (id INTEGER);\n-- migrate:down\n-- DROP TABLE t;' },
      { sql: 'CREATE TABLE t (id INTEGER);\n--rollback DROP TABLE t;\nCREATE TABLE u (id INTEGER);' },
      { sql: "INSERT INTO t VALUES ('\n-- migrate:down\n');" },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'down-section') return []
    const inside = context.later.filter((later) => isInside(later, change))
    const verbs = [...new Set(inside.flatMap(describe))]
    return [
      {
        message: 'A section for the way back follows, and Prisma runs it too.',
        why: `prisma migrate runs the whole file, so what it made above is undone: ${verbs.length === 0 ? 'see below the marker' : verbs.join(', ')}.`,
        instead: 'Delete everything from the marker on; to go back, write a new migration.',
        objects: inside.flatMap(readTable),
        measures: [],
        inconclusive: null,
      },
    ]
  },
}

function isInside({ statement }: Change, section: Change): boolean {
  return statement.source === section.statement.source && statement.start <= (section.through ?? section.statement).start
}

function describe(change: Change): readonly string[] {
  if (change.kind === 'harmless' || change.kind === 'transaction') return []
  const [place] = readTable(change)
  const name = place === undefined ? '' : [place.table, place.column].filter(Boolean).join('.')
  return [`${change.kind.replaceAll('-', ' ')} ${name}`.trim()]
}

function readTable(change: Change): readonly ObjectRef[] {
  if (!('table' in change)) return []
  const { schema, name } = change.table
  const column = change.kind === 'add-column' ? change.definition.name : 'column' in change ? change.column : null
  return [{ ...(schema === null ? {} : { schema }), table: name, ...(column === null ? {} : { column }) }]
}
