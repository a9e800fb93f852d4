import { describe, expect, it, onTestFinished } from 'vitest'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { sqlite } from '../../src/databases/sqlite/sqlite.js'
import { analyse } from '../../src/findings/analyse.js'
import { type ImpactOptions, measureImpact } from '../../src/findings/impact.js'
import { openPostgresql, openSqlite } from '../verify/lab.js'

const labs = { postgresql: { database: postgresql, open: openPostgresql }, sqlite: { database: sqlite, open: openSqlite } }

/** A database with what `setUp` makes; measuring gives the impact of each finding by the objects it names, and what was asked for it. */
async function openLab(which: keyof typeof labs, setUp: string) {
  const { database, open } = labs[which]
  const live = await open()
  onTestFinished(() => live.close())
  await live.run(setUp)
  return async (sql: string, options: Partial<ImpactOptions> = {}) => {
    const asked: string[] = []
    const query: typeof live.connection.query = (text, parameters) => {
      if (/^\s*(with|select)\b/i.test(text)) asked.push(text)
      return live.connection.query(text, parameters)
    }
    const parsed = await database.parse({ migration: '1', file: 'migrations/1/migration.sql', sql })
    const analysis = analyse([parsed], { catalog: await database.readCatalog(live.connection) })
    const findings = await measureImpact(analysis, { ...live.connection, query }, { timeout: 20_000, ...options })
    return { findings, asked, scans: asked.filter((text) => /count\(/.test(text)) }
  }
}

const ROWS = `CREATE TABLE big (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT, d INTEGER);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
  INSERT INTO big SELECT i, CASE WHEN i % 2 = 0 THEN 'x' END, CASE WHEN i % 5 = 0 THEN 'x' END, NULL, i FROM n;
  CREATE TABLE gone (id INTEGER, note TEXT);`
const DROPS = 'ALTER TABLE big DROP COLUMN a;\nALTER TABLE big DROP COLUMN b;\nALTER TABLE big DROP COLUMN c;\n'

describe.each(['postgresql', 'sqlite'] as const)('%s', (which) => {
  it('answers all that is asked of a table by one scan, and scans no empty one', async () => {
    const measure = await openLab(which, ROWS)
    const { findings, scans } = await measure(`${DROPS}DROP TABLE gone;\nDELETE FROM big;`)
    expect(findings.flatMap(({ impact }) => impact ?? [])).toEqual([
      { measured: true, values: 2500 },
      { measured: true, values: 1000 },
      { measured: true, values: 0 },
      { measured: true, rows: 0 },
      { measured: true, rows: 5000 },
    ])
    expect(scans).toHaveLength(1)
    expect(scans[0]).not.toContain('gone')
  })

  it('estimates without counting, near what there is', async () => {
    const measure = await openLab(which, `${ROWS}\nANALYZE;`)
    const { findings } = await measure(`${DROPS}DELETE FROM big WHERE d > 4000;`, { budget: -1 })
    const [a, b, c, d] = findings.map(({ impact, severity }) => {
      expect(severity).not.toBe('info')
      return impact?.measured === false ? (impact.estimate?.values ?? impact.estimate?.rows ?? Number.NaN) : Number.NaN
    })
    expect(Math.abs((a ?? 0) - 2500)).toBeLessThan(250)
    expect(Math.abs((b ?? 0) - 1000)).toBeLessThan(200)
    expect(c ?? 0).toBeLessThan(50)
    expect(Math.abs((d ?? 0) - 1000)).toBeLessThan(200)
  })
})

it('one that fails does not take the others of its table with it', async () => {
  const measure = await openLab('postgresql', ROWS)
  const { findings } = await measure(`ALTER TABLE big ADD CONSTRAINT k CHECK (10 / (d - 7) < 100);\nALTER TABLE big DROP COLUMN a;`)
  expect(findings.map(({ rule, impact }) => [rule, impact])).toEqual([
    ['add-check', { measured: false, why: 'division by zero' }],
    ['drop-column', { measured: true, values: 2500 }],
  ])
})

it('rows that take too long to count are certain to fail when there is one', async () => {
  const measure = await openLab('postgresql', ROWS)
  const { findings } = await measure('ALTER TABLE big ADD CONSTRAINT k CHECK (length(repeat(id::text, 3000000)) < 5);', { timeout: 500 })
  expect(findings).toMatchObject([
    { rule: 'add-check', level: 'block', impact: { failing: { rows: 1, message: expect.stringContaining('at least one') } } },
  ])
})
