/** What kind of thing went wrong; the command line turns it into an exit code (see cli/exit-codes.ts). */
export type ErrorCode =
  | 'usage' // wrong words on the command line or a wrong argument to the library
  | 'config' // the configuration, the Prisma project or its environment is wrong or unsupported
  | 'connection' // the database cannot be reached or refuses us
  | 'locked' // another run holds this database
  | 'history' // the migration history does not allow a run
  | 'snapshot' // a snapshot cannot be taken, read, verified or restored
  | 'blocked' // stopped before any change
  | 'prisma' // Prisma could not be run
  | 'unproven' // Prisma has run, and whether data was lost could not be found out
  | 'interrupted' // stopped by a signal at a safe point

export interface ErrorParts {
  readonly code: ErrorCode
  /** What happened, in one sentence, with the user's own names. */
  readonly message: string
  /** Why it matters, or what is known about the reason. */
  readonly why?: string
  /** What to do or type next, one line each. */
  readonly next?: readonly string[]
  readonly cause?: unknown
}

/** The one error class of safe-migrate. Anything else that reaches the top is a bug (exit code 70). */
export class SafeMigrateError extends Error {
  readonly code: ErrorCode
  readonly why: string | null
  readonly next: readonly string[]

  constructor(parts: ErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.name = 'SafeMigrateError'
    this.code = parts.code
    this.why = parts.why ?? null
    this.next = parts.next ?? []
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
