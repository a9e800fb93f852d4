import { afterEach, describe, test } from 'vitest'
import { retentionSchema } from '../../../src/config/retention.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../../helpers/postgresql-server.js'
import { killParts, killPrunes, killRestores, killTakes } from './kill.js'
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

  async function setUp(rows = ROWS) {
    const place = await postgresqlPlace(there, rows)
    undo.push(place.drop)
    return openBench(place, { engine, retention: retentionSchema.parse({ keepLast: 1 }) })
  }

  test('of taking: nothing half-made is usable, and the next one works', async () => {
    await killTakes(await setUp(), engine)
  }, 900_000)

  test('of restoring: the old or the new state, and the other is to be had', async () => {
    await killRestores(await setUp(), engine)
  }, 900_000)

  test.runIf(engine === 'copy')(
    'of restoring the rows of a table: those of then or of now',
    async () => {
      await killParts(await setUp(), engine, 10)
    },
    900_000,
  )

  test.runIf(engine === 'pg-template')(
    'of pruning: what is listed can be restored',
    async () => {
      await killPrunes(await setUp(100), engine, 10)
    },
    900_000,
  )
})
