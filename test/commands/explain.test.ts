import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/config/defaults.js'
import { selectEnvironment } from '../../src/config/select-environment.js'
import { renderText } from '../../src/reporters/text.js'
import { rules } from '../../src/rules/index.js'
import { explainRule } from '../../src/run/explain.js'
import { safeMigrateBin } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'
import { runCommand } from '../helpers/run-command.js'

const settings = selectEnvironment(DEFAULT_CONFIG, null)

describe.each(rules.map((rule) => [rule.id] as const))('the page of %s', (id) => {
  it('says what is found, why, and what is not', async () => {
    const report = await explainRule(id, settings)
    const [rule] = report.rules
    expect(rule?.unsafe.length).toBeGreaterThan(0)
    expect(rule?.safe.length).toBeGreaterThan(0)
    for (const { message, why, instead } of rule?.unsafe ?? []) expect([message, why, instead]).not.toContain('')
    const text = renderText(report)
    for (const heading of ['Found', 'Why it matters', 'Instead', 'Not found', 'To accept it']) expect(text).toContain(`\n${heading}\n`)
    for (const example of [...(rule?.unsafe ?? []), ...(rule?.safe ?? [])])
      for (const line of example.sql.split('\n')) expect(text).toContain(line.trim())
  })
})

it('lists every rule with its level here, tells an unknown one the nearest, and needs no project', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'explain-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
  const explain = (...words: string[]) => runCommand(process.execPath, [safeMigrateBin, 'explain', ...words], { cwd: folder, env })
  writeFileSync(
    path.join(folder, 'safe-migrate.config.json'),
    JSON.stringify({ rules: { 'drop-column': 'warn' }, environments: { production: { rules: { 'drop-column': 'block' } } } }),
  )
  const listed = readReport(await explain('--json'), 'explain')
  expect(listed.rules.map(({ rule }) => rule)).toEqual(rules.map(({ id }) => id))
  expect(listed.rules.find(({ rule }) => rule === 'drop-column')).toMatchObject({ level: 'warn', severity: 'S1', kind: 'loss' })
  const { stdout } = await explain()
  for (const { id, summary } of rules)
    expect(stdout).toMatch(new RegExp(`^${id} .*${summary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm'))

  const page = await explain('drop-column', '--environment', 'production')
  expect(page.stdout).toContain('level     block in production')
  expect(page.stdout).toContain('-- safe-migrate: allow drop-column <Table.column> -- <reason>')
  expect(readReport(await explain('drop-colum', '--json'), 'error')).toMatchObject({
    exitCode: 2,
    error: { message: 'There is no rule drop-colum; did you mean drop-column?' },
  })
})
