import type { Rule } from './rule.js'

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
  judge(change) {
    if (change.kind !== 'opaque') return []
    return [
      {
        message: 'A statement could not be analysed.',
        why: `${change.reason.charAt(0).toUpperCase()}${change.reason.slice(1)}. It may lose data without this being said here.`,
        instead: 'Write out what it does as plain statements, or accept it with a reason after reading it.',
        objects: [],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
