import { expect, it } from 'vitest'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { sqlite } from '../../src/databases/sqlite/sqlite.js'
import { readAtomicity } from '../../src/project/file-atomicity.js'
import type { Project } from '../../src/project/project.js'

const prisma = (major: number, minor: number): Project['prisma'] => ({ version: `${major}.${minor}.0`, major, minor, script: '' })
const TWO = 'ALTER TABLE t ADD a INT;\nALTER TABLE t ADD b INT;'

it.each([
  ['one batch before 7.4', postgresql, prisma(7, 3), TWO, 'yes', null, /one transaction/],
  ['each statement by itself since 7.4', postgresql, prisma(7, 4), TWO, 'no', 2, /by itself/],
  ['a statement alone', postgresql, prisma(7, 10), 'ALTER TABLE t ADD a INT;', 'yes', null, /single/],
  ['what may not be split', postgresql, prisma(7, 10), `${TWO}\nDO $$ BEGIN END $$;`, 'unknown', 2, /line 3/],
  ['its own transaction', postgresql, prisma(7, 10), `BEGIN;\n${TWO}\nCOMMIT;`, 'yes', null, /BEGIN to COMMIT/],
  [
    'a COMMIT in the middle',
    postgresql,
    prisma(6, 19),
    'BEGIN;\nALTER TABLE t ADD a INT;\nCOMMIT;\nALTER TABLE t ADD b INT;',
    'no',
    4,
    /^line 3 ends/,
  ],
  ['SQLite, any version', sqlite, prisma(6, 19), TWO, 'no', 2, /SQLite by itself/],
] as const)('%s', async (_, database, version, sql, atomic, partialFrom, why) => {
  const file = await database.parse({ migration: '1_x', file: 'migrations/1_x/migration.sql', sql })
  expect(readAtomicity({ prisma: version, database }, file)).toEqual({
    migration: '1_x',
    atomic,
    partialFrom,
    why: expect.stringMatching(why),
  })
})
