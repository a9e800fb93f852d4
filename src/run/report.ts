import type { AcceptanceProblem } from '../findings/acceptance.js'
import type { Finding } from '../rules/finding.js'
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
  /** Where what the restore replaced is kept. */
  readonly replaced: string | null
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
