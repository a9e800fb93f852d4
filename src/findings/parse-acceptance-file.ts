import { z } from 'zod'
import { SafeMigrateError } from '../errors.js'

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

/** @param file as the user knows it, for messages @throws SafeMigrateError `config` */
export function parseAcceptances(value: unknown, file: string): readonly RecordedAcceptance[] {
  const version = versionSchema.safeParse(value).data?.formatVersion
  if (version !== undefined && version > 1)
    throw unreadable(file, `It was written by a newer safe-migrate (format ${version}; this one knows 1).`, 'Update safe-migrate.')
  const parsed = fileSchema.safeParse(value)
  if (parsed.success) return parsed.data.acceptances
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole file'}: ${issue.message}`)
  throw unreadable(file, problems.join('\n'), 'Fix it, or record the acceptances anew: safe-migrate accept')
}

/** @param file as the user knows it */
export function unreadable(file: string, why: string, next: string): SafeMigrateError {
  return new SafeMigrateError({ code: 'config', message: `${file} cannot be read, so nobody knows what was accepted.`, why, next: [next] })
}
