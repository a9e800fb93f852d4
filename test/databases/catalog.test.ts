import { describe, expect, test } from 'vitest'
import { databaseOfProvider, databases } from '../../src/databases/index.js'
import { openPostgresql, openSqlite } from '../verify/lab.js'

describe('the list of databases', () => {
  test('every provider is known by one database', () => {
    const providers = databases.flatMap((database) => database.providers)
    expect(new Set(providers).size).toBe(providers.length)
    for (const database of databases) for (const provider of database.providers) expect(databaseOfProvider(provider)).toBe(database)
    expect(databaseOfProvider('mongodb')).toBeNull()
  })
})

describe.each([
  ['PostgreSQL', openPostgresql],
  ['SQLite', openSqlite],
] as const)('catalog on %s', (_name, open) => {
  test('tables, columns, keys, foreign keys', async () => {
    const { connection, run, close } = await open()
    await run(`CREATE TABLE "User" (id integer PRIMARY KEY, "e.mail" varchar(20) NOT NULL DEFAULT 'x', big text GENERATED ALWAYS AS ("e.mail" || '!') STORED);
      CREATE TABLE "Like" (b integer, a integer, PRIMARY KEY (b, a), FOREIGN KEY (a) REFERENCES "User" ON DELETE CASCADE ON UPDATE SET NULL)`)
    const { tables } = await connection.database.readCatalog(connection)
    const user = tables.find((table) => table.name === 'User')
    expect(user?.primaryKey).toEqual(['id'])
    expect(user?.columns.map(({ name, notNull, default: value, generated }) => [name, notNull, value !== null, generated])).toEqual([
      ['id', connection.database.id === 'postgresql', false, false],
      ['e.mail', true, true, false],
      ['big', false, false, true],
    ])
    const like = tables.find((table) => table.name === 'Like')
    expect(like?.primaryKey).toEqual(['b', 'a'])
    expect(like?.foreignKeys).toEqual([
      {
        name: expect.any(String),
        columns: ['a'],
        references: { schema: connection.target.schema, table: 'User', columns: ['id'] },
        onDelete: 'cascade',
        onUpdate: 'set null',
      },
    ])
    await close()
  })

  test('the history is null without a table, and in order of start', async () => {
    const { connection, run, close } = await open()
    const { database } = connection
    expect(await database.readMigrationRows(connection)).toBeNull()
    const time = database.id === 'sqlite' ? 'DATETIME' : 'TIMESTAMPTZ'
    const at = (text: string) => (database.id === 'sqlite' ? String(Date.parse(text)) : `'${text}'`)
    await run(`CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at ${time}, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at ${time}, started_at ${time} NOT NULL DEFAULT CURRENT_TIMESTAMP, applied_steps_count INTEGER NOT NULL DEFAULT 0);
      INSERT INTO _prisma_migrations VALUES ('b', 'c2', NULL, 'second', 'failed', NULL, ${at('2024-02-01T00:00:00.500Z')}, 0), ('a', 'c1', ${at('2024-01-01T00:00:01Z')}, 'first', NULL, NULL, ${at('2024-01-01T00:00:00Z')}, 1)`)
    expect(await database.readMigrationRows(connection)).toEqual([
      {
        id: 'a',
        checksum: 'c1',
        name: 'first',
        startedAt: '2024-01-01T00:00:00.000Z',
        finishedAt: '2024-01-01T00:00:01.000Z',
        rolledBackAt: null,
        logs: null,
        appliedStepsCount: 1,
      },
      {
        id: 'b',
        checksum: 'c2',
        name: 'second',
        startedAt: '2024-02-01T00:00:00.500Z',
        finishedAt: null,
        rolledBackAt: null,
        logs: 'failed',
        appliedStepsCount: 0,
      },
    ])
    await close()
  })
})

describe('catalog of PostgreSQL', () => {
  test('ids survive renames; enums, partitions, inheritance, triggers', async () => {
    const { connection, run, close } = await openPostgresql()
    await run(`CREATE TYPE "Mood" AS ENUM ('b', 'a'); CREATE TABLE p (id integer) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE up (a integer); CREATE TABLE down () INHERITS (up);
      CREATE RULE nothing AS ON DELETE TO up DO INSTEAD NOTHING; CREATE TEMPORARY TABLE tmp (a integer); CREATE TABLE target (id integer PRIMARY KEY) PARTITION BY LIST (id); CREATE TABLE t1 PARTITION OF target FOR VALUES IN (1); CREATE TABLE source (t integer REFERENCES target)`)
    const before = await connection.database.readCatalog(connection)
    await run('ALTER TABLE up RENAME TO above; ALTER TABLE above RENAME COLUMN a TO b')
    const after = await connection.database.readCatalog(connection)
    const [up, above] = [before.tables.find((table) => table.name === 'up'), after.tables.find((table) => table.name === 'above')]
    expect([above?.id, above?.columns[0]?.id]).toEqual([up?.id, up?.columns[0]?.id])
    expect(up?.triggers).toEqual(['nothing'])
    expect(before.enums).toEqual([{ schema: 'public', name: 'Mood', labels: ['b', 'a'] }])
    expect(before.tables.map(({ name, kind, parents }) => [name, kind, parents?.map((parent) => parent.table)])).toEqual([
      ['down', undefined, ['up']],
      ['p', 'partitioned', undefined],
      ['p1', undefined, ['p']],
      ['source', undefined, undefined],
      ['t1', undefined, ['target']],
      ['target', 'partitioned', undefined],
      ['up', undefined, undefined],
    ])
    expect(before.tables.find((table) => table.name === 'source')?.foreignKeys).toHaveLength(1)
    await close()
  })
})
