import type { ProjectSummary } from './report.js'

/** A snapshot that a run names. `elsewhere`: only in the `storage` of the configuration. `unknown`: that could not be asked. */
export interface NamedSnapshot {
  readonly id: string
  readonly state: 'here' | 'elsewhere' | 'unusable' | 'gone' | 'unknown'
}

/** A run as its journal tells it. */
export interface PastRun {
  readonly runId: string
  readonly command: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  /** Null when it has not ended, or was ended by another command later. */
  readonly seconds: number | null
  /** `ada@host`; the host alone where an earlier version wrote it. */
  readonly by: string
  /** For people. */
  readonly database: string
  /** Whether that is the project's database of now. */
  readonly isThisDatabase: boolean
  /** `open`: no end is recorded, and no process of this machine is at it. */
  readonly state: 'ended' | 'running' | 'open'
  /** The verdict, or in words why there is none; null while it has not ended. */
  readonly outcome: string | null
  /** Null where an earlier version did not write it and it does not follow from the outcome. */
  readonly exitCode: number | null
  /** What ended it, where that was another command: `resume`, `undo`. */
  readonly settledBy: string | null
  /** That were to be applied, in order. */
  readonly migrations: readonly string[]
  /** That were applied; null where it is not recorded. */
  readonly applied: readonly string[] | null
  /** From before the run, or the one that was restored. */
  readonly snapshot: NamedSnapshot | null
  /** Of what a restore replaced. */
  readonly replaced: NamedSnapshot | null
}

/** The runs of before (`status --history`). */
export interface HistoryReport {
  readonly report: 'history'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly project: ProjectSummary
  /** Of the journals; absolute. */
  readonly folder: string
  /** Newest first. */
  readonly runs: readonly PastRun[]
  /** How many older ones are left out. */
  readonly older: number
  readonly unreadable: readonly { readonly file: string; readonly why: string }[]
}
