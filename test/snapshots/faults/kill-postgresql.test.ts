import { afterEach, describe, test } from 'vitest'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../../helpers/postgresql-server.js'
import { killRestores, killTakes } from './kill.js'
import { openBench } from './place.js'
import { postgresqlPlace } from './postgresql-place.js'

const server = await dumpablePostgresqlServer('kills of PostgreSQL snapshots')
const ROWS = 10_000

describe.skipIf(server === null).each(['pg-dump', 'pg-template', 'copy'])('%s is killed at 20 random moments', (engine) => {
  const there = server as PostgresqlServer
  const undo: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const step of undo.splice(0)) await step()
  })

  async function setUp() {
    const place = await postgresqlPlace(there, ROWS)
    undo.push(place.drop)
    return openBench(place, { engine })
  }

  test('of taking: nothing half-made is usable, and the next one works', async () => {
    await killTakes(await setUp(), engine)
  }, 900_000)

  test('of restoring: the old or the new state, and the other is to be had', async () => {
    await killRestores(await setUp(), engine)
  }, 900_000)
})
