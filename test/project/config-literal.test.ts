import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { loadPrismaConfig } from '../../src/project/load-prisma-config.js'
import { findPrismaCli } from '../../src/project/prisma-cli.js'
import { readConnectedConfig, readPrismaConfig } from '../../src/project/prisma-config.js'
import { repositoryRoot } from '../helpers/paths.js'

const IMPORT = "import { defineConfig, env } from 'prisma/config'\n"
const REST = "datasource: { url: env('DATABASE_URL'), shadowDatabaseUrl: env('SHADOW') }"

function write(source: string): { readonly root: string; readonly file: string } {
  const root = mkdtempSync(path.join(repositoryRoot, 'node_modules', '.config-literal-')) // where prisma/config is found
  onTestFinished(() => rmSync(root, { recursive: true }))
  const file = path.join(root, 'prisma.config.ts')
  writeFileSync(file, source)
  return { root, file }
}

describe('a configuration that is read without running it means what it means to Prisma', () => {
  it.each([
    `${IMPORT}export default defineConfig({ schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations', seed: 'tsx seed.ts' }, ${REST} })`,
    `${IMPORT}import type { PrismaConfig } from "prisma";\nexport default { schema: "./a//b/*c*/", ${REST}, } satisfies PrismaConfig;`,
    `// schema: 'no'\n/* migrations: { path: 'no' } */${IMPORT}export default defineConfig({\n  // a comment, with { and '\n  'migrations': { "path": \`db/m\`, },\n  ${REST},\n})\n`,
    `${IMPORT}export default defineConfig({ ${REST} })`,
    'export default {}',
  ])('%s', async (source) => {
    const { root } = write(source)
    const read = readPrismaConfig(root, null)
    const loaded = await loadPrismaConfig(root, findPrismaCli(repositoryRoot), null, 'ignore')
    expect(read).toEqual({ ...loaded, url: null, shadowUrl: null })
  })
})

describe('a connection that is read without running the file is the one that Prisma uses', () => {
  it.each([
    `${IMPORT}export default defineConfig({ schema: 'prisma/schema.prisma', migrations: { path: 'm', seed: 'tsx seed.ts' }, ${REST} })`,
    `import { env } from "@prisma/config";\nimport type { PrismaConfig } from 'prisma'\nexport default { ${REST} } satisfies PrismaConfig`,
    "export default { datasource: { url: process.env.DATABASE_URL!, shadowDatabaseUrl: process.env['SHADOW'] } }",
    "export default { datasource: { url: 'postgresql://a:b@c:1/d?schema=e' } }",
    `import 'dotenv/config'\n${IMPORT}export default defineConfig({ datasource: { url: env('URL_FROM_DOTENV') } })`,
  ])('%s', async (source) => {
    const { root } = write(source)
    const here = process.cwd()
    vi.stubEnv('DATABASE_URL', 'file:./a.db')
    vi.stubEnv('SHADOW', 'file:./b.db')
    vi.stubEnv('URL_FROM_DOTENV', undefined)
    writeFileSync(path.join(root, '.env'), 'URL_FROM_DOTENV="file:./c.db"\nDATABASE_URL=file:./not-this.db\n')
    process.chdir(root)
    onTestFinished(() => {
      process.chdir(here)
      vi.unstubAllEnvs()
    })
    const read = await readConnectedConfig(root, null)
    expect(read?.url).toMatch(/^file:|^postgresql:/)
    expect(read).toEqual(await loadPrismaConfig(root, findPrismaCli(repositoryRoot), null, 'refuse'))
  })

  it.each([
    `${IMPORT}export default defineConfig({ datasource: { url: env('NOT_SET_AT_ALL') } })`,
    `${IMPORT}export default defineConfig({ datasource: { url: env('EMPTY') } })`,
    'export default { datasource: { url: process.env.EMPTY } }',
    "export default { datasource: { url: env('DATABASE_URL') } }",
    `import { env } from './mine'\nexport default { datasource: { url: env('DATABASE_URL') } }`,
    `import { secret as env } from 'prisma/config'\nexport default { datasource: { url: env('DATABASE_URL') } }`,
    `import './mine'\nexport default { datasource: { url: process.env.DATABASE_URL } }`,
    `import dotenv from 'dotenv'\nexport default { datasource: { url: process.env.DATABASE_URL } }`,
    `${IMPORT}export default defineConfig({ datasource: { url: env('DATABASE_URL') + '?schema=x' } })`,
    `${IMPORT}export default defineConfig({ datasource: { url: process.env.X ?? env('DATABASE_URL') } })`,
    `${IMPORT}export default defineConfig({ datasource: { url: env('DATABASE_URL'), directUrl: 'x' } })`,
    `${IMPORT}export default defineConfig({ datasource: { url: env('DATABASE_URL'), shadowDatabaseUrl: shadow() } })`,
    `${IMPORT}export default defineConfig({ tables: { external: ['t'] }, datasource: { url: env('DATABASE_URL') } })`,
    `${IMPORT}export default defineConfig({ engine: 'js', adapter, datasource: { url: env('DATABASE_URL') } })`,
    `${IMPORT}export default defineConfig({ migrations: { seed: prepare() }, datasource: { url: env('DATABASE_URL') } })`,
    `${IMPORT}export default defineConfig({ schema: 'a' })`,
  ])('else it is left to Prisma: %s', async (source) => {
    vi.stubEnv('DATABASE_URL', 'file:./a.db')
    vi.stubEnv('EMPTY', '')
    onTestFinished(() => vi.unstubAllEnvs() && undefined)
    expect(await readConnectedConfig(write(source).root, null)).toBeNull()
  })
})

describe('what only running it can tell is left to Prisma', () => {
  it.each([
    `${IMPORT}import path from 'node:path'\nexport default defineConfig({ schema: path.join('a', 'b'), ${REST} })`,
    `${IMPORT}const schema = 'a'\nexport default defineConfig({ schema, ${REST} })`,
    `${IMPORT}const rest = { schema: 'a' }\nexport default defineConfig({ ...rest, ${REST} })`,
    `${IMPORT}export default defineConfig({ ...{ schema: 'a' } })`,
    `${IMPORT}export default defineConfig({ schema: 'a', schema: 'b' })`,
    `${IMPORT}export default defineConfig({ ['schema']: 'a' })`,
    `${IMPORT}export default defineConfig({ schema: 'a' + 'b' })`,
    `${IMPORT}export default defineConfig({ schema: 'a'.trim() })`,
    `${IMPORT}export default defineConfig({ schema: 'a\\u0062' })`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: of the file
    `${IMPORT}export default defineConfig({ schema: ${'`${process.env.X}`'} })`,
    `${IMPORT}export default defineConfig({ get schema() { return 'a' } })`,
    `${IMPORT}export default defineConfig({ migrations: process.env.CI ? { path: 'a' } : { path: 'b' } })`,
    `${IMPORT}export default defineConfig({ migrations: { ...{ path: 'a' } } })`,
    `${IMPORT}export default defineConfig({ extends: './base', ${REST} })`,
    `${IMPORT}export default defineConfig({ schema: 'a' }, process.exit())`,
    `${IMPORT}export default Object.assign({ schema: 'a' }, { schema: 'b' })`,
    `${IMPORT}const config = defineConfig({ schema: 'a' })\nexport default config`,
    `${IMPORT}process.chdir('/')\nexport default defineConfig({ schema: 'a' })`,
    `${IMPORT}export default defineConfig({ schema: 'a' }); export const x = 1`,
    `import { defineConfig } from './mine'\nexport default defineConfig({ schema: 'a' })`,
    `import { make as defineConfig } from './mine'\nexport default defineConfig({ schema: 'a' })`,
    `module.exports = { schema: 'a' }`,
    `export default { schema: /'/, x: "'" }`,
  ])('%s', (source) => {
    expect(readPrismaConfig(write(source).root, null)).toBeNull()
  })

  it('two files, of which Prisma takes one', () => {
    const { root } = write('export default {}')
    writeFileSync(path.join(root, 'prisma.config.mjs'), 'export default {}')
    expect(readPrismaConfig(root, null)).toBeNull()
    expect(readPrismaConfig(root, path.join(root, 'prisma.config.mjs'))).not.toBeNull()
    expect(readPrismaConfig(mkdtempSync(path.join(tmpdir(), 'none-')), null)).toEqual({
      path: null,
      schema: null,
      migrations: null,
      url: null,
      shadowUrl: null,
      externalTables: [],
    })
  })
})
