import { expect, test } from 'vitest'
import { isHarmless } from '../../src/snapshots/engines/postgresql/load-dump.js'

const endedWith = (lines: readonly string[], exitCode = 1) => Object.assign(new Error(), { exitCode, stderr: lines.join('\n') })
const SETTING = 'pg_restore: error: could not execute query: FEHLER:  nicht erkannter Konfigurationsparameter »transaction_timeout«'

test('of what pg_restore says, every line counts, in whatever language', () => {
  const many = Array<string>(30).fill(SETTING)
  expect(isHarmless(endedWith(many))).toBe(true)
  expect(isHarmless(endedWith([...many, 'pg_restore: error: could not execute query: FEHLER:  keine Berechtigung']))).toBe(false)
  expect(isHarmless(endedWith(many, 2))).toBe(false)
  expect(isHarmless(endedWith([]))).toBe(false)
})
