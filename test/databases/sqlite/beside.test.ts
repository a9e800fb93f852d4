import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import type { Fingerprint } from '../../../src/databases/fingerprint.js'
import { sqlite } from '../../../src/databases/sqlite/sqlite.js'
import { temporaryFolder } from '../../snapshots/snapshot-test.js'

/** A database and a copy of how it was. */
async function copied(setup: string) {
  const root = temporaryFolder()
  const [file, copy] = [join(root, 'dev.db'), join(root, 'copy.db')]
  const withHandle = (path: string, sql: string): void => {
    const handle = new Sqlite(path)
    handle.unsafeMode()
    handle.exec(sql)
    handle.close()
  }
  withHandle(file, setup)
  const live = new Sqlite(file)
  await live.backup(copy)
  live.close()
  const connection = await sqlite.connect(sqlite.readTarget(`file:${file}`, { fileBase: root, root }))
  onTestFinished(() => connection.close())
  const before = await sqlite.fingerprint(connection, { rowsIn: copy })
  return { connection, before, copy, run: (sql: string) => withHandle(file, sql), inCopy: (sql: string) => withHandle(copy, sql) }
}

/** By `table`, `table.column` and `table key`: whether it is called as before; and the misfits. */
function describeSame(before: Fingerprint, after: Fingerprint): Record<string, unknown> {
  const entries = after.tables.flatMap((table): [string, unknown][] => {
    const then = before.tables.find(({ name }) => name === table.name)
    const columns = table.columns.map(({ name, digest }) => {
      const found = then?.columns.find((one) => one.digest === digest)
      return [`${table.name}.${name}`, found === undefined ? false : found.name === name || `as ${found.name}`] satisfies [string, unknown]
    })
    if (table.key === null) return [...columns, [`${table.name} rows`, table.rowDigest === then?.rowDigest]]
    return [...columns, [`${table.name} key`, table.key.digest === then?.key?.digest]]
  })
  return Object.fromEntries(entries.filter(([, same]) => same !== true))
}

const EVERY_KIND = `
  CREATE TABLE number (id INTEGER PRIMARY KEY, v TEXT, r REAL);
  INSERT INTO number VALUES (1, 'a', 0.1), (5, NULL, 1e308), (9, '', -0.0);
  CREATE TABLE word (k TEXT PRIMARY KEY, v);
  INSERT INTO word VALUES ('x', 1), ('y', 1.0), ('z', x'00'), (NULL, '1'), (NULL, NULL);
  CREATE TABLE pair (a TEXT NOT NULL, b INTEGER NOT NULL, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
  INSERT INTO pair VALUES ('p', 1, 'one'), ('p', 2, 'two'), ('q', 1, NULL);
  CREATE TABLE heap (v, w TEXT); INSERT INTO heap VALUES (1, 'a'), (1, 'a'), (2, NULL), (NULL, 'b');
  CREATE TABLE names (rowid TEXT, _rowid_ TEXT, oid TEXT); INSERT INTO names VALUES ('a', 'b', 'c');
  CREATE TABLE empty (id INTEGER PRIMARY KEY, v TEXT);
  CREATE VIRTUAL TABLE notes USING fts5(body); INSERT INTO notes VALUES ('hello');`

test('nothing changed, also where rows were written anew in another order', async () => {
  const { connection, before, run } = await copied(EVERY_KIND)
  const reference = before
  expect(describeSame(before, await sqlite.fingerprint(connection, { reference }))).toEqual({})
  run(`CREATE TABLE kept AS SELECT * FROM heap; DELETE FROM heap; INSERT INTO heap SELECT * FROM kept ORDER BY w DESC; DROP TABLE kept;
    CREATE TABLE kept AS SELECT * FROM word; DELETE FROM word; INSERT INTO word SELECT * FROM kept ORDER BY k; DROP TABLE kept; VACUUM`)
  const after = await sqlite.fingerprint(connection, { reference })
  expect(describeSame(before, after)).toEqual({})
  expect(after.rowsIn).toBeUndefined()
  expect(after.tables.map(({ name, rows, columns }) => [name, rows, columns.map((one) => one.nonNull)])).toEqual(
    before.tables.map(({ name, rows, columns }) => [name, rows, columns.map((one) => one.nonNull)]),
  )
})

test.each<[what: string, sql: string, changed: Record<string, unknown>]>([
  ['a value', `UPDATE number SET v = 'A' WHERE id = 1`, { 'number.v': false }],
  ['a value that is NULL now', `UPDATE number SET r = NULL WHERE id = 9`, { 'number.r': false }],
  ['an integer that was real', `UPDATE word SET v = 1 WHERE k = 'y'`, { 'word.v': false }],
  ['a blob that is text', `UPDATE word SET v = char(0) WHERE k = 'z'`, { 'word.v': false }],
  ['a key', `UPDATE pair SET b = 7 WHERE b = 2`, { 'pair.a': false, 'pair.b': false, 'pair.v': false, 'pair key': false }],
  ['values that changed places', `UPDATE pair SET v = CASE b WHEN 1 THEN 'two' ELSE 'one' END WHERE a = 'p'`, { 'pair.v': false }],
  [
    'a row more',
    `INSERT INTO number VALUES (10, 'x', 1)`,
    { 'number.id': false, 'number.v': false, 'number.r': false, 'number key': false },
  ],
  ['a row of equal ones', `DELETE FROM heap WHERE rowid = 2`, { 'heap.v': false, 'heap.w': false, 'heap rows': false }],
  ['1 that is 1.0 in a row without a key', `UPDATE heap SET v = 1.0 WHERE rowid = 2`, { 'heap.v': false, 'heap rows': false }],
  [
    'a row where no number of it can be asked for',
    `UPDATE names SET oid = 'd'`,
    { 'names.rowid': false, 'names._rowid_': false, 'names.oid': false, 'names rows': false },
  ],
  ['a row with NULL in its key', `UPDATE word SET v = '2' WHERE v = '1'`, { 'word.v': false }],
  ['a virtual table', `INSERT INTO notes VALUES ('x')`, { 'notes.body': false, 'notes rows': false }],
  ['the name of a column', 'ALTER TABLE number DROP COLUMN r; ALTER TABLE number RENAME COLUMN v TO text', { 'number.text': 'as v' }],
])('%s', async (_what, sql, changed) => {
  const { connection, before, run } = await copied(EVERY_KIND)
  run(sql)
  expect(describeSame(before, await sqlite.fingerprint(connection, { reference: before }))).toEqual(changed)
})

test('where SQLite cannot compare, rows are read here: another text encoding, a table as wide as can be', async () => {
  const columns = Array.from({ length: 2000 }, (_, index) => `c${index}`)
  const wide = await copied(`CREATE TABLE w (${columns.join(', ')}); INSERT INTO w (c0, c1999) VALUES (1, 'a'), (NULL, 'b')`)
  wide.run(`UPDATE w SET c1999 = 'c' WHERE c0 = 1`)
  const after = await sqlite.fingerprint(wide.connection, { reference: wide.before })
  expect(describeSame(wide.before, after)).toEqual({ 'w.c1999': false, 'w rows': false })
  expect(after.tables[0]?.columns.map(({ nonNull }) => nonNull).filter((count) => count > 0)).toEqual([1, 2])
  const setup = `CREATE TABLE o (id INTEGER PRIMARY KEY, v TEXT, w TEXT); INSERT INTO o VALUES (1, 'é', 'ß')`
  const encoded = await copied(setup)
  rmSync(encoded.copy)
  encoded.inCopy(`PRAGMA encoding = 'UTF-16le'; ${setup}`)
  encoded.run(`UPDATE o SET v = 'e'`)
  expect(describeSame(encoded.before, await sqlite.fingerprint(encoded.connection, { reference: encoded.before }))).toEqual({
    'o.v': false,
  })
})

test('only keys, where only keys were to be read; and when the time is up', async () => {
  const { connection, before, run } = await copied(EVERY_KIND)
  run(`UPDATE number SET v = 'other'; UPDATE pair SET b = 9 WHERE b = 2`)
  const after = await sqlite.fingerprint(connection, { reference: before, levelOf: () => 'counts' })
  const keys = after.tables.map((table) => [
    table.name,
    table.key === null ? null : table.key.digest === before.tables.find(({ name }) => name === table.name)?.key?.digest,
  ])
  expect(keys).toEqual([
    ['empty', true],
    ['heap', null],
    ['names', null],
    ['notes', null],
    ['number', true],
    ['pair', false],
    ['word', true],
  ])
  expect(after.tables.every(({ level, columns }) => level === 'counts' && columns.every(({ digest }) => digest === null))).toBe(true)
  const late = await sqlite.fingerprint(connection, { reference: before, budget: 0 })
  expect(late.tables.every(({ isOverBudget, level }) => isOverBudget === true && level === 'counts')).toBe(true)
})

test('without the file it says so; two readings by themselves are never taken for equal', async () => {
  const { connection, before, copy } = await copied(EVERY_KIND)
  const other = await sqlite.fingerprint(connection, { rowsIn: copy })
  expect(Object.keys(describeSame(before, other))).toHaveLength(23)
  rmSync(copy)
  await expect(sqlite.fingerprint(connection, { reference: before })).rejects.toThrow(/snapshot's file .*copy\.db does not exist/)
})

test('a key that is not unique any more does not let two rows pass for one another', async () => {
  const { connection, before, run } = await copied(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 'b')`,
  )
  run(
    `CREATE TABLE made (id INTEGER, v TEXT); INSERT INTO made SELECT * FROM t; UPDATE made SET id = 1 WHERE id = 2; DROP TABLE t; ALTER TABLE made RENAME TO t`,
  )
  const after = await sqlite.fingerprint(connection, { reference: before })
  expect(describeSame(before, after)).toMatchObject({ 't key': false, 't.id': false })
  run(
    `UPDATE t SET id = 2 WHERE rowid = 2; CREATE TABLE made AS SELECT * FROM t ORDER BY id DESC; DROP TABLE t; ALTER TABLE made RENAME TO t`,
  )
  expect(describeSame(before, await sqlite.fingerprint(connection, { reference: before }))).toEqual({})
})
