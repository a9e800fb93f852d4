import { parse } from 'libpg-query'
import { isReadBySqlparser } from '../../../src/databases/postgresql/sqlparser-limits.js'

/**
 * Splits a migration as Prisma does from 7.4 on: at the boundaries that its parser finds, each statement with the
 * comments above it. A file that its parser cannot read is sent as one batch, which PostgreSQL runs in one transaction.
 * https://github.com/prisma/prisma-engines/pull/5767 and /5847
 *
 * @param {string} script
 * @returns {Promise<string[]>}
 */
export async function splitScript(script) {
  if (script.includes('\0')) return [script]
  try {
    const { stmts = [] } = await parse(script)
    if (!stmts.every(({ stmt }) => isReadBySqlparser(stmt ?? {}))) return [script]
    const bytes = Buffer.from(script) // the parser counts UTF-8 bytes
    return stmts.map(({ stmt_location: start = 0, stmt_len: length }) =>
      bytes
        .subarray(start, length ? start + length : undefined)
        .toString()
        .trim(),
    )
  } catch {
    return [script]
  }
}
