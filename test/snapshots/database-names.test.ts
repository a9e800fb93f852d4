import { expect, test } from 'vitest'
import {
  freshDatabaseName,
  replacedDatabaseName,
  replacedDatabasePrefix,
  templateDatabaseName,
} from '../../src/snapshots/engines/postgresql/database-names.js'

const LONG = 'a'.repeat(63)
const WIDE = 'ü🦄'.repeat(10)

test.each(['shop', LONG, WIDE, 'with "quotes" and \\'])('names of our databases fit into 63 bytes and tell databases apart: %s', (name) => {
  const time = new Date('2026-11-21T10:15:30.123Z')
  const names = [
    templateDatabaseName(name, 'id-1'),
    templateDatabaseName(name, 'id-2'),
    freshDatabaseName(name),
    replacedDatabaseName(name, time),
  ]
  expect(new Set([name, ...names]).size).toBe(5)
  for (const one of names) {
    expect(Buffer.byteLength(one)).toBeLessThanOrEqual(63)
    expect(one).not.toContain('�')
    expect(Buffer.from(one).toString()).toBe(one)
  }
  expect(replacedDatabaseName(name, time).startsWith(replacedDatabasePrefix(name))).toBe(true)
  expect(replacedDatabasePrefix(name)).not.toBe(replacedDatabasePrefix(`${name.slice(0, -1)}b`))
  expect(freshDatabaseName(name)).not.toBe(freshDatabaseName(`${name.slice(0, -1)}b`))
})
