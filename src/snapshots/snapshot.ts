import type { EncryptionSettings } from '../config/encryption.js'
import type { Connection, DatabaseId, FingerprintOptions, Target } from '../databases/database.js'
import type { Fingerprint } from '../databases/fingerprint.js'
import type { Project } from '../project/project.js'
import type { OnProgress } from '../util/progress.js'
import type { Manifest } from './manifest.js'
import type { SnapshotStorage } from './storage/storage.js'

/** A complete snapshot in the store. */
export interface Snapshot {
  /** Folder name: `<UTC time>-<database>`. */
  readonly id: string
  /** Absolute path. */
  readonly folder: string
  readonly manifest: Manifest
}

export interface SnapshotContext {
  readonly project: Project
  /** Open connection to the project's database. Engines may open and close others, never this one. Read it anew at each use: it is another one after `withoutConnection`. */
  readonly connection: Connection
  /** Closes `connection` for the time of `work` and opens it again afterwards: copying or renaming a database needs everybody out. */
  withoutConnection<T>(work: () => Promise<T>): Promise<T>
  readonly onProgress: OnProgress
  /** The user's own, for the engine `command`; null when the configuration names none. */
  readonly commands: SnapshotCommands | null
  /** Files and folders that go into every snapshot, relative to the project's root. */
  readonly files: readonly string[]
  /** How closely tables are read for fingerprints. */
  readonly reading: Pick<FingerprintOptions, 'levelOf' | 'budget'>
  /** How new snapshots are encrypted, and what opens encrypted ones; null: not at all. */
  readonly encryption: EncryptionSettings | null
  /** Where new snapshots are copied to, and old ones may be; null: they are only here. */
  readonly storage: SnapshotStorage | null
  /** Bytes that must stay free where snapshots are written. */
  readonly reserve: number
  /** Aborted when what is being written must not go on; `take` stops then, and throws. */
  readonly signal?: AbortSignal
  /** Reads more of the very moment that a snapshot shows: called, and awaited, on the connection on which its fingerprint was read. */
  readonly onFingerprint?: (connection: Connection) => Promise<void>
  /** Called, and awaited, before each step that changes something outside the snapshot's folder; for the journal. */
  readonly onStep?: (step: string, data: Readonly<Record<string, unknown>>) => void | Promise<void>
}

/**
 * The user's own commands, each a line for the shell. It runs in the project's root with the environment of safe-migrate and
 * - `SAFE_MIGRATE_SNAPSHOT_ID`: id of the snapshot; safe in file names and shells
 * - `SAFE_MIGRATE_SNAPSHOT_DIR`: absolute path of its folder; what `take` writes there is kept, with its SHA-256, for the others
 * - `SAFE_MIGRATE_DATABASE_URL`: the connection URL (secret), as Prisma has it
 * - `SAFE_MIGRATE_DATABASE_NAME`: the database's name; the absolute path of a SQLite file
 * - `SAFE_MIGRATE_PROVIDER`: `postgresql`, `sqlite`
 */
export interface SnapshotCommands {
  readonly take: string
  /** Must fail when the snapshot cannot be restored any more. */
  readonly verify?: string | undefined
  readonly restore: string
  /** Removes what `take` made elsewhere. */
  readonly remove?: string | undefined
}

/** What an engine says about itself before it is chosen. `why` is for people, either way. `fallback`: can be used, and others are better here. `substitute`: as good, for when those before it cannot be used. */
export interface Availability {
  readonly available: boolean
  readonly why: string
  readonly fit?: 'best' | 'fallback' | 'substitute'
  /** When it is not available: what would make it so. */
  readonly next?: readonly string[]
}

export interface TakenSnapshot {
  /** Of the very moment that the copy shows. */
  readonly fingerprint: Fingerprint
  /** What the engine needs to restore, for the manifest. No secrets. */
  readonly details: Readonly<Record<string, string | number | boolean>>
  /** For people: objects of the database that the snapshot does not hold. */
  readonly notCarried?: readonly string[]
  /** Files whose SHA-256 was computed while they were written, so that reading them back is a comparison; paths as in the manifest. */
  readonly files?: Manifest['files']
  /** What was written was read back already, as `verify` would. */
  readonly isReadBack?: true
}

/** What a restore kept, as a snapshot. */
export interface AdoptedDatabase extends TakenSnapshot {
  /** Id of the engine that can restore it. */
  readonly engine: string
  readonly serverVersion: string
  readonly history: Manifest['history']
}

export interface RestoreOptions {
  /** What is there now is in a snapshot already, or nothing is there: the engine may replace it without keeping it. */
  readonly isKept: boolean
  /** That snapshot, when it was taken for this. */
  readonly kept?: (Pick<Snapshot, 'id'> & { readonly fingerprint: Fingerprint }) | null
}

export interface RestoreOutcome {
  /** Where what was there before now is, when the engine kept it (a renamed database); null when the caller must have taken a snapshot. */
  readonly replaced: string | null
  /** Whether the fingerprint was compared before the new state became visible; otherwise the caller compares. */
  readonly isProven: boolean
  /** Sessions that were ended for it, for people: `psql (user ada), 2 sessions`. */
  readonly disconnected: readonly string[]
}

/** A way to take and restore snapshots. One file in engines/, one line in engines/index.ts. */
export interface SnapshotEngine {
  readonly id: string
  readonly databases: readonly DatabaseId[]
  /** One line for `snapshot create --help` and doctor. */
  readonly summary: string
  /** The fingerprint that `take` returns was read from the copy itself, so that reading the copy once more proves nothing new. */
  readonly fingerprintsCopy: boolean
  /** `restore` reads all of it and compares the result with the fingerprint before anybody sees it, so that reading the data before proves nothing new. */
  readonly provesRestore?: true
  /** What lies elsewhere than in the snapshot's folder: `all` of the data (a database on the server), or what only the user's commands know of. */
  readonly outside?: 'all' | 'some'
  /** Whether it is asked when nobody names an engine; always when absent. */
  isOffered?(context: SnapshotContext): boolean
  checkAvailability(context: SnapshotContext, purpose: SnapshotPurpose): Promise<Availability>
  /** The least that `take` will write into its folder, in bytes; for the check of free space. */
  estimateBytes(context: SnapshotContext): Promise<number>
  /** Writes data files into `folder` (exists, empty, 0700). Must clean up what it made outside `folder` when it throws. */
  take(context: SnapshotContext, folder: string, id: string): Promise<TakenSnapshot>
  /** Re-reads the data beyond the file hashes. @throws SafeMigrateError `snapshot` */
  verify(context: SnapshotContext, snapshot: Snapshot, depth: VerifyDepth): Promise<void>
  /** Whether `restore` itself keeps what it replaces; otherwise the caller takes a snapshot of it first. */
  keepsReplaced(context: SnapshotContext, snapshot: Snapshot): Promise<boolean>
  /** Replaces the database in one atomic step, after comparing with the snapshot's fingerprint where the engine can; on failure it is as it was. */
  restore(context: SnapshotContext, snapshot: Snapshot, options: RestoreOptions): Promise<RestoreOutcome>
  /** Describes in `folder` what `restore` kept, as a snapshot of its own. Required of engines that keep it. */
  adoptReplaced?(context: SnapshotContext, replaced: string, folder: string): Promise<AdoptedDatabase>
  /** Called when that snapshot is complete: nobody changes it any more, and it is no leftover. */
  closeReplaced?(context: SnapshotContext, replaced: string): Promise<void>
  /** Makes a table of the snapshot readable beside the live ones, for row-level comparison. */
  openTable(context: SnapshotContext, snapshot: Snapshot, table: SnapshotTable): Promise<OpenedTable>
  /** A database beside the project's into which `restore` can restore; absent where there is no such thing. Nothing is made yet. */
  makeScratch?(context: SnapshotContext, snapshot: Snapshot): Promise<Scratch>
  /** Removes what lives outside the folder (a template database). */
  remove(context: SnapshotContext, snapshot: Snapshot): Promise<void>
  /** Whether what lies outside the folder is still there; only for engines with such data. */
  isThere?(context: SnapshotContext, snapshot: Snapshot): Promise<boolean>
  /** Removes what an interrupted `take` with this id left outside its folder; or an interrupted removal, then with what was to be removed. */
  discard(context: SnapshotContext, id: string, withdrawn: Snapshot | null): Promise<void>
  /** Names of what a killed `restore` left outside the store: what nobody needs, and what was replaced. */
  findLeftovers?(context: SnapshotContext): Promise<{ readonly disposable: readonly string[]; readonly replaced: readonly string[] }>
  /** Removes one of the disposable ones; others' are not touched. */
  removeLeftover?(context: SnapshotContext, name: string): Promise<void>
}

/** A database for a while. */
export interface Scratch {
  readonly target: Target
  /** Also when it is not there. */
  remove(): Promise<void>
}

/** `rows`: whether all rows can be read; `all`: also what can be made again from them, where that takes longer. */
export type VerifyDepth = 'rows' | 'all'

export type SnapshotPurpose = 'deploy' | 'dev' | 'manual' | 'restore' | 'rehearsal'

export interface SnapshotTable {
  readonly schema: string | null
  readonly name: string
}

export interface OpenedTable {
  /** Use this connection for the comparison; it sees the live tables and the snapshot's. */
  readonly connection: Connection
  /** Quoted, ready for SQL. Its columns have the names and types they had in the snapshot; enums, domains and composite types are text. */
  readonly sqlName: string
  /** Names of the columns that could be opened: all but generated ones whose expression no longer works. */
  readonly columns: readonly string[]
  close(): Promise<void>
}
