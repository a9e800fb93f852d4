import { describe, expect, it } from 'vitest'
import { dumpablePostgresqlServer, newerPostgresqlServer, pgDumpMajor, postgresqlServer } from './postgresql-server.js'

describe('postgresqlServer', () => {
  it('gives databases to fill, copy and drop', async () => {
    const server = await postgresqlServer()
    const first = await server.createDatabase()
    await server.query(first, 'CREATE TABLE t (a int); INSERT INTO t VALUES (7)')
    const copy = await server.createDatabase(undefined, first)
    expect(await server.query(copy, 'SELECT a FROM t WHERE a = $1', [7])).toEqual([{ a: 7 }])
    await server.dropDatabase(first)
    await server.dropDatabase(copy)
    await expect(server.query(first, 'SELECT 1')).rejects.toThrow('does not exist')
  })

  it('keeps a name that has to be quoted', async () => {
    const server = await postgresqlServer()
    const name = await server.createDatabase(`Ünï "quoted" /%20? ${process.pid}`)
    expect(await server.query(name, 'SELECT current_database() AS name')).toEqual([{ name }])
    await server.dropDatabase(name)
  })

  it('tells servers by the age of pg_dump', async () => {
    const [newer, dumpable, pgDump] = [await newerPostgresqlServer(), await dumpablePostgresqlServer('this test'), await pgDumpMajor()]
    if (newer) expect(newer.major).toBeGreaterThan(pgDump ?? 0)
    if (dumpable) expect(dumpable.major).toBeLessThanOrEqual(pgDump ?? 0)
  })
})
