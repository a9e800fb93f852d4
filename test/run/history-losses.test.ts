import { expect, it, onTestFinished } from 'vitest'
import { deploy } from '../../src/run/deploy.js'
import { unattendedInterface } from '../../src/run/unattended.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject } from '../helpers/make-project.js'
import { openOptions } from './steps/steps.js'

const FORGET = `DELETE FROM "_prisma_migrations" WHERE "migration_name" NOT LIKE '20250101%'`
const ALLOWED = '-- safe-migrate: allow write-migration-history -- they are squashed\n'

it.each(['hidden', 'accepted'] as const)('migrations that Prisma is made to forget are told: %s', async (how) => {
  const sql = how === 'accepted' ? `${ALLOWED}${FORGET};\n` : 'CREATE TABLE "x" ("id" INTEGER PRIMARY KEY);\n'
  const project = await makeProject({ prisma: 7, database: 'sqlite', migrations: [{ name: '20250101000000_change', sql }] })
  onTestFinished(() => project.cleanup())
  if (how === 'hidden') for (const statement of hiddenTrigger('sqlite', FORGET)) await project.query(statement)
  const names = (await project.query('SELECT migration_name AS name FROM "_prisma_migrations" ORDER BY 1')).map(({ name }) => String(name))
  expect(names.length).toBeGreaterThan(1)
  const report = await deploy({ ...(await openOptions(project)), ui: unattendedInterface, passedOn: [] })
  const cause = how === 'hidden' ? 'unpredicted' : 'predicted'
  expect(report).toMatchObject({
    verdict: how === 'hidden' ? 'lost-kept' : 'applied',
    differences: [{ kind: 'history-lost', table: '_prisma_migrations', count: names.length, cause, keys: names }],
  })
})
