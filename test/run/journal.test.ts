import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { continueJournal, findUnfinishedRun, listRuns, startJournal } from '../../src/run/journal.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'journal-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const start = (identity = 'a') => startJournal(folder, { command: 'deploy', targetIdentity: identity, target: 'a database' })

it('has every step on disk when record returns, readable by its owner alone', () => {
  const journal = start()
  journal.record('snapshot', { engine: 'x' })
  expect(readFileSync(journal.file, 'utf8')).toContain('"step":"snapshot"')
  expect(statSync(journal.file).mode & 0o777).toBe(0o600)
  expect(readFileSync(path.join(folder, '.gitignore'), 'utf8')).toBe('*\n')
})

it('a run without its end is unfinished, for its own database only', () => {
  const journal = start()
  journal.record('migrate', { pending: ['one'] })
  expect(findUnfinishedRun(folder, 'b')).toBeNull()
  const found = findUnfinishedRun(folder, 'a')
  expect(found?.head.runId).toBe(journal.runId)
  expect(found?.steps).toMatchObject([{ step: 'migrate', pending: ['one'] }])
  if (found !== null) continueJournal(found).end('resumed')
  expect(findUnfinishedRun(folder, 'a')).toBeNull()
  expect(listRuns(folder)).toHaveLength(1)
})

it('a line cut off by a kill counts as not written', () => {
  const journal = start()
  journal.record('snapshot')
  appendFileSync(journal.file, '{"step":"migrate","at":"20')
  const found = findUnfinishedRun(folder, 'a')
  expect(found?.steps.map((one) => one.step)).toEqual(['snapshot'])
  if (found !== null) continueJournal(found).record('migrate')
  expect(findUnfinishedRun(folder, 'a')?.steps.map((one) => one.step)).toEqual(['snapshot', 'migrate'])
})

it('a file that is no journal is passed over', () => {
  start().end('done')
  appendFileSync(path.join(folder, 'runs', 'zzz.jsonl'), 'nonsense\n')
  expect(listRuns(folder)).toHaveLength(1)
})

it('stays in order when the clock is set back', () => {
  vi.useFakeTimers({ now: Date.parse('2026-11-21T12:00:00Z'), toFake: ['Date'] })
  try {
    start().end('one')
    vi.setSystemTime(Date.parse('2026-11-21T11:00:00Z'))
    start().end('two')
    start().end('three')
    expect(listRuns(folder).map(({ steps }) => steps.at(-1)?.outcome)).toEqual(['three', 'two', 'one'])
  } finally {
    vi.useRealTimers()
  }
})
