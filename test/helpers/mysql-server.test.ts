import { expect, it } from 'vitest'
import { mysqlServer } from './mysql-server.js'

const server = await mysqlServer('the MySQL helper')

it.skipIf(!server)('mysqlServer gives databases to fill and drop', async () => {
  if (!server) return
  const name = await server.createDatabase()
  await server.query(name, "CREATE TABLE t (a INT, b TEXT); INSERT INTO t VALUES (1, 'ünï')")
  expect(await server.query(name, 'SELECT * FROM t')).toBe('1\tünï')
  expect(new URL(server.url(name)).pathname).toBe(`/${name}`)
  await server.dropDatabase(name)
  await expect(server.query(name, 'SELECT 1')).rejects.toThrow('Unknown database')
})
