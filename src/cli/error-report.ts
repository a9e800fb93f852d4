import { messageOf, SafeMigrateError } from '../errors.js'
import type { ErrorReport } from '../run/report.js'
import { BUG_EXIT_CODE, ERROR_EXIT_CODES } from './exit-codes.js'

/** Anything that was thrown, as a report. */
export function describeError(error: unknown, known?: ErrorReport['known']): ErrorReport {
  if (error instanceof SafeMigrateError) {
    const { code, message, why, next } = error
    return errorReport({ code, message, why, next }, ERROR_EXIT_CODES[code], known)
  }
  const bug = {
    code: 'bug',
    message: `A bug in safe-migrate: ${messageOf(error)}`,
    why: error instanceof Error ? (error.stack ?? null) : null,
    next: ['Run safe-migrate status: it says what state the database is in.', 'Please report this with the text above.'],
  }
  return errorReport(bug, BUG_EXIT_CODE, known)
}

/** Wrong words on the command line. */
export function describeUsage(message: string): ErrorReport {
  return errorReport({ code: 'usage', message, why: null, next: ['safe-migrate --help'] }, ERROR_EXIT_CODES.usage)
}

function errorReport(error: ErrorReport['error'], exitCode: number, known?: ErrorReport['known']): ErrorReport {
  return { report: 'error', formatVersion: 1, exitCode, error, ...(known === undefined ? {} : { known }) }
}
