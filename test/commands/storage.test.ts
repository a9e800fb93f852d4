import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { fillFixture } from '../helpers/fixture-data.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { repositoryRoot } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'
import { S3_ENVIRONMENT, type S3Server, startS3Server } from '../helpers/s3-server.js'
import { temporaryFolder } from '../snapshots/snapshot-test.js'

let server: S3Server
beforeAll(async () => {
  server = await startS3Server(temporaryFolder())
})
afterAll(() => server.close())

async function storedProject(prefix: string, more: object = {}): Promise<{ project: TestProject; folder: string }> {
  const project = await makeProject({ prisma: 7, database: 'sqlite', env: { ...S3_ENVIRONMENT, AWS_EC2_METADATA_DISABLED: 'true' } })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  const s3 = { bucket: server.bucket, prefix, endpoint: server.endpoint, forcePathStyle: true }
  project.write('safe-migrate.config.json', JSON.stringify({ storage: { s3 }, ...more }))
  return { project, folder: path.join(project.dir, '.safe-migrate', 'snapshots') }
}

it('a deploy copies its snapshot there; on a machine that has none it is listed, fetched, verified, exported and restored', async () => {
  const { project, folder } = await storedProject('shop')
  const before = await project.query('SELECT * FROM "BlogPost" ORDER BY "Id"')
  project.addMigration('20260101000000_add', 'CREATE TABLE "Added" ("id" INTEGER PRIMARY KEY);\n')
  expect((await project.safeMigrate('deploy')).exitCode).toBe(0)
  const list = () => project.safeMigrate('snapshot', 'list')
  expect((await list()).stdout).toContain('also in s3://backups/shop/')
  rmSync(folder, { recursive: true })
  expect((await list()).stdout).toContain('only in s3://backups/shop/')
  const shown = readReport(await project.safeMigrate('snapshot', 'show', '--json'), 'snapshots').snapshots[0]
  expect(shown).toMatchObject({ isHere: false, places: [`s3://backups/shop/${shown?.id}`] })

  const fetched = await project.safeMigrate('snapshot', 'fetch')
  expect([fetched.exitCode, fetched.stdout]).toEqual([0, expect.stringContaining('is here, as it was written')])
  for (const words of [
    ['snapshot', 'verify'],
    ['snapshot', 'export'],
    ['restore', '--dry-run'],
    ['restore', '--only', 'BlogPost', '--mode', 'missing', '--yes'],
    ['restore', '--yes'],
  ]) {
    rmSync(folder, { recursive: true })
    if (words.includes('--only')) await project.query('DELETE FROM "BlogPost"')
    const done = await project.safeMigrate(...words)
    expect([done.exitCode, done.output], words.join(' ')).toEqual([
      0,
      expect.stringContaining(`Fetching snapshot ${shown?.id} from s3://backups/shop`),
    ])
    expect(readdirSync(folder).filter((name) => name === shown?.id)).toHaveLength(1)
  }
  expect(await project.query('SELECT * FROM "BlogPost" ORDER BY "Id"')).toEqual(before)
  expect(await project.query(`SELECT 1 FROM sqlite_master WHERE name = 'Added'`)).toEqual([])
})

it('a copy that fails stops a deploy before it migrates; the next --if-changed makes up for it', async () => {
  const { project, folder } = await storedProject('stopped')
  project.addMigration('20260101000000_add', 'CREATE TABLE "Added" ("id" INTEGER PRIMARY KEY);\n')
  server.cut = ({ method }) => method === 'PUT'
  const stopped = await project.safeMigrate('deploy').finally(() => {
    server.cut = null
  })
  expect([stopped.exitCode, stopped.output]).toEqual([1, expect.stringContaining('could not be copied to s3://backups/stopped')])
  expect(await project.query(`SELECT 1 FROM sqlite_master WHERE name = 'Added'`)).toEqual([])
  const [id = ''] = readdirSync(folder).filter((name) => !name.startsWith('.'))
  expect((await project.safeMigrate('snapshot', 'list')).stdout).not.toContain('also in')
  const made = readReport(await project.safeMigrate('snapshot', 'create', '--if-changed', '--exact', '--json'), 'snapshots')
  expect([made.snapshots[0]?.id, made.unchanged?.how]).toEqual([id, expect.any(String)])
  expect((await project.safeMigrate('snapshot', 'list')).stdout).toContain(`also in s3://backups/stopped/${id}`)
})

it('what is here can be restored while the bucket cannot be reached; the rest says why', async () => {
  const { project, folder } = await storedProject('away')
  expect((await project.safeMigrate('snapshot', 'create')).exitCode).toBe(0)
  const s3 = { bucket: server.bucket, endpoint: 'http://127.0.0.1:9', forcePathStyle: true }
  project.write('safe-migrate.config.json', JSON.stringify({ storage: { s3 } }))
  const here = await project.safeMigrate('snapshot', 'verify')
  expect([here.exitCode, here.output]).toEqual([0, expect.stringContaining('Only what is here was looked at')])
  rmSync(folder, { recursive: true })
  const nothing = await project.safeMigrate('snapshot', 'verify')
  expect([nothing.exitCode, nothing.output]).toEqual([1, expect.stringContaining('could not be listed')])
})

it('prune and retention: both places, a dry run says where', async () => {
  const { project, folder } = await storedProject('pruned', { retention: { keepLast: 1 } })
  for (let taken = 0; taken < 2; taken += 1) expect((await project.safeMigrate('snapshot', 'create')).exitCode).toBe(0)
  const dry = await project.safeMigrate('snapshot', 'prune', '--dry-run')
  expect(dry.stdout).toMatch(/Would remove 1 snapshot[\s\S]* and s3:\/\/backups\/pruned\//)
  expect((await project.safeMigrate('snapshot', 'prune')).exitCode).toBe(0)
  expect(readdirSync(folder).filter((name) => !name.startsWith('.'))).toHaveLength(1)
  const left = readReport(await project.safeMigrate('snapshot', 'list', '--json'), 'snapshots')
  expect(left.snapshots.map(({ places }) => places.length)).toEqual([2])
  expect(left.unusable).toEqual([])
  const removed = await project.safeMigrate('snapshot', 'remove', left.snapshots[0]?.id ?? '', '--last', '--yes')
  expect([removed.exitCode, removed.output]).toEqual([0, expect.any(String)])
  expect(readReport(await project.safeMigrate('snapshot', 'list', '--json'), 'snapshots')).toMatchObject({ snapshots: [], unusable: [] })
})

it('without the packages for S3, which are not installed by themselves, it says what to type', async () => {
  const { project } = await storedProject('packages')
  const install = temporaryFolder()
  for (const name of ['bin', 'dist', 'package.json']) cpSync(path.join(repositoryRoot, name), path.join(install, name), { recursive: true })
  mkdirSync(path.join(install, 'node_modules'))
  const packages = path.join(repositoryRoot, 'node_modules')
  for (const name of readdirSync(packages).filter((one) => one !== '@aws-sdk'))
    symlinkSync(path.join(packages, name), path.join(install, 'node_modules', name))
  const refused = await project.run('node', [path.join(install, 'bin', 'safe-migrate.js'), 'snapshot', 'list'])
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('npm install @aws-sdk/client-s3 @aws-sdk/lib-storage')])
  expect(refused.stderr).toContain('(storage.s3), and the packages for it are not installed.')
})

it('credentials cannot be written into the configuration', async () => {
  const { project } = await storedProject('config')
  const endpoint = 'https://me:hidden-words@s3.example.com'
  project.write(
    'safe-migrate.config.json',
    JSON.stringify({ storage: { s3: { bucket: 'b-b', endpoint, secretAccessKey: 'hidden-words' } } }),
  )
  const refused = await project.safeMigrate('snapshot', 'list')
  expect([refused.exitCode, refused.output]).toEqual([2, expect.stringMatching(/storage.s3.endpoint: must hold no user/)])
  expect(refused.output).toContain('secretAccessKey: unknown setting')
  expect(refused.output).not.toContain('hidden-words')
})
