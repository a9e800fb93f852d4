import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Target } from '../../../databases/database.js'
import { SafeMigrateError } from '../../../errors.js'
import type { Snapshot } from '../../snapshot.js'
import { runTool } from './run-tool.js'
import { findTools, type PostgresqlTools } from './tools.js'

export const DUMP_FOLDER = 'dump'

/** An entry in the table of contents of a dump. */
export interface ArchiveEntry {
  readonly dumpId: number
  /** OID of the object at the time of the dump; `0` when it has none of its own. */
  readonly oid: string
  /** What it is and its name, for people: `TABLE DATA public User owner`. Line ends in names are shown as blanks. */
  readonly description: string
}

export function dumpFolder(snapshot: Pick<Snapshot, 'folder'>): string {
  return join(snapshot.folder, DUMP_FOLDER)
}

/** pg_restore that can read this dump. @throws SafeMigrateError `snapshot` when it is newer than every one here */
export async function findRestoreTools(snapshot: Snapshot): Promise<PostgresqlTools> {
  const { toolMajor, toolVersion } = snapshot.manifest.details
  const { tools, found } = await findTools(Number(toolMajor))
  if (tools !== null) return tools
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} was written by pg_dump ${toolVersion}, and there is no pg_restore at least as new here.`,
    why:
      found.length === 0
        ? 'There is no pg_restore at all.'
        : `Found: ${found.map((tools) => `${tools.version} in ${tools.folder}`).join(', ')}.`,
    next: [installHint(Number(toolMajor)), 'Or name the folder that holds it: SAFE_MIGRATE_PG_BIN=/path/to/bin'],
  })
}

export function installHint(major: number): string {
  return `Install the PostgreSQL client ${major}: apt-get install postgresql-client-${major}, or brew install libpq`
}

/** The table of contents. @throws SafeMigrateError `snapshot` when pg_restore cannot read it */
export async function readArchive(tools: PostgresqlTools, target: Target, snapshot: Snapshot): Promise<ArchiveEntry[]> {
  const text = await runTool({ tools, name: 'pg_restore', target, words: ['--list', dumpFolder(snapshot)] })
  return text.split('\n').flatMap((line) => {
    const parts = /^(\d+); \d+ (\d+) (.*)$/.exec(line)
    return parts === null ? [] : [{ dumpId: Number(parts[1]), oid: parts[2] ?? '0', description: parts[3] ?? '' }]
  })
}

export function isTableData(entry: ArchiveEntry): boolean {
  return entry.description.startsWith('TABLE DATA ')
}

/** Absolute path of the file with the rows of a table. */
export function rowsFile(snapshot: Pick<Snapshot, 'folder'>, entry: ArchiveEntry): string {
  return join(dumpFolder(snapshot), `${entry.dumpId}.dat.gz`)
}

/** Absolute paths of the compressed files that hold large objects. */
export async function largeObjectFiles(snapshot: Pick<Snapshot, 'folder'>): Promise<string[]> {
  const names = await readdir(dumpFolder(snapshot))
  return names.filter((name) => /^blob_\d+\.dat\.gz$/.test(name)).map((name) => join(dumpFolder(snapshot), name))
}
