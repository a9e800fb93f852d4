import type { AcceptanceProblem } from '../findings/acceptance.js'
import type { Migration } from '../project/history.js'
import type { Finding } from '../rules/finding.js'
import type { TableRestorePlan } from '../snapshots/plan-restore.js'
import type { Difference } from '../verify/difference.js'
import type { Verdict } from './verdict.js'

export interface ProjectSummary {
  readonly root: string
  readonly prisma: string
  readonly database: string
  readonly migrations: string
}

export interface SnapshotSummary {
  readonly id: string
  readonly engine: string
  readonly folder: string
  readonly bytes: number
  /** Why this engine was taken. */
  readonly why: string
}

export interface PrismaSummary {
  readonly exitCode: number
  readonly errorCode: string | null
  /** Pending migrations that are applied now. */
  readonly applied: readonly string[]
  readonly failed: FailedMigration | null
}

export interface FailedMigration {
  readonly name: string
  /** The database's own text, as Prisma stored it. */
  readonly message: string | null
  /** Which of its statements took effect, in order; `unknown` where the database shows no trace either way. */
  readonly statements: readonly { readonly line: number; readonly summary: string; readonly effect: 'yes' | 'no' | 'unknown' }[]
  /** Whether anything of it is in the database. */
  readonly leftTraces: 'yes' | 'no' | 'unknown'
}

export interface RecoverySummary {
  readonly done: 'none' | 'restored' | 'kept'
  /** The snapshot that holds what the restore replaced. */
  readonly replaced: string | null
  /** Why a restore that was wanted did not happen. */
  readonly problem: string | null
}

/** What a run did; the JSON report is this and nothing else. */
export interface RunReport {
  readonly report: 'run'
  readonly formatVersion: 1
  readonly command: 'deploy' | 'dev' | 'restore' | 'resume' | 'undo'
  readonly runId: string | null
  readonly verdict: Verdict
  readonly exitCode: number
  readonly project: ProjectSummary
  readonly pending: readonly string[]
  readonly findings: readonly Finding[]
  /** Acceptances that count for nothing, with the reason. */
  readonly acceptanceProblems: readonly AcceptanceProblem[]
  readonly snapshot: SnapshotSummary | null
  readonly prisma: PrismaSummary | null
  readonly differences: readonly Difference[]
  readonly recovery: RecoverySummary
  /** What to type or do next, in order. */
  readonly next: readonly string[]
  readonly seconds: Readonly<Record<string, number>>
}

/** What `plan` and `check` say; nothing was changed. */
export interface PlanReport {
  readonly report: 'plan'
  readonly formatVersion: 1
  readonly command: 'plan' | 'check'
  readonly exitCode: number
  /** Null when files were checked without a project. */
  readonly project: ProjectSummary | null
  /** Whether the findings were measured in the live database. */
  readonly measured: boolean
  /** Migrations or files that were read, in order. */
  readonly pending: readonly string[]
  readonly findings: readonly Finding[]
  readonly acceptanceProblems: readonly AcceptanceProblem[]
  /** How many of the findings stop a run. */
  readonly blocking: number
}

export interface StatusReport {
  readonly report: 'status'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly project: ProjectSummary
  /** False when there is no such database yet. */
  readonly databaseExists: boolean
  readonly migrations: readonly Pick<Migration, 'name' | 'state' | 'editedAfterApply' | 'missingOnDisk' | 'startedAt' | 'finishedAt'>[]
  /** An interrupted run, explained. */
  readonly unfinished: {
    readonly runId: string
    readonly stage: string
    readonly explanation: string
    readonly snapshot: string | null
  } | null
  readonly next: readonly string[]
}

export interface SnapshotDetails extends SnapshotSummary {
  readonly takenAt: string
  readonly reason: string
  readonly target: string
  readonly serverVersion: string
  /** The engine's own facts, such as the database that a template is. */
  readonly details: Readonly<Record<string, string | number | boolean>>
  readonly tables: readonly { readonly schema: string | null; readonly name: string; readonly rows: number }[]
  readonly history: readonly { readonly name: string; readonly state: string }[]
}

export interface SnapshotReport {
  readonly report: 'snapshots'
  readonly formatVersion: 1
  readonly command: 'create' | 'list' | 'show' | 'verify'
  readonly exitCode: number
  /** Newest first. */
  readonly snapshots: readonly SnapshotDetails[]
  /** Folders in the store that are no usable snapshot. */
  readonly unusable: readonly { readonly id: string; readonly why: string }[]
}

/** What a restore would change (`--dry-run`); the database was not touched. */
export interface RestorePlanReport {
  readonly report: 'restore-plan'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly snapshot: string
  /** Tables that would change. */
  readonly tables: readonly TableRestorePlan[]
  /** How many would stay as they are. */
  readonly unchanged: number
}

export interface ErrorReport {
  readonly report: 'error'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly error: { readonly code: string; readonly message: string; readonly why: string | null; readonly next: readonly string[] }
}

export type Report = RunReport | PlanReport | StatusReport | SnapshotReport | RestorePlanReport | ErrorReport
