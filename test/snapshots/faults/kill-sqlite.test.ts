import { describe, test } from 'vitest'
import { killRestores, killTakes } from './kill.js'
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
