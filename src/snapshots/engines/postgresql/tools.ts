import { constants } from 'node:fs'
import { access, readdir, realpath } from 'node:fs/promises'
import { platform } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { execa } from 'execa'

/** pg_dump and pg_restore of one installation. */
export interface PostgresqlTools {
  readonly folder: string
  /** As they print it: `15.20`. */
  readonly version: string
  readonly major: number
}

/** Folders (last part may hold a `*`) where installers put the tools without adding them to PATH. */
const USUAL_FOLDERS = [
  '/usr/lib/postgresql/*/bin', // Debian, Ubuntu
  '/usr/pgsql-*/bin', // Red Hat, from postgresql.org
  '/usr/libexec/postgresql*', // Alpine
  '/usr/local/pgsql/bin', // built from source
  '/opt/homebrew/opt/postgresql*/bin',
  '/opt/homebrew/opt/libpq/bin',
  '/usr/local/opt/postgresql*/bin',
  '/usr/local/opt/libpq/bin',
  '/home/linuxbrew/.linuxbrew/opt/postgresql*/bin',
  '/home/linuxbrew/.linuxbrew/opt/libpq/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
  'C:\\Program Files\\PostgreSQL\\*\\bin',
]

export interface FoundTools {
  /** The lowest version that is at least the wanted one: the nearer to the server, the fewer surprises. Null when there is none. */
  readonly tools: PostgresqlTools | null
  /** Every installation, lowest version first. */
  readonly found: readonly PostgresqlTools[]
}

/**
 * Looks for pg_dump and pg_restore in SAFE_MIGRATE_PG_BIN, PATH and the usual folders, and asks each for its version. When
 * SAFE_MIGRATE_PG_BIN is set, nothing else is looked at.
 */
export async function findTools(atLeastMajor: number): Promise<FoundTools> {
  const folders = await listFolders()
  const read = await Promise.all(folders.map(readTools))
  const found = read.filter((tools) => tools !== null).sort((a, b) => a.major - b.major)
  return { found, tools: found.find((tools) => tools.major >= atLeastMajor) ?? null }
}

export function toolPath(tools: PostgresqlTools, name: 'pg_dump' | 'pg_restore'): string {
  return join(tools.folder, platform() === 'win32' ? `${name}.exe` : name)
}

async function listFolders(): Promise<string[]> {
  const { SAFE_MIGRATE_PG_BIN: chosen, PATH: path } = process.env
  if (chosen) return [chosen]
  const usual = await Promise.all(USUAL_FOLDERS.map(expand))
  const all = [...(path ?? '').split(delimiter).filter((folder) => folder !== ''), ...usual.flat()]
  const real = await Promise.all(all.map((folder) => realpath(folder).catch(() => null)))
  return [...new Set(real.filter((folder) => folder !== null))]
}

async function expand(pattern: string): Promise<string[]> {
  const [before = '', after] = pattern.split('*')
  if (after === undefined) return [pattern]
  const cut = Math.max(before.lastIndexOf('/'), before.lastIndexOf('\\')) + 1
  const [parent, prefix] = [before.slice(0, cut), before.slice(cut)]
  const names = await readdir(parent).catch(() => [])
  return names.filter((name) => name.startsWith(prefix)).map((name) => `${parent}${name}${after}`)
}

async function readTools(folder: string): Promise<PostgresqlTools | null> {
  const dump = toolPath({ folder, version: '', major: 0 }, 'pg_dump')
  const restore = toolPath({ folder, version: '', major: 0 }, 'pg_restore')
  try {
    await Promise.all([access(dump, constants.X_OK), access(restore, constants.X_OK)])
    // Debian's /usr/bin/pg_dump is a script that chooses another version each time; the real ones are found beside it.
    if (basename(await realpath(dump)) === 'pg_wrapper') return null
    const { stdout } = await execa(dump, ['--version'], { timeout: 10_000 })
    const version = /\(PostgreSQL\) (\d+\S*)/.exec(stdout)?.[1]
    return version === undefined ? null : { folder, version, major: Number.parseInt(version, 10) }
  } catch {
    return null
  }
}
