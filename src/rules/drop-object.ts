import { describeObject, draftDropped, findDroppedObject } from './dropped-object.js'
import type { Rule } from './rule.js'

/** Others stop getting data, or cannot come back to it, although none is lost here. */
const FEEDS_OTHERS = ['subscription', 'publication', 'replication slot', 'foreign server', 'foreign-data wrapper']

/** What has a rule of its own, by its type. */
const HAS_RULE = [
  'view',
  'materialized view',
  'trigger',
  'event trigger',
  'policy',
  'rule',
  'function',
  'procedure',
  'routine',
  'aggregate',
  'index',
  'sequence',
]

export const dropObject: Rule = {
  id: 'drop-object',
  kind: 'compatibility',
  severity: 'S4',
  summary: 'A publication, subscription, server, role or another thing without rows is dropped.',
  examples: {
    unsafe: [
      { sql: 'DROP SUBSCRIPTION feed;', databases: ['postgresql'] },
      { sql: 'DROP PUBLICATION feed;', databases: ['postgresql'] },
      { sql: "SELECT pg_drop_replication_slot('feed');", databases: ['postgresql'] },
      { sql: 'DROP SERVER elsewhere CASCADE;', databases: ['postgresql'] },
      { sql: 'DROP ROLE old_app;', databases: ['postgresql'] },
      { sql: 'DROP COLLATION german;', databases: ['postgresql'] },
    ],
    safe: [
      { sql: 'DROP PUBLICATION feed; CREATE PUBLICATION feed FOR ALL TABLES;', databases: ['postgresql'] },
      { sql: 'CREATE ROLE tmp; DROP ROLE tmp;', databases: ['postgresql'] },
      { sql: 'REASSIGN OWNED BY old_app TO app;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'drop-object' || HAS_RULE.includes(change.type)) return []
    const dropped = findDroppedObject(change, [change.type], context)
    if (dropped === null) return []
    const feeds = FEEDS_OTHERS.includes(dropped.type)
    const draft = draftDropped(dropped, context, {
      message: `The ${describeObject(dropped, context)} is dropped.`,
      why: feeds
        ? 'No row is lost here, but data does not flow any more, and what is missed meanwhile does not come back by itself.'
        : 'It has no rows of its own; what uses it fails.',
      instead: 'Drop it in a release after the one that stops using it.',
    })
    return [feeds ? { ...draft, kind: 'loss', severity: 'S3' } : draft]
  },
}
