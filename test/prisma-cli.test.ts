import { afterAll, describe, expect, it } from 'vitest'
import { makeProject, type TestProject } from './helpers/make-project.js'

const projects: TestProject[] = []
afterAll(() => Promise.all(projects.map((project) => project.cleanup())))

async function make(...options: Parameters<typeof makeProject>): Promise<TestProject> {
  const project = await makeProject(...options)
  projects.push(project)
  return project
}

describe.each([
  { prisma: 7, database: 'postgresql' },
  { prisma: 7, database: 'sqlite' },
  { prisma: 6, database: 'postgresql' },
  { prisma: 6, database: 'sqlite' },
] as const)('Prisma $prisma on $database', (fixture) => {
  it('deploys what is pending and keeps the history', async () => {
    const project = await make({ ...fixture, base: 'pending' })
    const deployed = await project.prisma('migrate', 'deploy')
    expect(deployed.output).toContain('Applying migration `20240102030405_init`')
    expect(deployed.output).toContain('All migrations have been successfully applied.')
    expect(deployed.exitCode).toBe(0)
    expect(await project.query('SELECT migration_name, applied_steps_count FROM _prisma_migrations ORDER BY 1')).toEqual([
      { migration_name: '20240102030405_init', applied_steps_count: 1 },
      { migration_name: '20240203040506_groups', applied_steps_count: 1 },
    ])
  })

  it('tells the status', async () => {
    const project = await make(fixture)
    expect((await project.prisma('migrate', 'status')).output).toContain('Database schema is up to date!')
    project.addMigration('20250101000000_more', 'CREATE TABLE more (id INTEGER);')
    const { exitCode, output } = await project.prisma('migrate', 'status')
    expect(output).toContain('20250101000000_more')
    expect(exitCode).toBe(1)
  })
})
