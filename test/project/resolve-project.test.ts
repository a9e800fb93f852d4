import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { SafeMigrateError } from '../../src/errors.js'
import type { Project } from '../../src/project/project.js'
import { locateProject, type ResolveOptions, resolveProject } from '../../src/project/resolve-project.js'
import { repositoryRoot, workspaceDir } from '../helpers/paths.js'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const MODEL = 'model User {\n  id Int @id\n}\n'
const SECRET = 'p4ss-w0rd'

/** A project folder with these files and the real Prisma of this major version. */
function makeFolder(prisma: 6 | 7 | null, files: Record<string, string>): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'resolve-')))
  folders.push(folder)
  for (const [name, content] of Object.entries({ 'package.json': '{}', ...files })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), content)
  }
  if (prisma !== null)
    symlinkSync(
      prisma === 7 ? path.join(repositoryRoot, 'node_modules') : path.join(workspaceDir(6), 'node_modules'),
      path.join(folder, 'node_modules'),
    )
  return folder
}

const resolve = (cwd: string, options: Partial<ResolveOptions> = {}): Promise<Project> =>
  resolveProject({ cwd, environment: {}, ...options })

async function errorOf(promise: Promise<unknown>): Promise<SafeMigrateError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof SafeMigrateError)) throw new Error(`expected a SafeMigrateError, got ${String(error)}`)
  expect(error.code).toBe('config')
  expect(error.next.length).toBeGreaterThan(0)
  expect(JSON.stringify([error.message, error.why, error.next])).not.toContain(SECRET)
  return error
}

const schema6 = (url: string, extra = '') =>
  `datasource db {\n  provider = "postgresql" // the main one\n  url = ${url}\n${extra}}\n${MODEL}`
const schema7 = (provider = 'postgresql') => `datasource db {\n  provider = "${provider}"\n}\n${MODEL}`
const config7 = (body: string) => `import { defineConfig, env } from 'prisma/config'\nexport default defineConfig({ ${body} })\n`

describe('Prisma 6', () => {
  it('reads the URL from the schema, with the variable from .env at the root', async () => {
    const folder = makeFolder(6, {
      'prisma/schema.prisma': schema6('env("DATABASE_URL")'),
      '.env': `DATABASE_URL="postgresql://u:${SECRET}@db.example.com:5433/shop?schema=web"`,
    })
    const project = await resolve(folder)
    expect(project.prisma.major).toBe(6)
    expect(project.target.url.reveal()).toContain('db.example.com')
    expect(project.target).toMatchObject({ name: 'shop', host: 'db.example.com', schema: 'web', isLocal: false })
    expect(JSON.stringify(project.target)).not.toContain(SECRET)
    expect(project.migrationsDir).toBe(path.join(folder, 'prisma', 'migrations'))
  })

  it('reads .env beside the schema, and expands variables; what is set already wins', async () => {
    const folder = makeFolder(6, {
      'db/schema.prisma': schema6('env("DATABASE_URL")'),
      'db/.env': `NAME=shop\nDATABASE_URL="postgresql://u@localhost/\${NAME}"`,
      'package.json': '{"prisma":{"schema":"db/schema.prisma"}}',
    })
    expect((await resolve(folder)).target.name).toBe('shop')
    expect((await resolve(folder, { environment: { DATABASE_URL: 'postgresql://u@localhost/other' } })).target.name).toBe('other')
  })

  it('finds the shadow database and the schemas of the datasource; one that is not set is Prisma’s to complain about', async () => {
    const extra = '  shadowDatabaseUrl = env("SHADOW_URL")\n  schemas = ["public", "audit"]\n'
    const folder = makeFolder(6, { 'schema.prisma': schema6('"postgresql://u@h/shop"', extra) })
    const found = await resolve(folder, { environment: { SHADOW_URL: 'postgresql://u@h/shadow?schema=x' } })
    expect(found).toMatchObject({ schemas: ['public', 'audit'], shadow: { name: 'shadow', schema: 'x' } })
    expect((await resolve(folder)).shadow).toBeNull()
    expect((await resolve(folder, { environment: { SHADOW_URL: 'prisma+postgres://x' } })).shadow).toBeNull()
  })

  it('migrates through directUrl where there is one', async () => {
    const folder = makeFolder(6, { 'schema.prisma': schema6('"postgresql://u@pooler/shop"', '  directUrl = env("DIRECT_URL")\n') })
    expect((await resolve(folder, { environment: { DIRECT_URL: 'postgresql://u@direct/shop' } })).target.host).toBe('direct')
  })

  it('takes a schema folder, its migrations beside the file with the datasource, and a file: URL from there', async () => {
    const sqlite = `datasource db {\n  provider = "sqlite"\n  url = "file:./dev.db"\n}\n`
    const folder = makeFolder(6, { 'prisma/schema/main.prisma': sqlite, 'prisma/schema/models/user.prisma': MODEL })
    const project = await resolve(folder, { schema: 'prisma/schema' })
    expect(project.schemaPath).toBe(path.join(folder, 'prisma', 'schema'))
    expect(project.migrationsDir).toBe(path.join(folder, 'prisma', 'schema', 'migrations'))
    expect(project.target.name).toBe(path.join(folder, 'prisma', 'schema', 'dev.db'))
  })

  it('with prisma.config.ts reads no .env, as Prisma does not', async () => {
    const folder = makeFolder(6, {
      'prisma/schema.prisma': schema6('env("DATABASE_URL")'),
      '.env': 'DATABASE_URL="postgresql://u@localhost/shop"',
      'prisma.config.ts': 'export default {}\n',
    })
    const error = await errorOf(resolve(folder))
    expect(error.message).toContain('DATABASE_URL is not set')
  })

  it('says which variable is missing', async () => {
    const folder = makeFolder(6, { 'prisma/schema.prisma': schema6('env("SHOP_URL")') })
    expect((await errorOf(resolve(folder))).message).toContain('SHOP_URL is not set')
  })

  it('does not take a commented-out datasource, a URL with // or a brace in a string for something else', async () => {
    const text = `// datasource old {\n//   provider = "mysql"\n// }\n${schema6('"postgresql://u:a%7D@localhost/shop" // not this: "}"')}`
    const folder = makeFolder(6, { 'prisma/schema.prisma': text })
    expect((await resolve(folder)).target.name).toBe('shop')
  })
})

describe('Prisma 7', () => {
  const files = {
    'prisma/schema.prisma': schema7(),
    'prisma.config.ts': config7(
      "datasource: { url: env('DATABASE_URL') }, migrations: { path: 'db/migrations' }, tables: { external: ['audit.log'] }, experimental: { externalTables: true }",
    ),
  }

  it('reads everything from prisma.config.ts', async () => {
    const folder = makeFolder(7, files)
    process.env.DATABASE_URL = `postgresql://u:${SECRET}@localhost/shop`
    try {
      const project = await resolve(folder)
      expect(project).toMatchObject({
        migrationsDir: path.join(folder, 'db/migrations'),
        configPath: path.join(folder, 'prisma.config.ts'),
        externalTables: ['audit.log'],
        provider: 'postgresql',
      })
      expect(project.target).toMatchObject({ name: 'shop', isLocal: true })
    } finally {
      delete process.env.DATABASE_URL
    }
  })

  it('says which variable the configuration misses; locating the files does without it', async () => {
    const folder = makeFolder(7, files)
    const error = await errorOf(resolve(folder))
    expect(error.message).toContain('DATABASE_URL is not set')
    expect(error.why).toContain('no .env')
    expect((await locateProject({ cwd: folder, environment: {} })).migrationsDir).toBe(path.join(folder, 'db/migrations'))
    expect(process.env.DATABASE_URL).toBeUndefined()
  })

  it('resolves file: URLs from the configuration file, and default migrations beside the schema', async () => {
    const folder = makeFolder(7, {
      'prisma/schema.prisma': schema7('sqlite'),
      'prisma.config.ts': "export default { datasource: { url: 'file:./data/dev.db' } }\n",
    })
    const project = await resolve(folder)
    expect(project.target.name).toBe(path.join(folder, 'data', 'dev.db'))
    expect(project.migrationsDir).toBe(path.join(folder, 'prisma', 'migrations'))
  })

  it('takes --config and --schema, relative to where the user is', async () => {
    const folder = makeFolder(7, {
      'apps/web/here.txt': '',
      'apps/web/other.prisma': schema7(),
      'apps/web/other.config.ts': "export default { datasource: { url: 'postgresql://u@localhost/web' } }\n",
    })
    const project = await resolve(path.join(folder, 'apps', 'web'), { schema: 'other.prisma', config: 'other.config.ts' })
    expect(project).toMatchObject({ root: folder, schemaPath: path.join(folder, 'apps/web/other.prisma') })
    expect(project.target.name).toBe('web')
  })

  it('finds the project from a folder inside it', async () => {
    const folder = makeFolder(7, {
      ...files,
      'src/deep/x.ts': '',
      'prisma.config.ts': "export default { datasource: { url: 'postgresql://u@localhost/shop' } }\n",
    })
    expect((await resolve(path.join(folder, 'src', 'deep'))).root).toBe(folder)
  })

  it('needs a URL', async () => {
    expect((await errorOf(resolve(makeFolder(7, { 'prisma/schema.prisma': schema7() })))).message).toContain('needs a prisma.config.ts')
    expect(
      (await errorOf(resolve(makeFolder(7, { 'prisma/schema.prisma': schema7(), 'prisma.config.ts': 'export default {}\n' })))).message,
    ).toContain('No datasource.url')
  })

  it('shows what is wrong with a broken configuration, without its secrets', async () => {
    const folder = makeFolder(7, {
      'prisma/schema.prisma': schema7(),
      'prisma.config.ts': `throw new Error('cannot reach postgresql://u:${SECRET}@h/db')\n`,
    })
    const error = await errorOf(resolve(folder))
    expect(error.message).toContain('prisma.config.ts cannot be loaded')
    expect(error.why).toContain('postgresql://[hidden]@h/db')
  })

  it('says when the named files are not there', async () => {
    const folder = makeFolder(7, files)
    expect((await errorOf(resolve(folder, { config: 'nope.ts' }))).message).toContain('nope.ts')
    process.env.DATABASE_URL = 'postgresql://u@localhost/shop'
    try {
      expect((await errorOf(resolve(folder, { schema: 'nope.prisma' }))).message).toContain('nope.prisma')
    } finally {
      delete process.env.DATABASE_URL
    }
  })
})

describe('what is not supported', () => {
  it.each(['prisma://accelerate.example.com/?api_key=p4ss-w0rd', 'prisma+postgres://accelerate.example.com/?api_key=p4ss-w0rd'])(
    '%s',
    async (url) => {
      const folder = makeFolder(6, { 'prisma/schema.prisma': schema6('env("DATABASE_URL")') })
      const error = await errorOf(resolve(folder, { environment: { DATABASE_URL: url } }))
      expect(error.message).toContain(`${url.split(':')[0]}://`)
      expect(error.next.join()).toContain('direct')
    },
  )

  it.each(['mongodb', 'sqlserver', 'cockroachdb', 'mysql'])('provider %s', async (provider) => {
    const folder = makeFolder(7, {
      'prisma/schema.prisma': schema7(provider),
      'prisma.config.ts': "export default { datasource: { url: 'x://y' } }\n",
    })
    expect((await errorOf(resolve(folder))).message).toContain(`"${provider}" is not supported`)
  })

  it('Prisma 8, Prisma 5, and no Prisma', async () => {
    const withVersion = (version: string) =>
      makeFolder(null, {
        'node_modules/prisma/package.json': JSON.stringify({ name: 'prisma', version }),
        'prisma/schema.prisma': schema7(),
      })
    expect((await errorOf(resolve(withVersion('8.0.0-rc.1')))).message).toContain('Prisma 8.0.0-rc.1 is not supported')
    expect((await errorOf(resolve(withVersion('5.22.0')))).message).toContain('Prisma 5.22.0 is not supported')
    expect((await errorOf(resolve(makeFolder(null, {})))).message).toContain('No prisma package')
  })

  it('no schema, and a schema without a datasource', async () => {
    const config = "export default { datasource: { url: 'postgresql://u@localhost/shop' } }\n"
    expect((await errorOf(resolve(makeFolder(7, { 'prisma.config.ts': config })))).message).toContain('No Prisma schema')
    expect((await errorOf(resolve(makeFolder(7, { 'prisma.config.ts': config, 'schema.prisma': MODEL })))).message).toContain(
      'No datasource block',
    )
  })
})

it('finds a workspace’s Prisma where it is hoisted to', async () => {
  const folder = makeFolder(7, {
    'apps/web/package.json': '{}',
    'apps/web/prisma/schema.prisma': schema7('sqlite'),
    'apps/web/prisma.config.ts': "export default { datasource: { url: 'file:dev.db' } }\n",
  })
  const project = await resolve(path.join(folder, 'apps', 'web'))
  expect(project.root).toBe(path.join(folder, 'apps', 'web'))
  expect(project.prisma.major).toBe(7)
})
