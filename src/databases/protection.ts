import type { Connection } from './database.js'

/** What `safe-migrate protect` writes into a database: who, when and why. */
export interface ProtectionMark {
  readonly by: string
  /** ISO 8601. */
  readonly at: string
  readonly reason: string | null
}

/**
 * The mark of a protected database. It lies where everybody who may connect can read it, where Prisma sees no drift, and where no
 * migration and no `prisma migrate reset` comes by.
 */
export interface ProtectionMarks {
  /** Null without a mark. One that this user may not read is a mark all the same. */
  read(connection: Connection): Promise<ProtectionMark | null>
  /** Replaces an earlier one. */
  write(connection: Connection, mark: ProtectionMark): Promise<void>
  remove(connection: Connection): Promise<void>
}

/** For a mark that is there and cannot be read: what is not known counts as protected. */
export const UNREADABLE_MARK: ProtectionMark = { by: 'somebody', at: '', reason: 'who and why cannot be read' }
