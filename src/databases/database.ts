import type { Change } from '../sql/change.js'
import type { SqlSource, Statement } from '../sql/statement.js'
import type { OnProgress } from '../util/progress.js'
import type { Secret } from '../util/secret.js'
import type { ReadAnswers } from './answer.js'
import type { Catalog } from './catalog.js'
import type { ChangeEvidence } from './change-evidence.js'
import type { Dialect } from './dialect.js'
import type { ValueBinding } from './field-value.js'
import type { ColumnFingerprint, Fingerprint, ReadLevel, TableFingerprint } from './fingerprint.js'
import type { ReadJsonRows } from './json-rows.js'
import type { OpenJsonStage } from './json-stage.js'
import type { ProtectionMarks } from './protection.js'
import type { ReadRows } from './read-rows.js'
import type { RehearsalTools } from './rehearsal.js'
import type { RowRestoreSql } from './row-restore.js'
import type { SalvageSql } from './salvage.js'

export type DatabaseId = 'postgresql' | 'sqlite'

/** Where to connect. Made by `Database.readTarget` from a Prisma URL; nothing but `url` is secret. */
export interface Target {
  readonly url: Secret
  /** For people: `PostgreSQL database "shop" on db.example.com:5432`, `SQLite database prisma/dev.db`. */
  readonly label: string
  /** Database name (PostgreSQL) or absolute file path (SQLite). */
  readonly name: string
  /** Host, or null when it is a file or a local socket. */
  readonly host: string | null
  /** On this very machine: a file, a socket, a loopback address. */
  readonly isLocal: boolean
  /** Schema of `_prisma_migrations` and of unqualified names; null on SQLite. */
  readonly schema: string | null
  /** Stable and printable, the same for every URL that means this database; used for locks, journals and snapshot folders. */
  readonly identity: string
}

export interface ReadTargetContext {
  /** Folder that a relative `file:` URL is relative to (depends on the Prisma version). */
  readonly fileBase: string
  /** Shown instead of absolute paths where possible. */
  readonly root: string
}

/** A row of `_prisma_migrations`, as stored. Times are ISO 8601. */
export interface MigrationRow {
  readonly id: string
  readonly checksum: string
  readonly name: string
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly rolledBackAt: string | null
  readonly logs: string | null
  readonly appliedStepsCount: number
}

export type Row = Record<string, unknown>

/** One live connection. Values come back as the driver gives them, except that 64-bit integers are `bigint` or decimal text, never rounded. */
export interface Connection {
  readonly database: Database
  readonly target: Target
  /** As the server prints it: `15.20`, `3.49.2`. */
  readonly serverVersion: string
  /** Runs SQL. Parameters are `$1` on PostgreSQL, `?` on SQLite. */
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>
  /** Runs `work` in a read-only transaction under a statement timeout (milliseconds), always rolled back. */
  readOnly<T>(timeout: number, work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** What parsing one file gave. Every statement is in `statements`, and has at least one change. */
export interface ParsedSql {
  readonly source: SqlSource
  readonly statements: readonly Statement[]
  readonly changes: readonly Change[]
  /** Comments with their text as it stands, in order; not those inside strings and function bodies. */
  readonly comments: readonly { readonly start: number; readonly end: number; readonly text: string }[]
  readonly dialect: Dialect
}

export interface LockHolder {
  /** What is known of the one who holds the lock, for people. */
  readonly description: string
}

/** What a look at the server tells of those who migrate. */
export interface Migrating {
  readonly sessions: readonly MigratingSession[]
  /** Why there may be others, for people: `which cannot be seen in a file`; null where all can be seen. */
  readonly unseen: string | null
}

/** A session of somebody else's that migrates. */
export interface MigratingSession {
  /** Who, since when and what, for people. */
  readonly description: string
  /** SQL that ends it. */
  readonly end: string
}

export interface RunLock {
  /** False when it was lost (with its connection): another run may have started. */
  isHeld(): boolean
  release(): Promise<void>
}

/** A table (`column` is null) or column that got another name. `table` is its name at that moment. */
export interface Rename {
  readonly schema: string | null
  readonly table: string
  readonly column: string | null
  readonly to: string
}

export interface FingerprintOptions {
  /** The earlier fingerprint to be compared with: columns are digested in the type they had then, found again by id (else by name). */
  readonly reference?: Fingerprint
  /** How closely a table is read; every value when absent. A table of the reference is read no closer than then. */
  readonly levelOf?: (table: { readonly schema: string | null; readonly name: string }) => ReadLevel
  /** Only these tables are read, and nothing else of the database. */
  readonly only?: (table: { readonly schema: string | null; readonly name: string }) => boolean
  /** Milliseconds in which every value is read, the smallest tables first; of what is left then only rows and keys. Without it, all the time it takes. */
  readonly budget?: number
  /** What names the moment that the caller's read-only transaction sees, so that more connections can read it; where the database has such a thing. */
  readonly moment?: string
  /** The database that is read stays as it is, in this file: values need not be digested (SQLite). */
  readonly rowsIn?: string
  /** Renames done since `reference`, for databases where nothing else tells (SQLite). In order. */
  readonly renames?: readonly Rename[]
  readonly onProgress?: OnProgress
}

/** Everything that differs from one database to the next. A new one is one folder and one line in index.ts. */
export interface Database {
  readonly id: DatabaseId
  /** For people: `PostgreSQL`. */
  readonly name: string
  /** Prisma's provider names for it. */
  readonly providers: readonly string[]
  readonly traits: DatabaseTraits
  /** Reads a Prisma connection URL. @throws SafeMigrateError `config` when it is not one for this database. */
  readTarget(url: string, context: ReadTargetContext): Target
  /** Splits and reads SQL. Never throws for bad SQL: what is not understood is an `opaque` change. */
  parse(source: SqlSource): Promise<ParsedSql>
  quoteName(name: string): string
  /** @throws SafeMigrateError `connection` */
  connect(target: Target): Promise<Connection>
  /** False when the server answers (or the folder is there) but the database is not. @throws SafeMigrateError `connection` otherwise */
  exists(target: Target): Promise<boolean>
  /** Whether this is how a lost connection shows; what was open on it is rolled back. */
  isConnectionLost(error: unknown): boolean
  /** Whether this is how the database says that it would hide rows from this user. */
  isHiddenByPolicy(error: unknown): boolean
  /** Whether this is how the database says that a row may not be as it is; not that it cannot be written now. */
  isRefusal(error: unknown): boolean
  /** All rows of `_prisma_migrations` in order of `started_at`; null when there is no such table. */
  readMigrationRows(connection: Connection): Promise<readonly MigrationRow[] | null>
  readCatalog(connection: Connection): Promise<Catalog>
  /** One scan a table, read-only. */
  fingerprint(connection: Connection, options?: FingerprintOptions): Promise<Fingerprint>
  readonly readJsonRows: ReadJsonRows
  readonly readRows: ReadRows
  /** For queries of the user's. */
  readonly readAnswers: ReadAnswers
  /** For reading JSON back. */
  readonly openJsonStage: OpenJsonStage
  /** For writing values of Prisma fields. */
  readonly values: ValueBinding
  /** For comparing rows of a snapshot with the live ones. */
  readonly comparison: ComparisonSql
  /** One run per database. Waits up to `wait` milliseconds. The lock dies with the process. @returns the holder when it was not to be had */
  lock(target: Target, wait: number): Promise<RunLock | LockHolder>
  /** Asks the server or the file itself: equal exactly when two connections are to one database, whatever their URLs say. */
  identify(connection: Connection): Promise<string>
  /** Whether anything changed since a moment of before. */
  changeEvidence(): Promise<ChangeEvidence>
  readonly protection: ProtectionMarks
  /** For putting back rows of a snapshot among the live ones. */
  rowRestore(): Promise<RowRestoreSql>
  /** Who goes on migrating this database on the server after a Prisma has ended. */
  findMigrating(connection: Connection, migrations: readonly SqlSource[]): Promise<Migrating>
  /** For trying migrations on a copy. */
  rehearsal(): Promise<RehearsalTools>
  /** For putting back what a migration lost, and nothing else. */
  salvage(): Promise<SalvageSql>
}

/** One side of a comparison: a column as the fingerprint saw it, and the SQL that reads it. */
export interface ComparedValue {
  readonly sql: string
  readonly column: ColumnFingerprint
}

/** SQL for comparing rows of a snapshot with the live ones, by the rules of the fingerprint: values of `after` in the type they had in `before`. */
export interface ComparisonSql {
  /** Settings on which casts and text forms depend; one statement each, for inside a transaction. */
  readonly settings: readonly string[]
  /** The same, by which all queries of a transaction see one moment; they come first. */
  readonly oneMoment: readonly string[]
  /** What to read the live rows of a table from, so that they are those which the fingerprint counted; ends with the alias. */
  readLiveTable(after: TableFingerprint, alias: string, connection: Connection): Promise<string>
  /** Condition to join on: the same key. An index can be used. `mayBeNull`: a NULL finds a NULL. */
  sameKey(before: ComparedValue, after: ComparedValue, mayBeNull: boolean): string
  /** A value of either side in the type of `before`, to group and count equal ones; never fails on a value. */
  grouped(value: ComparedValue, before: ColumnFingerprint, after: ColumnFingerprint): string
  /** Condition: two values that are not both NULL differ. May fail on a value that cannot be cast back. */
  differs(before: ComparedValue, after: ComparedValue): string
  /** The same by their texts; never fails. */
  differsAsText(before: ComparedValue, after: ComparedValue): string
  /** For people. */
  text(sql: string): string
  /** What comes later in the server's order of transactions can be told from it; null where nothing tells. Plain text, to be kept. */
  readMoment(connection: Connection): Promise<string | null>
  /**
   * Condition: the live row stands as it was last written before the moment, so nothing that began later can have written it, and the value of
   * the column is what was stored then. Null where that cannot be told.
   */
  isOlder(
    tables: readonly [before: TableFingerprint, after: TableFingerprint],
    column: ColumnPlace,
    alias: string,
    moment: string,
  ): string | null
}

/** One column before and after. */
export interface ColumnPlace {
  readonly before: ColumnFingerprint
  readonly after: ColumnFingerprint
}

export interface DatabaseTraits {
  /** Whether several statements sent as one text are one transaction by themselves (PostgreSQL's simple query protocol). */
  readonly batchIsTransaction: boolean
  /** Whether a failed statement inside BEGIN … COMMIT undoes schema changes too. */
  readonly transactionalDdl: boolean
  /** Whether the engine itself refuses values that do not fit a column's type. */
  readonly enforcesTypes: boolean
  /** Whether a database is a file on this machine, and not a server's. */
  readonly isFile: boolean
}
