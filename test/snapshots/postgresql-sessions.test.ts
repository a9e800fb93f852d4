import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { waitUntilAlone } from '../../src/snapshots/engines/postgresql/sessions.js'
import { postgresqlServer } from '../helpers/postgresql-server.js'

it('somebody who leaves a moment later is waited for, somebody who stays is named', async () => {
  const server = await postgresqlServer()
  const name = await server.createDatabase()
  onTestFinished(() => server.dropDatabase(name))
  const connection = await postgresql.connect(postgresql.readTarget(server.url(name), { fileBase: '/', root: '/' }))
  onTestFinished(() => connection.close())
  const other = new pg.Client({ connectionString: server.url(name), application_name: 'the app' })
  await other.connect()
  expect(await waitUntilAlone(connection, name, 100)).toMatchObject([{ description: expect.stringContaining('the app') }])
  setTimeout(() => void other.end(), 300)
  expect(await waitUntilAlone(connection, name, 5000)).toEqual([])
})
