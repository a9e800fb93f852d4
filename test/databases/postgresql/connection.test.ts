import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectTo, toPostgresql, withClient } from '../../../src/databases/postgresql/connection.js'
import { postgresql } from '../../../src/databases/postgresql/postgresql.js'
import { type PostgresqlServer, postgresqlServer } from '../../helpers/postgresql-server.js'

const context = { fileBase: '/', root: '/' }

describe('PostgreSQL connections', () => {
  let server: PostgresqlServer
  let name: string
  beforeAll(async () => {
    server = await postgresqlServer()
    name = await server.createDatabase(`test "conn" ${process.pid}`)
  })
  afterAll(() => server.dropDatabase(name))
  const target = (parameters?: Record<string, string>) => postgresql.readTarget(server.url(name, parameters), context)

  test('values are never rounded or reinterpreted', async () => {
    const connection = await postgresql.connect(target())
    const [row] = await connection.query(
      `SELECT 9007199254740993::int8 AS big, 1.10::numeric AS n, '2024-01-01 10:00:00.123456'::timestamp AS at, '{"a":12345678901234567890}'::jsonb AS j, ARRAY[9007199254740993] AS bigs, ARRAY['a','b'] AS texts, 7 AS i, true AS b, '1 day'::interval AS d, '\\xff'::bytea AS bytes`,
    )
    expect(row).toEqual({
      big: '9007199254740993',
      n: '1.10',
      at: '2024-01-01 10:00:00.123456',
      j: '{"a": 12345678901234567890}',
      bigs: '{9007199254740993}',
      texts: ['a', 'b'],
      i: 7,
      b: true,
      d: '1 day',
      bytes: Buffer.from([255]),
    })
    expect(connection.serverVersion).toMatch(/^\d+(\.\d+)?$/)
    await connection.close()
  })

  test('names mean the schema of the URL, and the program says who it is', async () => {
    await server.query(name, 'CREATE SCHEMA IF NOT EXISTS "My Schema"; CREATE TABLE IF NOT EXISTS "My Schema".t ()')
    const connection = await postgresql.connect(target({ schema: 'My Schema' }))
    expect(await connection.query('SELECT * FROM t')).toEqual([])
    expect(await connection.query("SELECT current_setting('application_name') AS app")).toEqual([{ app: 'safe-migrate' }])
    expect((await postgresql.readCatalog(connection)).defaultSchema).toBe('My Schema')
    await connection.close()
  })

  test('read only: no writes, a timeout, rolled back; also inside a transaction', async () => {
    const connection = toPostgresql(await postgresql.connect(target()))
    await expect(connection.readOnly(0, () => connection.query('CREATE TABLE forbidden ()'))).rejects.toThrow(/read-only/)
    await expect(connection.readOnly(50, () => connection.query('SELECT pg_sleep(5)'))).rejects.toThrow(/statement timeout/)
    expect(connection.isInTransaction()).toBe(false)
    await connection.query('BEGIN')
    await connection.query('CREATE TABLE allowed ()')
    await expect(connection.readOnly(0, () => connection.query('DROP TABLE allowed'))).rejects.toThrow(/read-only/)
    expect(await connection.query('SELECT * FROM allowed')).toEqual([])
    expect(connection.isInTransaction()).toBe(true)
    await connection.query('ROLLBACK')
    await connection.close()
  })

  test.each([
    ['nobody listens', () => 'postgresql://ada:s3cret@127.0.0.1:1/x', /cannot be reached/],
    ['no such host', () => 'postgresql://ada:s3cret@does-not-exist.invalid/x', /cannot be reached/],
    ['no such user', () => server.url(name).replace(/\/\/[^@]+@/, '//ada:s3cret@'), /does not accept this connection|refused the user/],
    ['no such database', () => server.url('no such database'), /"no such database" on .* does not exist/],
    ['encryption that the server does not offer', () => server.url(name, { sslmode: 'require' }), /does not offer encrypted connections/],
    [
      'a certificate that is not there',
      () => server.url(name, { sslmode: 'require', sslcert: 'nowhere.pem' }),
      /nowhere\.pem cannot be read/,
    ],
  ])('%s: a clear error without a secret', async (_name, url, message) => {
    const error: unknown = await postgresql.connect(postgresql.readTarget(url(), context)).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'connection', message: expect.stringMatching(message) })
    expect(inspect(error, { depth: 6 })).not.toContain('s3cret')
  })

  test('a server that accepts and says nothing ends in a timeout', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const silentTarget = postgresql.readTarget(`postgresql://u@127.0.0.1:${port}/x?connect_timeout=1&sslmode=disable`, context)
    await expect(postgresql.connect(silentTarget)).rejects.toMatchObject({
      code: 'connection',
      message: expect.stringContaining('cannot be reached'),
    })
    silent.close()
  })

  test('exists', async () => {
    expect(await postgresql.exists(target())).toBe(true)
    expect(await postgresql.exists(postgresql.readTarget(server.url('no such database'), context))).toBe(false)
    await expect(postgresql.exists(postgresql.readTarget('postgresql://u@127.0.0.1:1/x', context))).rejects.toMatchObject({
      code: 'connection',
    })
  })

  test('another database of the same server, and a lost connection', async () => {
    const other = await connectTo(postgresql, target(), 'postgres')
    expect(await other.query('SELECT current_database() AS name')).toEqual([{ name: 'postgres' }])
    const [row] = await other.query('SELECT pg_backend_pid() AS pid')
    await withClient(target(), {}, (client) => client.query('SELECT pg_terminate_backend($1)', [row?.pid]))
    await expect(other.query('SELECT 1')).rejects.toThrow()
    await expect.poll(() => other.isOpen()).toBe(false)
    await other.close()
  })
})
