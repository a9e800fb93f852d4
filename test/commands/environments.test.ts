import { expect, it, onTestFinished } from 'vitest'
import { fillFixture } from '../helpers/fixture-data.js'
import { makeProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

it('levels per environment: named, or by the target; what is lowered is still reported, predicted and protected by a snapshot', async () => {
  const project = await makeProject({ prisma: 7, database: 'sqlite' })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  project.addMigration('20250101000000_drop', 'ALTER TABLE "users" DROP COLUMN "name";\n')
  const environments = { local: { hosts: ['localhost'], rules: { 'drop-column': 'warn' } }, strict: { rules: { 'drop-column': 'block' } } }
  project.write('safe-migrate.config.json', JSON.stringify({ environments }))

  expect(readReport(await project.safeMigrate('check', '--json'), 'plan')).toMatchObject({ exitCode: 1, findings: [{ level: 'block' }] })
  expect(readReport(await project.safeMigrate('check', '--environment', 'local', '--json'), 'plan')).toMatchObject({
    exitCode: 0,
    findings: [{ rule: 'drop-column', level: 'warn' }],
  })
  const strict = await project.safeMigrate('deploy', '--environment', 'strict')
  expect(strict.exitCode).toBe(1)
  expect(strict.stderr).toContain('environment strict')
  expect(readReport(await project.safeMigrate('plan', '--environment', 'stric', '--json'), 'error')).toMatchObject({
    exitCode: 2,
    error: { message: 'There is no environment "stric" in the configuration; did you mean strict?' },
  })
  expect(readReport(await project.safeMigrate('deploy', '--json'), 'run')).toMatchObject({
    verdict: 'applied',
    project: { environment: 'local' },
    findings: [{ rule: 'drop-column', level: 'warn', impact: { values: 30 } }],
    differences: [{ kind: 'column-gone', cause: 'predicted' }],
    snapshot: { engine: 'sqlite-backup' },
  })
})
