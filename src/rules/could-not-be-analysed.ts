import type { Change, ObjectName } from '../sql/change.js'
import type { Draft, Rule } from './rule.js'

/** An unknown statement is never taken to be safe. */
export const couldNotBeAnalysed: Rule = {
  id: 'could-not-be-analysed',
  kind: 'unanalysed',
  severity: 'S2',
  summary: 'A statement is not understood, or does what cannot be told before it runs.',
  examples: {
    unsafe: [
      { sql: 'DROP THE BASS;' },
      {
        sql: "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM x LOOP EXECUTE 'DROP TABLE ' || r.name; END LOOP; END $$;",
        databases: ['postgresql'],
      },
      { sql: 'SELECT do_something();', databases: ['postgresql'] },
      { sql: 'PRAGMA writable_schema=ON;', databases: ['sqlite'] },
    ],
    safe: [
      { sql: 'SELECT 1;' },
      { sql: "DO $$ BEGIN CREATE TYPE x AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;", databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind === 'opaque') return [draft(change.reason)]
    const name = writtenNames(change).find((table) => !context.isTable(table))
    return name === undefined ? [] : [draft(`${name.name} is not a table that is known here, perhaps a view`)]
  },
}

function writtenNames(change: Change): readonly ObjectName[] {
  if (change.kind === 'truncate') return change.tables
  return change.kind === 'insert' || change.kind === 'update' || change.kind === 'delete' ? [change.table] : []
}

function draft(reason: string): Draft {
  return {
    message: 'A statement could not be analysed.',
    why: `${reason.charAt(0).toUpperCase()}${reason.slice(1)}. It may lose data without this being said here.`,
    instead: 'Write out what it does as plain statements, or accept it with a reason after reading it.',
    objects: [],
    measures: [],
    inconclusive: null,
  }
}
