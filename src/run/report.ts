import type { AcceptanceProblem } from '../findings/acceptance-problem.js'
import type { RecordedAcceptance } from '../findings/parse-acceptance-file.js'
import type { FileAtomicity } from '../project/file-atomicity.js'
import type { Migration, MigrationState } from '../project/history.js'
import type { Finding, FindingKind, Level, Severity } from '../rules/finding.js'
import type { Pruned } from '../snapshots/prune-snapshots.js'
import type { SalvagePlan } from '../snapshots/salvage/salvage.js'
import type { Location } from '../sql/statement.js'
import type { Difference } from '../verify/difference.js'
import type { TableFigures } from '../verify/table-figures.js'
import type { DiffReport } from './diff-report.js'
import type { FileReferenceProblems } from './file-references.js'
import type { HistoryReport } from './history-report.js'
import type { TargetProtection } from './protection.js'
import type { Rehearsal } from './rehearsal-report.js'
import type { ResolveReport } from './resolve-report.js'
import type { PartRestoreReport, RestorePlanReport } from './restore-report.js'
import type { ExportReport, ImportJsonReport, ImportReport } from './row-reports.js'
import type { SalvageReport } from './salvage-report.js'
import type { Verdict } from './verdict.js'

export interface ProjectSummary {
  readonly root: string
  readonly prisma: string
  readonly database: string
  readonly migrations: string
  /** Which of the configured environments it is; null when none. */
  readonly environment: string | null
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
  /** Of the attempt, as Prisma stored it. */
  readonly startedAt: string | null
  /** The database's own text, as Prisma stored it. */
  readonly message: string | null
  /** Which of its statements took effect, in order; `unknown` where the database shows no trace either way. */
  readonly statements: readonly { readonly line: number; readonly summary: string; readonly effect: 'yes' | 'no' | 'unknown' }[]
  /** Whether anything of it is in the database. */
  readonly leftTraces: 'yes' | 'no' | 'unknown'
}

export interface RecoverySummary {
  readonly done: 'none' | 'restored' | 'salvaged' | 'kept'
  /** The snapshot that holds what the restore replaced. */
  readonly replaced: string | null
  /** Why a restore or salvage that was wanted did not happen. */
  readonly problem: string | null
  /** The snapshot that shows what the migrations left, for a salvage; absent when there is none. */
  readonly left?: string
  /** What was put back, and what was not. */
  readonly salvage?: SalvagePlan
}

/** What a run did; the JSON report is this and nothing else. The figures of tables are absent where nothing was compared. */
export interface RunReport extends Partial<TableFigures> {
  readonly report: 'run'
  readonly formatVersion: 1
  readonly command: 'deploy' | 'dev' | 'rehearse' | 'restore' | 'resume' | 'undo'
  readonly runId: string | null
  /** ISO 8601, UTC; absent where no run was begun. Of an interrupted run that was finished: when that began. */
  readonly startedAt?: string
  readonly verdict: Verdict
  readonly exitCode: number
  readonly project: ProjectSummary
  readonly pathInRepository: string | null
  /** How the database is known to be protected; null when it is not, or that was not looked at (resume). */
  readonly protection: TargetProtection | null
  readonly pending: readonly string[]
  readonly findings: readonly Finding[]
  /** Acceptances that count for nothing, with the reason. */
  readonly acceptanceProblems: readonly AcceptanceProblem[]
  /** Of each pending file; absent where nothing was planned. */
  readonly atomicity?: readonly FileAtomicity[]
  readonly snapshot: SnapshotSummary | null
  /** What the migrations did to a copy of the database; absent where that was not tried. */
  readonly rehearsal?: Rehearsal
  readonly prisma: PrismaSummary | null
  readonly differences: readonly Difference[]
  readonly recovery: RecoverySummary
  /** Files that came back with the database. `kept`: folder that holds what was there before; null when nothing was. */
  readonly files?: { readonly paths: readonly string[]; readonly restored: number; readonly kept: string | null }
  /** Columns and folders that do not fit each other (`fileReferences`); absent where that was not looked at. */
  readonly fileReferences?: readonly FileReferenceProblems[]
  /** What to type or do next, in order. */
  readonly next: readonly string[]
  readonly seconds: Readonly<Record<string, number>>
}

/** Something about a migration file that Prisma will complain of. */
export interface MigrationProblem {
  readonly migration: string
  readonly location: Location
  /** One sentence. */
  readonly message: string
}

export interface InvariantSummary {
  readonly name: string
  /** `not checkable` stops a run, before any change. `broken`: only what makes it worse counts. */
  readonly state: 'holds' | 'broken' | 'not checkable'
  readonly why: string | null
}

/** What `plan` and `check` say; nothing was changed. */
export interface PlanReport {
  readonly report: 'plan'
  readonly formatVersion: 1
  readonly command: 'plan' | 'check'
  readonly exitCode: number
  /** Null when files were checked without a project. */
  readonly project: ProjectSummary | null
  /** Folder that the files of findings are relative to, within its git repository: `packages/shop`, empty at its root; null outside of one. */
  readonly pathInRepository: string | null
  /** Whether the findings were measured in the live database. */
  readonly measured: boolean
  /** ISO 8601, UTC; absent where nothing was measured. */
  readonly measuredAt?: string
  /** Migrations or files that were read, in order. */
  readonly pending: readonly string[]
  readonly findings: readonly Finding[]
  readonly acceptanceProblems: readonly AcceptanceProblem[]
  /** Of each file; absent where files were checked without a project, whose Prisma would tell. */
  readonly atomicity?: readonly FileAtomicity[]
  /** Found by `check` only. */
  readonly historyProblems: readonly MigrationProblem[]
  /** What `check --changed` compared with, such as `origin/main`. */
  readonly changedSince?: string
  /** Of `plan`: what the invariants of the configuration say now; absent without any. */
  readonly invariants?: readonly InvariantSummary[]
  /** How many of the findings stop a run. */
  readonly blocking: number
}

/** What is recorded in `.safe-migrate.json`, or was just now. */
export interface AcceptReport {
  readonly report: 'accept'
  readonly formatVersion: 1
  readonly command: 'accept' | 'list' | 'prune'
  readonly exitCode: number
  /** The acceptance file, relative to the project. */
  readonly file: string
  /** Whether the findings were measured in the live database. */
  readonly measured: boolean
  readonly added: readonly RecordedAcceptance[]
  readonly removed: readonly RecordedAcceptance[]
  /** `list`: all of them. `lapsed`: the statement has changed since. `missing`: there is no such migration any more. */
  readonly recorded: readonly (RecordedAcceptance & { readonly state: 'current' | 'lapsed' | 'missing' })[]
  /** Findings that still stop a run. */
  readonly open: readonly Finding[]
}

export interface ExplainedExample {
  readonly sql: string
  /** What earlier migrations have made. */
  readonly before: string | null
  /** Where it is valid. */
  readonly databases: readonly string[]
}

/** A rule, for people. Examples are left out where all rules are listed. */
export interface ExplainedRule {
  readonly rule: string
  readonly kind: FindingKind
  readonly severity: Severity
  /** With the configuration that holds here. */
  readonly level: Level
  readonly summary: string
  /** With what is found in them. */
  readonly unsafe: readonly (ExplainedExample & { readonly message: string; readonly why: string; readonly instead: string })[]
  readonly safe: readonly ExplainedExample[]
}

export interface ExplainReport {
  readonly report: 'explain'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly environment: string | null
  readonly rules: readonly ExplainedRule[]
}

export interface MigrationStatus extends Pick<Migration, 'name' | 'editedAfterApply' | 'missingOnDisk' | 'startedAt' | 'finishedAt'> {
  /** `running`: another Prisma is applying it right now. `begun`: neither its end nor an error is recorded, and whether one is at it cannot be seen. */
  readonly state: MigrationState | 'running' | 'begun'
}

export interface StatusReport {
  readonly report: 'status'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly project: ProjectSummary
  /** False when there is no such database yet. */
  readonly databaseExists: boolean
  readonly protection: TargetProtection | null
  readonly migrations: readonly MigrationStatus[]
  /** Who is applying a migration right now, for people; absent when nobody is seen to. */
  readonly migrating?: readonly string[]
  /** An interrupted run, explained. */
  readonly unfinished: {
    readonly runId: string
    readonly stage: string
    readonly explanation: string
    readonly snapshot: string | null
  } | null
  /** Interrupted restores into other databases (`restore --to`), explained; absent when there are none. */
  readonly elsewhere?: readonly string[]
  readonly next: readonly string[]
}

export interface SnapshotDetails extends SnapshotSummary {
  readonly takenAt: string
  readonly reason: string
  readonly target: string
  readonly serverVersion: string
  /** Its folder here, where it is here, and where it is elsewhere. */
  readonly places: readonly string[]
  readonly isHere: boolean
  /** What opens it: `recipients` or `passphrase`; null when it is not encrypted. */
  readonly encryption: 'recipients' | 'passphrase' | null
  /** The engine's own facts, such as the database that a template is. */
  readonly details: Readonly<Record<string, string | number | boolean>>
  readonly tables: readonly { readonly schema: string | null; readonly name: string; readonly rows: number }[]
  readonly history: readonly { readonly name: string; readonly state: string }[]
}

export interface SnapshotReport {
  readonly report: 'snapshots'
  readonly formatVersion: 1
  readonly command: 'create' | 'list' | 'show' | 'verify' | 'fetch'
  readonly exitCode: number
  /** Newest first. */
  readonly snapshots: readonly SnapshotDetails[]
  /** create: none was taken, because the one that is named shows what is there now. */
  readonly unchanged?: { readonly how: string }
  /** Folders in the store that are no usable snapshot. */
  readonly unusable: readonly { readonly id: string; readonly why: string }[]
}

/** What `snapshot prune` removed, or would. */
export interface PruneReport extends Pruned {
  readonly report: 'prune'
  readonly formatVersion: 1
  /** 1 when something could not be removed. */
  readonly exitCode: number
  readonly dryRun: boolean
  /** Of the store. */
  readonly folder: string
}

/** What `protect` did. */
export interface ProtectionReport {
  readonly report: 'protection'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly project: ProjectSummary
  /** As it is now. */
  readonly protection: TargetProtection | null
  /** False when it was so before, or the removal was declined. */
  readonly changed: boolean
  readonly next: readonly string[]
}

/** One file that `init` has a part in. */
export interface InitFile {
  /** Relative to the project, with `/`. */
  readonly file: string
  /** `none`: it is as it should be. `left out`: it is not for this project, or not to be changed by us; the notes say why. */
  readonly change: 'new' | 'changed' | 'none' | 'left out'
  /** Unified diff; empty when nothing changes. */
  readonly diff: string
  readonly notes: readonly string[]
}

/** What `init` would do, and did. */
export interface InitReport {
  readonly report: 'init'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly root: string
  readonly files: readonly InitFile[]
  /** Those that were written. */
  readonly written: readonly string[]
  readonly next: readonly string[]
}

export interface ErrorReport {
  readonly report: 'error'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly error: { readonly code: string; readonly message: string; readonly why: string | null; readonly next: readonly string[] }
  /** What was known of the run until then; absent where none had begun. */
  readonly known?: Pick<RunReport, 'project' | 'pathInRepository' | 'pending' | 'findings' | 'snapshot' | 'differences'>
}

export type Report =
  | RunReport
  | PlanReport
  | AcceptReport
  | ExplainReport
  | StatusReport
  | SnapshotReport
  | PruneReport
  | RestorePlanReport
  | PartRestoreReport
  | SalvageReport
  | ProtectionReport
  | ResolveReport
  | ExportReport
  | ImportReport
  | ImportJsonReport
  | InitReport
  | DiffReport
  | HistoryReport
  | ErrorReport
