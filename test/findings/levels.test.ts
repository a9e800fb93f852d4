import { describe, expect, it } from 'vitest'
import { parsePostgresql } from '../../src/databases/postgresql/parse.js'
import { checkFiles } from '../../src/findings/check-files.js'
import { defaultLevel, type RuleLevels, shownFindings, withLevels } from '../../src/findings/levels.js'
import type { Finding, FindingKind, Impact, Level, Severity } from '../../src/rules/finding.js'
import { isBlocking } from '../../src/rules/is-blocking.js'

const failing = (rows: number): Impact => ({ measured: true, failing: { rows, keys: [] } })

describe('the level of a finding', () => {
  it.each<[FindingKind, Severity, Impact | null, Level]>([
    ['loss', 'S0', null, 'block'],
    ['loss', 'S2', { measured: true, rows: 3 }, 'block'],
    ['loss', 'S3', null, 'warn'],
    ['loss', 'S4', null, 'off'],
    ['loss', 'info', { measured: true, rows: 0 }, 'info'],
    ['unanalysed', 'S2', null, 'block'],
    ['failure', 'S3', null, 'warn'],
    ['failure', 'S3', { measured: false, why: 'it took too long' }, 'warn'],
    ['failure', 'S3', failing(2), 'block'],
    ['failure', 'info', failing(0), 'info'],
    ['compatibility', 'S4', null, 'off'],
    ['compatibility', 'S3', null, 'off'],
  ])('%s of severity %s with %j is %s by default', (kind, severity, impact, level) => {
    expect(defaultLevel({ kind, severity, ...(impact === null ? {} : { impact }) })).toBe(level)
  })
})

/** Only what levels look at matters here. */
function finding(rule: string, kind: FindingKind, severity: Severity): Finding {
  const location = { file: 'm.sql', line: 1, column: 1, endLine: 1, endColumn: 1 }
  const texts = { message: '', why: '', instead: '', migration: '', statement: '' }
  return { rule, kind, severity, level: 'off', objects: [], predictions: [], location, offset: 0, ...texts }
}

describe('a configured level', () => {
  it.each<[string, FindingKind, Severity, Level, Level]>([
    ['drop-column', 'loss', 'S1', 'warn', 'warn'],
    ['drop-column', 'loss', 'S1', 'off', 'info'],
    ['drop-column', 'loss', 'info', 'block', 'info'],
    ['drop-column', 'loss', 'info', 'off', 'off'],
    ['drop-column', 'loss', 'S0', 'warn', 'block'],
    ['set-not-null', 'failure', 'S3', 'block', 'block'],
    ['set-not-null', 'failure', 'S3', 'off', 'off'],
    // What was thought to fail at worst, and changes values in silence.
    ['set-not-null', 'loss', 'S2', 'off', 'block'],
    ['could-not-be-analysed', 'unanalysed', 'S2', 'off', 'info'],
  ])('%s, a %s of severity %s, set to %s, is %s', (rule, kind, severity, set, level) => {
    expect(withLevels([finding(rule, kind, severity)], { [rule]: set })[0]?.level).toBe(level)
  })
  it('says nothing about other rules', () => {
    expect(withLevels([finding('drop-table', 'loss', 'S1')], { 'drop-column': 'warn' })[0]?.level).toBe('block')
  })
})

it('findings that are off are not shown unless all are asked for; levels alone say what blocks', async () => {
  const sql = 'ALTER TABLE t DROP COLUMN a; ALTER TABLE t ALTER COLUMN b SET NOT NULL;'
  const judge = async (levels: RuleLevels) =>
    (await checkFiles([{ migration: '1', file: 'm/1/migration.sql', sql }], { parse: parsePostgresql }, { levels })).findings
  const findings = await judge({ 'drop-column': 'warn', 'set-not-null': 'off' })
  expect(shownFindings(findings).map(({ rule, level }) => [rule, level])).toEqual([['drop-column', 'warn']])
  expect(shownFindings(findings, true)).toHaveLength(2)
  expect(findings.filter(isBlocking)).toEqual([])
  expect((await judge({})).filter(isBlocking).map(({ rule }) => rule)).toEqual(['drop-column'])
})
