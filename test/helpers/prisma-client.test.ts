import { describe, expect, it, onTestFinished } from 'vitest'
import { makeProject } from './make-project.js'
import { withPrismaClient } from './prisma-client.js'

describe.each([
  { prisma: 7, database: 'postgresql' },
  { prisma: 7, database: 'sqlite' },
  { prisma: 6, database: 'postgresql' },
  { prisma: 6, database: 'sqlite' },
] as const)('withPrismaClient, Prisma $prisma on $database', (fixture) => {
  it('writes and reads what is easily damaged', async () => {
    const project = await makeProject(fixture)
    onTestFinished(() => project.cleanup())
    const user = {
      email: 'änne@example.org',
      name: null,
      role: 'ADMIN',
      followers: 9_007_199_254_740_993n,
      settings: { nested: [1, 'two', null] },
      avatar: new Uint8Array([0, 255, 10, 39]),
      ...(fixture.database === 'postgresql' ? { tags: ['a,b', '"q"', ''], scores: [9_007_199_254_740_993n] } : {}),
    }
    const related = { profile: { create: { bio: 'line\nbreak' } }, groups: { create: [{ name: "O'Hara" }] } }
    await withPrismaClient(project, (client) => client.user.create({ data: { ...user, balance: '123456789012.5', ...related } }))
    const [found] = await withPrismaClient(project, (client) => client.user.findMany({ include: { profile: true, groups: true } }))
    expect(found).toMatchObject({ ...user, profile: { bio: 'line\nbreak' }, groups: [{ name: "O'Hara" }] })
    expect(String(found?.balance)).toBe('123456789012.5')
    expect(found?.createdAt).toBeInstanceOf(Date)
    expect(await project.query('SELECT role FROM users')).toEqual([{ role: 'super-admin' }])
  })
})
