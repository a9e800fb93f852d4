import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { messageOf, SafeMigrateError } from '../errors.js'
import type { Finding } from '../rules/finding.js'
import { sha256OfText } from '../util/sha256.js'

/** Beside the migrations, to be committed with them. Prisma reads folders there and leaves files alone. */
export const ACCEPTANCE_FILE = '.safe-migrate.json'

const recordSchema = z.strictObject({
  /** Name of the migration's folder. */
  migration: z.string().min(1),
  rule: z.string().min(1),
  /** All that the finding names: `User.name`, with the schema unless it is the default one. */
  objects: z.array(z.string()).readonly(),
  /** SHA-256 of the statement's text with LF line ends, hex. */
  statementSha256: z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex'),
  /** Which of several equal statements of the migration, from 1; the first when absent. */
  occurrence: z.number().int().min(2).exactOptional(),
  reason: z.string().trim().min(1, 'is empty, so it does not count'),
  /** ISO 8601. */
  acceptedAt: z.iso.datetime({ offset: true }),
  acceptedBy: z.string().min(1).exactOptional(),
  /** Names under `protect` in the configuration that the person typed to accept it. */
  protected: z.array(z.string().min(1)).readonly().exactOptional(),
})

const fileSchema = z.strictObject({ formatVersion: z.literal(1), acceptances: z.array(recordSchema) })
const versionSchema = z.looseObject({ formatVersion: z.number() })

/** A finding that somebody accepted with `safe-migrate accept`. */
export type RecordedAcceptance = z.infer<typeof recordSchema>

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
export function readAcceptanceFile(migrationsDir: string, root: string): AcceptanceFile {
  const absolute = path.join(migrationsDir, ACCEPTANCE_FILE)
  const file = path.relative(root, absolute)
  if (!existsSync(absolute)) return { file, text: '', acceptances: [] }
  const text = readFileSync(absolute, 'utf8').replace(/^\uFEFF/, '')
  if (/^(<{7}|={7}|>{7})/m.test(text))
    throw unreadable(file, 'It has conflict markers of a merge.', 'Keep the acceptances of both sides, remove the markers and run again.')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw unreadable(file, messageOf(cause), `Fix it, or take its last good text from the version control: git checkout -- ${file}`)
  }
  const version = versionSchema.safeParse(value).data?.formatVersion
  if (version !== undefined && version > 1)
    throw unreadable(file, `It was written by a newer safe-migrate (format ${version}; this one knows 1).`, 'Update safe-migrate.')
  const parsed = fileSchema.safeParse(value)
  if (parsed.success) return { file, text, acceptances: parsed.data.acceptances }
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole file'}: ${issue.message}`)
  throw unreadable(file, problems.join('\n'), 'Fix it, or record the acceptances anew: safe-migrate accept')
}

function unreadable(file: string, why: string, next: string): SafeMigrateError {
  return new SafeMigrateError({ code: 'config', message: `${file} cannot be read, so nobody knows what was accepted.`, why, next: [next] })
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
