import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadPrismaConfig } from '../../src/project/load-prisma-config.js'
import { findPrismaCli } from '../../src/project/prisma-cli.js'
import { readPrismaConfig } from '../../src/project/prisma-config.js'
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
