import { describe, onTestFinished, test } from 'vitest'
import { retentionSchema } from '../../../src/config/retention.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../../helpers/postgresql-server.js'
import { killParts, killPrunes, killRestores, killTakes } from './kill.js'
import { openBench } from './place.js'
import { postgresqlPlace } from './postgresql-place.js'

const server = await dumpablePostgresqlServer('kills of PostgreSQL snapshots')
const ROWS = 10_000

async function setUp(engine: string, rows = ROWS) {
  const place = await postgresqlPlace(server as PostgresqlServer, rows)
  onTestFinished(place.drop)
  return openBench(place, { engine, retention: retentionSchema.parse({ keepLast: 1 }) })
}

describe.skipIf(server === null).each(['pg-dump', 'pg-template', 'copy'])('%s is killed at 20 random moments', (engine) => {
  test('of taking: nothing half-made is usable, and the next one works', async () => {
    await killTakes(await setUp(engine), engine)
  }, 900_000)

  test('of restoring: the old or the new state, and the other is to be had', async () => {
    await killRestores(await setUp(engine), engine)
  }, 900_000)
})

describe.skipIf(server === null)('at 10 random moments', () => {
  test('copy is killed while it restores the rows of a table: those of then or of now', async () => {
    await killParts(await setUp('copy'), 'copy', 10)
  }, 900_000)

  test('pg-template is killed while it prunes: what is listed can be restored', async () => {
    await killPrunes(await setUp('pg-template', 100), 'pg-template', 10)
  }, 900_000)
})
