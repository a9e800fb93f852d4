import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../errors.js'
import type { Finding } from '../rules/finding.js'
import type { SqlSource } from '../sql/statement.js'
import { sha256OfText } from '../util/sha256.js'
import type { RecordedAcceptance } from './parse-acceptance-file.js'

/** Beside the migrations, to be committed with them. Prisma reads folders there and leaves files alone. */
export const ACCEPTANCE_FILE = '.safe-migrate.json'

/** What the acceptance file says. */
export interface AcceptanceFile {
  /** Path as the user knows it, for messages. */
  readonly file: string
  readonly text: string
  readonly acceptances: readonly RecordedAcceptance[]
}

/**
 * Reads `.safe-migrate.json` of a migrations folder; no acceptances without one.
 * @param root what the path in messages is relative to
 * @throws SafeMigrateError `config` for a file that is not as it must be; it is never ignored
 */
export async function readAcceptanceFile(migrationsDir: string, root: string): Promise<AcceptanceFile> {
  const absolute = path.join(migrationsDir, ACCEPTANCE_FILE)
  const file = path.relative(root, absolute)
  if (!existsSync(absolute)) return { file, text: '', acceptances: [] }
  const { parseAcceptances, unreadable } = await import('./parse-acceptance-file.js')
  const text = readFileSync(absolute, 'utf8').replace(/^\uFEFF/, '')
  if (/^(<{7}|={7}|>{7})/m.test(text))
    throw unreadable(file, 'It has conflict markers of a merge.', 'Keep the acceptances of both sides, remove the markers and run again.')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw unreadable(file, messageOf(cause), `Fix it, or take its last good text from the version control: git checkout -- ${file}`)
  }
  return { file, text, acceptances: parseAcceptances(value, file) }
}

/**
 * The acceptances of the folder that a migration is in; null for a file that is not in a folder of migrations.
 * @param base what the files of sources are relative to
 */
export function readAcceptancesBeside(base: string): (source: Pick<SqlSource, 'file'>) => Promise<AcceptanceFile | null> {
  const known = new Map<string, AcceptanceFile>()
  return async ({ file }) => {
    if (path.basename(file) !== 'migration.sql') return null
    const folder = path.dirname(path.dirname(path.resolve(base, file)))
    const found = known.get(folder) ?? (await readAcceptanceFile(folder, base))
    known.set(folder, found)
    return found
  }
}

/** Writes the file: sorted, without duplicates (the newest of equal ones wins), in one atomic step. Removes it when nothing is left. */
export async function writeAcceptanceFile(migrationsDir: string, acceptances: readonly RecordedAcceptance[]): Promise<void> {
  const absolute = path.join(migrationsDir, ACCEPTANCE_FILE)
  if (acceptances.length === 0) return rm(absolute, { force: true })
  const unfinished = `${absolute}.${randomUUID()}`
  const handle = await open(unfinished, 'wx')
  try {
    await handle.writeFile(`${JSON.stringify({ formatVersion: 1, acceptances: sortRecords(acceptances) }, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, absolute)
}

function sortRecords(acceptances: readonly RecordedAcceptance[]): readonly RecordedAcceptance[] {
  const newest = new Map<string, RecordedAcceptance>()
  for (const one of acceptances) {
    const known = newest.get(identityOf(one))
    if (known === undefined || known.acceptedAt <= one.acceptedAt) newest.set(identityOf(one), one)
  }
  return [...newest.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

/** What an acceptance is for; two with the same are one. */
export function identityOf({ migration, rule, objects, statementSha256, occurrence = 1 }: RecordedAcceptance): string {
  return JSON.stringify([migration, rule, [...objects].sort(), statementSha256, occurrence])
}

/** Identifies a statement whatever the line ends of its file are. */
export function hashStatement(statement: Finding['statement']): string {
  return sha256OfText(statement.replaceAll('\r\n', '\n'))
}
