import { cpSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { makeProject, type TestProject } from './make-project.js'
import { once, runDir } from './test-run.js'

type Row = Record<string, unknown>

/** The part of a model's interface that tests use. */
export interface ModelClient {
  create(query: { data: Row; include?: Row }): Promise<Row>
  createMany(query: { data: Row[] }): Promise<{ count: number }>
  findMany(query?: { where?: Row; orderBy?: Row | Row[]; include?: Row; select?: Row }): Promise<Row[]>
  count(query?: { where?: Row }): Promise<number>
}

/** Prisma's own client of a fixture project. */
export interface FixtureClient {
  readonly user: ModelClient
  readonly profile: ModelClient
  readonly post: ModelClient
  readonly group: ModelClient
  $disconnect(): Promise<void>
}

/**
 * Works with the data of a project that has the fixture's schema as its application would: through Prisma's client
 * over Prisma's driver adapter.
 */
export async function withPrismaClient<Result>(project: TestProject, work: (client: FixtureClient) => Promise<Result>): Promise<Result> {
  const { prismaMajor, provider, dir } = project
  const generated = await once(`client-${prismaMajor}-${provider}`, () => generateClient(project))
  cpSync(generated, join(dir, 'generated'), { recursive: true })
  const { PrismaClient } = await loadClient(project)
  const client = new PrismaClient({ adapter: createAdapter(project) })
  try {
    return await work(client)
  } finally {
    await client.$disconnect()
  }
}

/** @returns a folder with the generated client */
async function generateClient({ prismaMajor, provider }: TestProject): Promise<string> {
  const project = await makeProject({ prisma: prismaMajor, database: provider, base: 'pending' })
  const { exitCode, output } = await project.prisma('generate')
  if (exitCode !== 0) throw new Error(`prisma generate failed:\n${output}`)
  const target = join(runDir(), `client-${prismaMajor}-${provider}`)
  cpSync(join(project.dir, 'generated'), target, { recursive: true })
  await project.cleanup()
  return target
}

type ClientModule = { PrismaClient: new (options: { adapter: unknown }) => FixtureClient }

/** Prisma 7 generates TypeScript, Prisma 6 CommonJS. */
async function loadClient({ prismaMajor, dir }: TestProject): Promise<ClientModule> {
  const client = join(dir, 'generated', 'client')
  if (prismaMajor === 7) return (await import(pathToFileURL(join(client, 'client.ts')).href)) as ClientModule
  return createRequire(join(dir, 'package.json'))(client) as ClientModule
}

function createAdapter({ provider, dir, databaseUrl, databaseName }: TestProject): unknown {
  const require = createRequire(join(dir, 'package.json'))
  if (provider === 'postgresql') {
    const { PrismaPg } = require('@prisma/adapter-pg')
    return new PrismaPg({ connectionString: databaseUrl })
  }
  const adapters = require('@prisma/adapter-better-sqlite3')
  const Adapter = adapters.PrismaBetterSqlite3 ?? adapters.PrismaBetterSQLite3 // renamed in Prisma 7
  return new Adapter({ url: `file:${databaseName}` })
}
