import type { Finding } from '../rules/finding.js'
import type { PartPlan } from '../snapshots/restore-parts.js'
import type { SalvagePlan } from '../snapshots/salvage/salvage.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import type { OnProgress } from '../util/progress.js'
import type { Difference } from '../verify/difference.js'
import type { Plan } from './plan.js'
import type { TargetProtection } from './protection.js'
import type { Rehearsal } from './rehearsal-report.js'
import type { InitFile, ProjectSummary } from './report.js'
import type { Resolution, ResolvedMigration } from './resolve-report.js'
import type { UnfinishedRun } from './unfinished.js'

/** Something worth showing while a run goes on; the final report comes from the reporters. */
export type RunEvent =
  | { readonly type: 'started'; readonly project: ProjectSummary; readonly protection: TargetProtection | null }
  | { readonly type: 'waiting-for-lock'; readonly holder: string }
  | { readonly type: 'plan'; readonly plan: Plan }
  | { readonly type: 'snapshot-chosen'; readonly engine: string; readonly why: string }
  | { readonly type: 'snapshot-taken'; readonly snapshot: Snapshot; readonly seconds: number }
  /** By the retention, after a new one. */
  | { readonly type: 'snapshots-pruned'; readonly removed: readonly { readonly id: string; readonly reasons: readonly string[] }[] }
  | { readonly type: 'snapshot-needless'; readonly why: string }
  | { readonly type: 'rehearsing'; readonly snapshot: string }
  | { readonly type: 'rehearsed'; readonly rehearsal: Rehearsal }
  | { readonly type: 'prisma-started'; readonly words: readonly string[] }
  | { readonly type: 'prisma-ended'; readonly exitCode: number; readonly seconds: number }
  | { readonly type: 'compared'; readonly differences: readonly Difference[]; readonly seconds: number }
  | { readonly type: 'restoring'; readonly snapshot: string }
  | { readonly type: 'parts-planned'; readonly plan: PartPlan }
  | { readonly type: 'salvage-planned'; readonly plan: SalvagePlan }
  | {
      readonly type: 'restored'
      readonly snapshot: string
      readonly replaced: string | null
      readonly disconnected: readonly string[]
      readonly seconds: number
    }
  | { readonly type: 'init-plan'; readonly files: readonly InitFile[] }
  | { readonly type: 'notice'; readonly message: string; readonly next?: readonly string[] }

export type Recovery = 'restore' | 'salvage' | 'keep'

/** What is known when recovery is decided. */
export interface RecoveryQuestion {
  readonly situation: 'failed' | 'lost'
  readonly snapshot: Snapshot
  readonly failed: string | null
  readonly differences: readonly Difference[]
}

export interface ResolutionQuestion {
  readonly migration: ResolvedMigration
  readonly right: Resolution | null
  readonly possible: readonly Resolution[]
}

/** How a run talks to whoever started it. The command line and the library each bring their own. */
export interface RunInterface {
  /** Whether somebody can be asked. */
  readonly interactive: boolean
  readonly show: (event: RunEvent) => void
  readonly progress: OnProgress
  /** Where Prisma's output goes. */
  readonly prismaOutput: 'terminal' | 'stdout' | 'stderr' | 'nothing'
  /** Aborted by Ctrl-C or SIGTERM: the run stops at the next safe point. */
  readonly signal: AbortSignal
  /** Only called when interactive. */
  confirmFindings(blocking: readonly Finding[], plan: Plan): Promise<boolean>
  /** accept: the reason for accepting it, `reason` when that is given already; null when it is not accepted. What is protected must be typed. */
  askAcceptance(finding: Finding, known: { readonly reason: string | null; readonly left: number }): Promise<string | null>
  chooseRecovery(question: RecoveryQuestion): Promise<Recovery>
  /** resolve: what is done about a migration; null leaves it as it is. `right` is what was found to be right, null where that cannot be told. */
  chooseResolution(question: ResolutionQuestion): Promise<Resolution | null>
  /** Once the plan of a salvage was shown. */
  confirmSalvage(): Promise<boolean>
  chooseUnfinished(run: UnfinishedRun): Promise<'resume' | 'undo' | 'leave'>
  /** dev: whether the draft is rewritten as shown. */
  confirmRewrite(rewrite: {
    readonly description: string
    readonly before: string
    readonly after: string
    readonly file: string
  }): Promise<boolean>
  /** dev: what happens to a draft that is not applied. */
  chooseDraft(name: string): Promise<'keep' | 'remove'>
}
