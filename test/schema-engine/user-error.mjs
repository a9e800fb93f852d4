/** An error with a code that Prisma shows to its user, worded as the native engine words it. */
export class UserError extends Error {
  /**
   * @param {string} code Prisma's error code, such as "P1001"
   * @param {string} message
   * @param {Record<string, unknown>} [meta]
   */
  constructor(code, message, meta = {}) {
    super(message)
    this.name = 'UserError'
    this.code = code
    this.meta = meta
  }
}

/**
 * @param {string} migrationName
 * @param {string} databaseErrorCode
 * @param {string} databaseError
 */
export function migrationFailed(migrationName, databaseErrorCode, databaseError) {
  const message = `A migration failed to apply. New migrations cannot be applied before the error is recovered from. \
Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve

Migration name: ${migrationName}

Database error code: ${databaseErrorCode}

Database error:
${databaseError}
`
  return new UserError('P3018', message, {
    migration_name: migrationName,
    database_error_code: databaseErrorCode,
    database_error: databaseError,
  })
}
