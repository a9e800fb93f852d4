import { expect, it, onTestFinished } from 'vitest'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { analyse } from '../../src/findings/analyse.js'
import { measureImpact } from '../../src/findings/impact.js'
import { openPostgresql } from '../verify/lab.js'

it('estimates where the time for counting is spent, and never takes an estimate for a proof', async () => {
  const live = await openPostgresql()
  onTestFinished(() => live.close())
  await live.run(`CREATE TABLE big (id int PRIMARY KEY, note text); CREATE TABLE gone (id int);
    INSERT INTO big SELECT n, CASE WHEN n % 2 = 0 THEN 'x' END FROM generate_series(1, 1000) AS n; ANALYZE;`)
  const sql = 'DROP TABLE gone;\nALTER TABLE big DROP COLUMN note;\nDELETE FROM big;'
  const parsed = await postgresql.parse({ migration: '1', file: 'migrations/1/migration.sql', sql })
  const analysis = analyse([parsed], { catalog: await postgresql.readCatalog(live.connection) })
  const findings = await measureImpact(analysis, live.connection, { timeout: 5000, budget: -1 })
  const impactOf = (rule: string) => findings.find((finding) => finding.rule === rule)
  const why = expect.stringContaining('impactBudget')
  expect(impactOf('drop-column')?.impact).toEqual({ measured: false, why, estimate: { values: 500 } })
  expect(impactOf('delete-unfiltered')?.impact).toEqual({ measured: false, why, estimate: { rows: 1000 } })
  expect(impactOf('drop-table')).toMatchObject({ severity: 'S1', impact: { measured: false } })
  const exact = await measureImpact(analysis, live.connection, { timeout: 5000 })
  expect(exact.find((finding) => finding.rule === 'drop-column')?.impact).toEqual({ measured: true, values: 500 })
})
