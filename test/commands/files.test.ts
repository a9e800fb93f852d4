import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import type { FixtureDatabase } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'

const MODELS = 'model Product {\n  id    Int     @id\n  image String?\n}\n'
const IMAGES = 'public/images'

async function setUp(database: FixtureDatabase, config: Readonly<Record<string, unknown>> = {}): Promise<TestProject> {
  const project = await makeProject({ prisma: 7, database, base: 'empty', models: MODELS })
  onTestFinished(() => project.cleanup())
  project.addMigration('1_product', 'CREATE TABLE "Product" ("id" INTEGER NOT NULL PRIMARY KEY, "image" TEXT);\n')
  expect((await project.prisma('migrate', 'deploy')).exitCode).toBe(0)
  const fileReferences = [{ model: 'Product', column: 'image', folder: IMAGES }]
  project.write('safe-migrate.config.json', JSON.stringify({ files: [IMAGES], fileReferences, ...config }))
  mkdirSync(join(project.dir, IMAGES, 'products'), { recursive: true })
  const put = (name: string, text: string) => writeFileSync(join(project.dir, IMAGES, name), text)
  put('products/a b.jpg', 'a')
  put('products/ü.jpg', 'ü'.repeat(100_000))
  put('logo.svg', '<svg/>')
  await project.query(
    `INSERT INTO "Product" VALUES (1, 'products/a b.jpg'), (2, '/images/products/%C3%BC.jpg?v=2'), (3, NULL), (4, 'https://cdn.example.com/x.jpg')`,
  )
  return project
}

const readImage = (project: TestProject, name: string) => readFileSync(join(project.dir, IMAGES, name), 'utf8')

describe.each(['sqlite', 'postgresql'] as const)('files beside a database on %s', (database) => {
  it('go into every snapshot and come back with it; what was there is kept; what does not fit is listed', async () => {
    const project = await setUp(database)
    const { snapshots } = readReport(await project.safeMigrate('snapshot', 'create', '--json'), 'snapshots')
    const folder = snapshots[0]?.folder ?? ''
    expect(statSync(join(folder, 'files.tar.gz')).mode & 0o777).toBe(0o600)
    rmSync(join(project.dir, IMAGES, 'products'), { recursive: true })
    writeFileSync(join(project.dir, IMAGES, 'logo.svg'), '<svg>another</svg>')
    writeFileSync(join(project.dir, IMAGES, 'new.svg'), 'new')
    await project.query(`UPDATE "Product" SET "image" = 'products/gone.jpg' WHERE "id" = 1`)

    const plan = readReport(await project.safeMigrate('restore', '--files', '--dry-run', '--json'), 'restore-plan')
    expect(plan.files).toEqual({ paths: [IMAGES], restored: 3, changed: 1, removed: 1 })
    expect(readdirSync(join(project.dir, IMAGES)).sort()).toEqual(['logo.svg', 'new.svg'])

    const restored = readReport(await project.safeMigrate('restore', '--files', '--yes', '--json'), 'run')
    expect(restored).toMatchObject({
      verdict: 'restored',
      files: { paths: [IMAGES], restored: 3 },
      fileReferences: [{ missing: { count: 0 }, unnamed: { count: 1, examples: ['logo.svg'] } }],
    })
    expect(readdirSync(join(project.dir, IMAGES), { recursive: true }).map(String).sort()).toEqual([
      'logo.svg',
      'products',
      'products/a b.jpg',
      'products/ü.jpg',
    ])
    expect(readImage(project, 'logo.svg')).toBe('<svg/>')
    expect(readImage(project, 'products/ü.jpg')).toBe('ü'.repeat(100_000))
    expect(readFileSync(join(restored.files?.kept ?? '', IMAGES, 'new.svg'), 'utf8')).toBe('new')
  })

  it('without --files only the database comes back, and rows whose file is missing are listed', async () => {
    const project = await setUp(database)
    await project.safeMigrate('snapshot', 'create')
    rmSync(join(project.dir, IMAGES, 'products'), { recursive: true })
    const result = await project.safeMigrate('restore', '--yes')
    expect(result.exitCode).toBe(0)
    expect(result.stdout).toContain(
      'Product.image: 2 values name a file that is not in public/images: /images/products/%C3%BC.jpg?v=2, products/a b.jpg',
    )
    expect(result.stdout).toContain('public/images: 1 file is named by no Product.image: logo.svg')
    expect(readdirSync(join(project.dir, IMAGES))).toEqual(['logo.svg'])
  })
})

it('a damaged archive is refused before anything is changed', async () => {
  const project = await setUp('sqlite')
  const { snapshots } = readReport(await project.safeMigrate('snapshot', 'create', '--json'), 'snapshots')
  const archive = join(snapshots[0]?.folder ?? '', 'files.tar.gz')
  const bytes = readFileSync(archive)
  // Also what zlib itself sees, at the end: its checksum.
  for (const at of [bytes.length >> 1, bytes.length - 8]) bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(archive, bytes)
  await project.query('DELETE FROM "Product"')
  const error = readReport(await project.safeMigrate('restore', '--files', '--yes', '--json'), 'error')
  expect(error.error.message).toContain('is damaged')
  expect(await project.query('SELECT * FROM "Product"')).toEqual([])
})

it.each([
  ['../elsewhere', 'which is not inside the project'],
  ['public/nowhere', 'which is not there'],
])('files: %s is refused before a snapshot is begun', async (path, said) => {
  const project = await setUp('sqlite', { files: [path] })
  const { exitCode, error } = readReport(await project.safeMigrate('snapshot', 'create', '--json'), 'error')
  expect([exitCode, error.message]).toEqual([2, expect.stringContaining(said)])
})

it('a snapshot without files says so, and a reference that does not fit too', async () => {
  const project = await setUp('sqlite', { files: [] })
  await project.safeMigrate('snapshot', 'create')
  const none = readReport(await project.safeMigrate('restore', '--files', '--yes', '--json'), 'error')
  expect(none.error.message).toMatch(/holds no files/)
  project.write('safe-migrate.config.json', JSON.stringify({ fileReferences: [{ model: 'Produkt', column: 'image', folder: IMAGES }] }))
  await project.query('DELETE FROM "Product"')
  const { error } = readReport(await project.safeMigrate('restore', '--yes', '--json'), 'error')
  expect(await project.query('SELECT * FROM "Product"')).toEqual([])
  expect(error.why).toContain('There is no model Produkt; did you mean Product?')
})
