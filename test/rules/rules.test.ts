import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { DatabaseId } from '../../src/databases/database.js'
import { parsePostgresql } from '../../src/databases/postgresql/parse.js'
import { parseSqlite } from '../../src/databases/sqlite/parse.js'
import { checkFiles } from '../../src/findings/check-files.js'
import { rules } from '../../src/rules/index.js'
import type { Example } from '../../src/rules/rule.js'

const PARSERS = { postgresql: { parse: parsePostgresql }, sqlite: { parse: parseSqlite } }
const DATABASES: readonly DatabaseId[] = ['postgresql', 'sqlite']

async function findRules(example: Example, database: DatabaseId) {
  const source = (migration: string, sql: string) => ({ migration, file: `m/${migration}/migration.sql`, sql })
  const history = example.before === undefined ? [] : [source('1_before', example.before)]
  const { findings } = await checkFiles([source('2_example', example.sql)], PARSERS[database], { history })
  return findings
}

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  it('is the file of its name, with a summary and examples of both kinds', () => {
    expect(readdirSync('src/rules')).toContain(`${id}.ts`)
    expect(rule.summary).toMatch(/^[A-Z].*\.$/)
    expect(rule.examples.unsafe.length).toBeGreaterThan(0)
    expect(rule.examples.safe.length).toBeGreaterThan(0)
  })
  for (const database of DATABASES) {
    for (const example of rule.examples.unsafe.filter((one) => (one.databases ?? DATABASES).includes(database))) {
      it(`finds on ${database}: ${example.sql}`, async () => {
        const findings = (await findRules(example, database)).filter((finding) => finding.rule === id)
        expect(findings).not.toEqual([])
        for (const finding of findings) {
          expect(finding.message.length).toBeLessThanOrEqual(130)
          expect(finding.message).toMatch(/\.$/)
          expect(finding.why).not.toBe('')
          expect(finding.instead).not.toBe('')
        }
      })
    }
    for (const example of rule.examples.safe.filter((one) => (one.databases ?? DATABASES).includes(database))) {
      it(`is quiet on ${database}: ${example.sql}`, async () => {
        // Information is no alarm: a column that is dropped after its values were copied is still said to go.
        const alarms = (await findRules(example, database)).filter((finding) => finding.rule === id && finding.severity !== 'info')
        expect(alarms).toEqual([])
      })
    }
  }
})
