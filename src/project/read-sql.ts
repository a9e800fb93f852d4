import { readFileSync } from 'node:fs'
import { SafeMigrateError } from '../errors.js'

/**
 * The text of an SQL file, or of standard input (0).
 * @param shown what it is called in messages
 * @throws SafeMigrateError `history` when it is not UTF-8
 */
export function readSql(file: string | 0, shown: string): string {
  const bytes = readFileSync(file)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
    throw new SafeMigrateError({
      code: 'history',
      message: `${shown} is not UTF-8 text${isUtf16 ? ' but UTF-16' : ''}.`,
      why: 'Prisma reads migrations as UTF-8 and stops at anything else.',
      next: ['Save it as UTF-8 without a byte order mark.'],
    })
  }
}
