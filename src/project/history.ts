import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Connection, MigrationRow } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import type { SqlSource } from '../sql/statement.js'
import type { Project } from './project.js'
import { readSql } from './read-sql.js'

export type MigrationState = 'applied' | 'pending' | 'failed' | 'rolledBack'

export interface Migration {
  readonly name: string
  /** `rolledBack` means: rolled back and pending again. */
  readonly state: MigrationState
  /** Applied, and the file is not what was applied. */
  readonly editedAfterApply: boolean
  /** In the database, and not in the migrations folder. */
  readonly missingOnDisk: boolean
  /** Absolute path of migration.sql; null when missing. */
  readonly file: string | null
  readonly startedAt: string | null
  readonly finishedAt: string | null
  /** What the database said when it failed. */
  readonly logs: string | null
  /** SHA-256 of the file as it was applied, hex; null when it never was. */
  readonly checksum: string | null
}

/** Migrations folder × `_prisma_migrations`, in the order in which Prisma applies them. */
export interface MigrationHistory {
  readonly migrations: readonly Migration[]
  /** Whether `_prisma_migrations` exists. */
  readonly hasTable: boolean
}

/** @throws SafeMigrateError `history` when a migration's folder has no migration.sql */
export async function readHistory(project: Project, connection: Connection | null): Promise<MigrationHistory> {
  const rows = connection === null ? null : await project.database.readMigrationRows(connection)
  const folders = listMigrationFolders(project.migrationsDir)
  const names = new Set([...folders, ...(rows ?? []).map((row) => row.name)])
  const migrations = [...names]
    .sort((a, b) => a.localeCompare(b)) // as Prisma sorts them
    .map((name) =>
      readMigration(
        project,
        name,
        folders.includes(name),
        (rows ?? []).filter((row) => row.name === name),
      ),
    )
    .filter((migration) => migration !== null)
  return { migrations, hasTable: rows !== null }
}

/** What `prisma migrate deploy` would apply, in order. */
export function pendingMigrations(history: MigrationHistory): Migration[] {
  return history.migrations.filter(
    (migration) => migration.file !== null && (migration.state === 'pending' || migration.state === 'rolledBack'),
  )
}

export function failedMigrations(history: MigrationHistory): Migration[] {
  return history.migrations.filter((migration) => migration.state === 'failed')
}

/** Begun, and neither its end nor an error is recorded: a Prisma is at it, or was stopped in the middle. */
export function hasNoEnd({ state, logs }: Migration): boolean {
  return state === 'failed' && !logs
}

/** Reads a migration's SQL for the analysis. The path in messages is relative to the project. */
export function readSource(project: Pick<Project, 'root'>, migration: { readonly name: string; readonly file: string }): SqlSource {
  const file = path.relative(project.root, migration.file)
  return { migration: migration.name, file, sql: readSql(migration.file, file) }
}

/** Folders below the migrations folder, in the order in which Prisma applies them. */
export function listMigrationFolders(migrationsDir: string): string[] {
  if (!existsSync(migrationsDir)) return []
  return readdirSync(migrationsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort((a, b) => a.localeCompare(b))
}

function readMigration(project: Project, name: string, onDisk: boolean, rows: readonly MigrationRow[]): Migration | null {
  const file = onDisk ? path.join(project.migrationsDir, name, 'migration.sql') : null
  const row = decisiveRow(rows)
  const state = row === null ? 'pending' : stateOf(row)
  if (file !== null && !existsSync(file)) {
    throw new SafeMigrateError({
      code: 'history',
      message: `The migration ${name} has no migration.sql.`,
      why: 'Prisma refuses to run with such a folder (P3015).',
      next: [`Restore ${path.relative(project.root, file)}, or delete the folder if it was never applied.`],
    })
  }
  if (file === null && state === 'rolledBack') return null // gone on both sides: nobody's business any more
  return {
    name,
    state,
    file,
    missingOnDisk: file === null,
    editedAfterApply: state === 'applied' && file !== null && row !== null && !matchesChecksum(readFileSync(file, 'utf8'), row.checksum),
    startedAt: row?.startedAt ?? null,
    finishedAt: row?.finishedAt ?? null,
    logs: row?.logs ?? null,
    checksum: row?.checksum ?? null,
  }
}

// One row an attempt: a finished one that was not rolled back wins, then a failed one, then the last.
function decisiveRow(rows: readonly MigrationRow[]): MigrationRow | null {
  return rows.find((row) => stateOf(row) === 'applied') ?? rows.find((row) => stateOf(row) === 'failed') ?? rows.at(-1) ?? null
}

function stateOf(row: MigrationRow): MigrationState {
  if (row.rolledBackAt !== null) return 'rolledBack'
  return row.finishedAt === null ? 'failed' : 'applied'
}

// Prisma accepts a file whose line ends were changed by git.
function matchesChecksum(sql: string, checksum: string): boolean {
  const lf = sql.replaceAll('\r\n', '\n')
  return [sql, lf, lf.replaceAll('\n', '\r\n')].some((text) => createHash('sha256').update(text).digest('hex') === checksum)
}
