import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { renderGithub } from '../../src/reporters/github.js'
import { type ReportFormat, reporters } from '../../src/reporters/index.js'
import { renderMarkdown } from '../../src/reporters/markdown.js'
import { reportJsonSchema, reportSchema } from '../../src/reporters/report-schema.js'
import { renderSarif } from '../../src/reporters/sarif.js'
import { rules } from '../../src/rules/index.js'
import { AWKWARD, checkReport, exampleReports } from './example-reports.js'

const formats = Object.keys(reporters) as readonly ReportFormat[]
const reports = await exampleReports()
// The official schema, as Microsoft ships it with its matchers for Jest. It is of draft 4, and uses nothing that draft 7 reads otherwise but the names of its head.
const {
  $schema: _,
  id: __,
  ...sarifSchema
} = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'))
const isSarif = new Ajv({ strict: false, validateFormats: false, allErrors: true, unicodeRegExp: false }).compile(sarifSchema)

describe.each(formats)('%s', (format) => {
  it.each(reports.map((report) => [report.report, report] as const))(
    'renders a report of the kind %s, each time the same',
    async (_, report) => {
      const render = await reporters[format]()
      const text = render(report)
      expect(text.trim()).not.toBe('')
      expect(text).not.toMatch(/undefined|\[object|NaN/)
      expect(render(structuredClone(report))).toBe(text)
    },
  )

  it('says what is wrong in an error, and what to do', async () => {
    const text = (await reporters[format]())(reports.find(({ report }) => report === 'error') ?? fail())
    for (const part of ['No provider', 'Because', 'Give one.']) expect(text).toContain(part)
  })

  it('says every finding, and every acceptance that counts for nothing', async () => {
    const report = await checkReport(AWKWARD)
    const text = (await reporters[format]())(report)
    for (const { rule, location } of report.findings) {
      expect(text).toContain(rule)
      expect(text).toContain(String(location.line))
    }
    expect(text).toContain('moved')
    expect(text).toContain('It accepts nothing')
  })
})

const HOSTILE = 'x\u001B[2J\u009B31m\rgone\u202E\n::error::y'

it.each(['text', 'github', 'markdown'] as const)('%s: a name can neither steer the terminal nor begin a line', async (format) => {
  const report = await checkReport(`DROP TABLE "${HOSTILE}"; ALTER TABLE t DROP COLUMN "${HOSTILE}"; DELETE FROM "${HOSTILE}" WHERE a = 1;`)
  const impact = { measured: true, rows: 1, cascades: [{ schema: null, table: HOSTILE, rows: 1, effect: 'deleted' }] } as const
  const findings = report.findings.map((finding) => ({ ...finding, statement: 'DROP TABLE x', offset: 0, impact }))
  expect(findings.some(({ message }) => message.includes('::error::y'))).toBe(true)
  const text = (await reporters[format]())({ ...report, findings })
  expect(text).not.toMatch(/[^\P{Cc}\n]|\u202E/u)
  expect(text).not.toMatch(/^\s*(::error::)?y/m)
  expect(text.replaceAll('%0A', '\n')).not.toMatch(/^\s*(::error::)?y/m)
  expect(text).toContain('\uFFFD')
})

it('there is an example of every kind of report that the schema knows', () => {
  const { oneOf } = z
    .looseObject({ oneOf: z.array(z.looseObject({ properties: z.looseObject({ report: z.object({ const: z.string() }) }) })) })
    .parse(reportJsonSchema())
  const kinds = oneOf.map(({ properties }) => properties.report.const)
  expect([...new Set(reports.map(({ report }) => report))].sort()).toEqual(kinds.sort())
})

it('json: as its schema says', async () => {
  const render = await reporters.json()
  for (const report of reports) expect(reportSchema.parse(JSON.parse(render(report)))).toEqual(report)
})

describe('github', () => {
  it('one line for each finding, gravest first, with paths from the root of the repository and everything escaped', async () => {
    const report = await checkReport(AWKWARD)
    const lines = renderGithub(report).split('\n')
    const commands = lines.filter((line) => line.startsWith('::'))
    expect(commands).toHaveLength(report.findings.length + report.acceptanceProblems.length)
    expect(commands.map((line) => /^::(\w+) /.exec(line)?.[1])).toEqual([
      'error',
      'error',
      'error',
      'error',
      'warning',
      'notice',
      'warning',
    ])
    expect(commands[0]).toMatch(
      /^::error file=packages\/my shop\/prisma\/migrations\/1_a\/migration.sql,line=3,endLine=3,col=20,title=drop-column \(S1\)::/,
    )
    expect(commands[1]).toContain('%250A::error::@everyone')
    expect(commands.find((line) => line.includes('delete-filtered'))).toMatch(/,line=5,endLine=6,title=/)
    expect(lines.at(-1)).toContain('4 findings stop a run')
  })

  it('no text of a database becomes a workflow command', () => {
    for (const report of reports) {
      for (const line of renderGithub(report).split('\n')) {
        if (line.trimStart().startsWith('::')) expect(line).toMatch(/^::(?:error|warning|notice) (?:file|title)=/)
        expect(line).not.toContain('##[')
      }
    }
  })

  it('a comma or colon in a path does not end it', async () => {
    expect(renderGithub(await checkReport('DROP TABLE a;', 'odd, dir:x/%.sql'))).toContain(
      'file=packages/my shop/odd%2C dir%3Ax/%25.sql,line=1',
    )
  })
})

describe('sarif', () => {
  const parse = (text: string) => JSON.parse(text)

  it.each(reports.map((report) => [report.report, report] as const))(
    'a report of the kind %s is valid by the official schema',
    (_, report) => {
      isSarif(parse(renderSarif(report, '1.2.3')))
      expect(isSarif.errors ?? []).toEqual([])
    },
  )

  it('the schema refuses what is no SARIF', () => {
    expect(isSarif({ version: '2.1.0', runs: [{ results: [] }] })).toBe(false)
  })

  it('describes every rule, and places every result', async () => {
    const report = await checkReport(AWKWARD)
    const [run] = parse(renderSarif(report, '1.2.3')).runs
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(rules.map(({ id }) => id))
    expect(run.results).toHaveLength(report.findings.length)
    for (const [index, result] of run.results.entries()) {
      const { rule, location } = report.findings[index] ?? fail()
      expect(run.tool.driver.rules[result.ruleIndex].id).toBe(rule)
      expect(result.locations[0].physicalLocation).toEqual({
        artifactLocation: { uri: 'packages/my%20shop/prisma/migrations/1_a/migration.sql', uriBaseId: '%SRCROOT%' },
        region: { startLine: location.line, startColumn: location.column, endLine: location.endLine, endColumn: location.endColumn },
      })
    }
    expect(run.results.map(({ level }: { level: string }) => level)).toEqual(['note', 'error', 'error', 'error', 'warning', 'error'])
  })

  it('an accepted finding is suppressed with its reason, the others say that they are not', async () => {
    const [run] = parse(renderSarif(await checkReport(AWKWARD), '1.2.3')).runs
    const [accepted, ...others] = run.results
    expect(accepted.suppressions).toEqual([{ kind: 'inSource', status: 'accepted', justification: 'moved: 100 % of it, see "a|b"' }])
    expect(others.map(({ suppressions }: { suppressions: unknown }) => suppressions)).toEqual(others.map(() => []))
  })

  it('fingerprints stay when lines move, and are unique', async () => {
    const prints = async (sql: string): Promise<readonly string[]> =>
      parse(renderSarif(await checkReport(sql), '1')).runs[0].results.map((one: { partialFingerprints: object }) =>
        JSON.stringify(one.partialFingerprints),
      )
    const sql = 'DELETE FROM a;\nDROP TABLE b;\nDELETE FROM a;\n'
    const before = await prints(sql)
    expect(new Set(before).size).toBe(3)
    expect(await prints(`-- a new comment\n\n${sql}`)).toEqual(before)
    expect(await prints(sql.replace('DROP TABLE b', 'DROP   TABLE\n b'))).toEqual(before)
    expect(await prints(sql.replace('DROP TABLE b', 'DROP TABLE c'))).not.toEqual(before)
  })
})

describe('markdown', () => {
  it('names from SQL change neither the table nor the page, and call nobody', async () => {
    const text = renderMarkdown(await checkReport(AWKWARD))
    const outside = text.replace(/^(`{3,})[\s\S]*?^\1$/gm, '')
    const rows = outside.split('\n').filter((line) => line.startsWith('|'))
    expect(rows.map((row) => row.split('|').length)).toEqual(rows.map(() => 6))
    expect(outside).not.toContain('<b>')
    expect(outside).not.toMatch(/@everyone/)
    expect(outside.match(/<details>/g)).toHaveLength(outside.match(/<\/details>/g)?.length ?? 0)
    expect(text).toContain('-- safe-migrate: allow')
  })

  it('stays below what GitHub takes, says what it left out, and ends no fence too early', async () => {
    const report = await checkReport('DROP TABLE "a```b";')
    const [finding = fail()] = report.findings
    const text = renderMarkdown({ ...report, findings: Array.from({ length: 20_000 }, () => finding) })
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024)
    expect(text).toMatch(/… [\d,]+ more findings/)
    expect(renderMarkdown(report)).toMatch(/^````\n1 │ DROP TABLE "a```b"\n {2}│ \^+\n````$/m)
  })
})

function fail(): never {
  throw new Error('not there')
}
