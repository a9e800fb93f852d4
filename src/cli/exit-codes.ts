import type { ErrorCode } from '../errors.js'

/** Exit code of each kind of error (DESIGN.md §9): 1 stopped before any change, 2 could not start. */
export const ERROR_EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  config: 2,
  connection: 2,
  locked: 2,
  history: 1,
  snapshot: 1,
  blocked: 1,
  prisma: 1,
  unproven: 6, // not knowing counts as lost
  interrupted: 1,
}

/** Anything that is not a SafeMigrateError. */
export const BUG_EXIT_CODE = 70
