import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sqlite } from '../../../src/databases/sqlite/sqlite.js'

describe('SQLite targets and connections', () => {
  let root: string
  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'safe-migrate-test-')))
    mkdirSync(join(root, 'prisma'))
  })
  afterAll(() => rmSync(root, { recursive: true }))
  const read = (url: string) => sqlite.readTarget(url, { fileBase: join(root, 'prisma'), root })

  test('paths are relative to the folder that Prisma uses, parameters aside', () => {
    expect(read('file:./dev.db?connection_limit=1&socket_timeout=3')).toMatchObject({
      label: 'SQLite database prisma/dev.db',
      name: join(root, 'prisma/dev.db'),
      isLocal: true,
      schema: null,
    })
    expect(read('file:../my data%20.db').name).toBe(join(root, 'my data%20.db'))
    expect(read('file:/elsewhere/x.db')).toMatchObject({ label: 'SQLite database /elsewhere/x.db', name: '/elsewhere/x.db' })
  })

  test('a symbolic link is the same database', () => {
    new Sqlite(join(root, 'real.db')).close()
    symlinkSync(join(root, 'real.db'), join(root, 'link.db'))
    symlinkSync(root, join(root, 'folder'))
    expect(read('file:../link.db').identity).toBe(read('file:../real.db').identity)
    expect(read('file:../folder/new.db').identity).toBe(read('file:../new.db').identity)
  })

  test.each(['file::memory:', 'file:x?mode=memory', 'file:', 'dev.db', 'postgresql://u:s3cret@h/x'])('%s is refused', (url) => {
    expect(() => read(url)).toThrow(expect.objectContaining({ code: 'config', message: 'The SQLite connection URL is not valid.' }))
  })

  test('a missing file is not created', async () => {
    expect(await sqlite.exists(read('file:../missing.db'))).toBe(false)
    expect(await sqlite.exists(read('file:../no/such/folder/missing.db'))).toBe(false)
    await expect(sqlite.connect(read('file:../missing.db'))).rejects.toMatchObject({
      code: 'connection',
      message: 'SQLite database missing.db does not exist.',
    })
    expect(await sqlite.exists(read('file:../missing.db'))).toBe(false)
  })

  test('what is no database says so', async () => {
    writeFileSync(join(root, 'text.db'), 'this is not a database, but long enough to have a header'.repeat(40))
    await expect(sqlite.connect(read('file:../text.db'))).rejects.toMatchObject({
      message: expect.stringContaining('is not a SQLite database'),
    })
    await expect(sqlite.connect(read('file:.'))).rejects.toMatchObject({ message: expect.stringContaining('is a folder') })
  })

  test('a locked database says so, after the time that the URL gives', async () => {
    const holder = new Sqlite(join(root, 'locked.db'))
    holder.exec('CREATE TABLE t (a); BEGIN EXCLUSIVE')
    await expect(sqlite.connect(read('file:../locked.db?socket_timeout=0'))).rejects.toMatchObject({
      code: 'connection',
      message: expect.stringContaining('is locked by another process'),
    })
    holder.close()
  })

  test('integers are exact, nothing is written in readOnly', async () => {
    new Sqlite(join(root, 'values.db')).exec('CREATE TABLE t (a)').close()
    const connection = await sqlite.connect(read('file:../values.db'))
    expect(await connection.query('SELECT 9007199254740993 AS big, 1 AS one, ? AS p', ['x'])).toEqual([
      { big: 9007199254740993n, one: 1n, p: 'x' },
    ])
    await expect(connection.readOnly(0, () => connection.query('INSERT INTO t VALUES (1)'))).rejects.toThrow(/readonly/)
    await connection.query('INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)')
    expect(await connection.query('SELECT count(*) AS n FROM t')).toEqual([{ n: 2n }])
    await connection.close()
  })

  test('a query that takes too long is ended, by itself: those before and after it are answered', async () => {
    new Sqlite(join(root, 'slow.db')).exec('CREATE TABLE t (a); INSERT INTO t VALUES (9007199254740993), (NULL)').close()
    const connection = await sqlite.connect(read('file:../slow.db'))
    const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n'
    await connection.readOnly(200, async () => {
      const started = Date.now()
      await expect(connection.query(endless)).rejects.toMatchObject({ code: 'SQLITE_INTERRUPT', message: expect.stringMatching(/timeout/) })
      expect(Date.now() - started).toBeLessThan(5000)
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(await connection.query('SELECT a FROM t')).toEqual([{ a: 9007199254740993n }, { a: null }])
      await expect(connection.query('SELECT b FROM t')).rejects.toMatchObject({ message: 'no such column: b', code: 'SQLITE_ERROR' })
      await expect(connection.query('DELETE FROM t')).rejects.toThrow(/readonly|returns no data|does not return data/)
      expect(await Promise.all([connection.query('SELECT 1 AS n'), connection.query('SELECT 2 AS n')])).toEqual([[{ n: 1n }], [{ n: 2n }]])
    })
    await connection.query('DELETE FROM t')
    expect(await connection.query('SELECT count(*) AS n FROM t')).toEqual([{ n: 0n }])
    await connection.close()
  })
})
