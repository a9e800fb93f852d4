import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { describeProgress, openProgressLine } from '../../src/cli/progress.js'
import { displayWidth } from '../../src/util/display-width.js'

const copying = {
  step: 'Copying the rows',
  done: 1_200_000,
  total: 3_000_000,
  unit: 'rows',
  also: { done: 45_000_000, unit: 'bytes' },
} as const

beforeEach(() => vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] }))
afterEach(() => vi.useRealTimers())

/** What a terminal of one line would show after each write. */
function openLine(columns = 100) {
  const written: string[] = []
  const line = openProgressLine(true, { write: (text) => written.push(text), columns: () => columns })
  return { ...line, written, shown: () => (written.at(-1) ?? '').replace('\r\u001b[2K', '') }
}

test('rows, bytes, and the time that is left at the speed until now', () => {
  expect(describeProgress(copying, 30, 120)).toBe(
    'Copying the rows  ████████░░░░░░░░░░░░ 40 %  1,200,000 of 3,000,000 rows, 45 MB  45 s left',
  )
  expect(describeProgress({ ...copying, done: 0 }, 3, 120)).toContain(' 0 %  0 of 3,000,000 rows, 45 MB  3 s')
  expect(describeProgress({ ...copying, done: 100_000 }, 30, 120)).toContain('14 min 30 s left')
  expect(describeProgress({ ...copying, done: 3_000_000 }, 30, 120)).toContain('100 %  3,000,000 of 3,000,000 rows, 45 MB')
  expect(describeProgress({ step: 'Copying the database' }, 7, 120)).toBe('Copying the database  7 s')
})

test.each([20, 40, 59, 79, 120])('in %i columns it stays one line, with what matters most', (width) => {
  const detailed = { ...copying, detail: 'public.ATableWithQuiteALongName表' }
  for (const seconds of [0, 30, 4000])
    for (const one of [copying, detailed, { step: 'Reading users from the snapshot' }]) {
      expect(displayWidth(describeProgress(one, seconds, width))).toBeLessThanOrEqual(width)
    }
  expect(describeProgress(detailed, 30, width)).toContain(width >= 40 ? '40 %' : 'Copying')
})

test('what is quick shows nothing; what is not shows that it lives, also without news', () => {
  const line = openLine()
  line.update({ step: 'One' })
  vi.advanceTimersByTime(900)
  line.clear()
  expect(line.written).toEqual([])
  line.update({ step: 'Two' })
  vi.advanceTimersByTime(2100)
  expect(line.shown()).toBe('Two  2 s')
  line.update({ step: 'Three', done: 1, total: 4, unit: 'rows' })
  expect(line.shown()).toContain('Three')
  line.clear()
  expect(line.shown()).toBe('')
  const { length } = line.written
  vi.advanceTimersByTime(5000)
  expect(line.written).toHaveLength(length)
})

test('every write begins at the beginning of the line and ends none; ten a second at most', () => {
  const line = openLine(60)
  for (let done = 0; done <= 1000; done++) {
    line.update({ step: 'Reading', done, total: 1000, unit: 'rows' })
    vi.advanceTimersByTime(5)
  }
  expect(line.written.length).toBeGreaterThan(10)
  expect(line.written.length).toBeLessThan(60)
  for (const text of line.written) {
    expect(text.startsWith('\r\u001b[2K')).toBe(true)
    expect(text.slice(1)).not.toMatch(/[\r\n]/)
  }
})

test('what lets nothing else run is shown at once', () => {
  const line = openLine()
  line.update({ step: 'Checking', isBlocking: true })
  expect(line.shown()).toBe('Checking')
})

test('without a terminal nothing is written', () => {
  const written: string[] = []
  const line = openProgressLine(false, { write: (text) => written.push(text), columns: () => 80 })
  line.update({ step: 'Checking', isBlocking: true })
  vi.advanceTimersByTime(5000)
  line.clear()
  expect(written).toEqual([])
})
