import { describe, test } from 'vitest'
import { retentionSchema } from '../../../src/config/retention.js'
import { KILLS, killParts, killPrunes, killRestores, killTakes } from './kill.js'
import { openBench } from './place.js'
import { sqlitePlace } from './sqlite-place.js'

const ROWS = 10_000
const COMMANDS = {
  take: 'cp "$SAFE_MIGRATE_DATABASE_NAME" "$SAFE_MIGRATE_SNAPSHOT_DIR/kept.db"',
  restore: 'cp "$SAFE_MIGRATE_SNAPSHOT_DIR/kept.db" new.db && mv new.db "$SAFE_MIGRATE_DATABASE_NAME"',
}
const ENGINES = [
  ['sqlite-backup', null],
  ['command', COMMANDS],
] as const

describe.each(ENGINES)('%s is killed at 20 random moments', (engine, commands) => {
  test('of taking: nothing half-made is usable, and the next one works', async () => {
    await killTakes(openBench(sqlitePlace(ROWS), { engine, commands }), engine)
  }, 900_000)

  test('of restoring: the old or the new state, and the other is to be had', async () => {
    await killRestores(openBench(sqlitePlace(ROWS), { engine, commands }), engine)
  }, 900_000)
})

describe('sqlite-backup is killed', () => {
  test('at 20 random moments of restoring the rows of a table: those of then or of now', async () => {
    await killParts(openBench(sqlitePlace(ROWS), { engine: 'sqlite-backup' }), 'sqlite-backup', KILLS)
  }, 900_000)

  test('at 10 random moments of pruning: what is listed can be restored', async () => {
    const retention = retentionSchema.parse({ keepLast: 1 })
    await killPrunes(openBench(sqlitePlace(100), { engine: 'sqlite-backup', retention }), 'sqlite-backup', 10)
  }, 900_000)
})
