import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ACCEPTANCE_FILE, readAcceptanceFile, writeAcceptanceFile } from '../../src/findings/acceptance-file.js'
import type { RecordedAcceptance } from '../../src/findings/parse-acceptance-file.js'

const ONE: RecordedAcceptance = {
  migration: '2_two',
  rule: 'drop-column',
  objects: ['User.name'],
  statementSha256: 'a'.repeat(64),
  reason: 'moved',
  acceptedAt: '2026-01-02T03:04:05.000Z',
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'acceptances-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const file = () => path.join(folder, ACCEPTANCE_FILE)
const read = () => readAcceptanceFile(folder, folder)

it('is written sorted, the newest of equal ones only, and read again', async () => {
  const other = { ...ONE, migration: '1_one' }
  const newer = { ...ONE, reason: 'still moved', acceptedAt: '2026-02-02T03:04:05.000Z' }
  await writeAcceptanceFile(folder, [newer, ONE, other])
  expect((await read()).acceptances).toEqual([other, newer])
  const text = readFileSync(file(), 'utf8')
  await writeAcceptanceFile(folder, [other, ONE, newer])
  expect(readFileSync(file(), 'utf8')).toBe(text)
  expect(text.endsWith('}\n')).toBe(true)
  expect(readdirSync(folder)).toEqual([ACCEPTANCE_FILE])
})

it('goes when nothing is left, and is none where there is none', async () => {
  await writeAcceptanceFile(folder, [ONE])
  await writeAcceptanceFile(folder, [])
  expect(readdirSync(folder)).toEqual([])
  expect((await read()).acceptances).toEqual([])
})

describe('is never ignored when it is wrong', () => {
  const record = (change: object) => JSON.stringify({ formatVersion: 1, acceptances: [{ ...ONE, ...change }] })
  it.each<[string, string, RegExp]>([
    ['no JSON', '{ "formatVersion": 1, ', /JSON|Expected/],
    ['empty', '', /JSON/],
    ['a merge that is not done', `<<<<<<< HEAD\n${record({})}\n=======\n${record({})}\n>>>>>>> other\n`, /conflict markers/],
    ['of a newer version', '{ "formatVersion": 2, "acceptances": {} }', /newer safe-migrate \(format 2; this one knows 1\)/],
    ['without a version', '{ "acceptances": [] }', /formatVersion/],
    ['without a reason', record({ reason: '  ' }), /acceptances\.0\.reason: is empty, so it does not count/],
    ['with a hash that is none', record({ statementSha256: 'abc' }), /acceptances\.0\.statementSha256: is not a SHA-256/],
    ['with a field that is not known', record({ raeson: 'x' }), /acceptances\.0: .*raeson/],
    ['with two faults', record({ rule: '', acceptedAt: 'yesterday' }), /rule[\s\S]*acceptedAt/],
  ])('%s', async (_, text, why) => {
    writeFileSync(file(), text)
    await expect(read()).rejects.toMatchObject({
      code: 'config',
      message: `${ACCEPTANCE_FILE} cannot be read, so nobody knows what was accepted.`,
      why: expect.stringMatching(why),
    })
  })
})
