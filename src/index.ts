// The library: the functions that the commands call. Everything is typed; bad outcomes are reports, and what stops before any change is a SafeMigrateError.
export { loadConfig } from './config/load.js'
export type { Config, ConfigInput } from './config/schema.js'
export { type Settings, selectEnvironment } from './config/select-environment.js'
export type { Connection, Database, Target } from './databases/database.js'
export type { Fingerprint } from './databases/fingerprint.js'
export { databases } from './databases/index.js'
export { type ErrorCode, SafeMigrateError } from './errors.js'
export { checkFiles } from './findings/check-files.js'
export { type Migration, type MigrationHistory, type MigrationState, pendingMigrations, readHistory } from './project/history.js'
export type { Project } from './project/project.js'
export { type LocatedProject, locateProject, type ResolveOptions, resolveProject } from './project/resolve-project.js'
export { type ReportFormat, reporters } from './reporters/index.js'
export { reportJsonSchema } from './reporters/report-schema.js'
export type { Finding, Impact, Level, Severity } from './rules/finding.js'
export { type AcceptOptions, accept } from './run/accept.js'
export { type DeployOptions, deploy } from './run/deploy.js'
export { type DevOptions, dev } from './run/dev.js'
export { explainRule, listRules } from './run/explain.js'
export type { HistoryReport, PastRun } from './run/history-report.js'
export { type ImportRequest, importRows } from './run/import.js'
export { initProject } from './run/init/init.js'
export type { RunEvent, RunInterface } from './run/interface.js'
export { listAcceptances, pruneAcceptances } from './run/list-acceptances.js'
export { planProject } from './run/plan-project.js'
export { protectTarget, unprotectTarget } from './run/protect-target.js'
export type { TargetProtection } from './run/protection.js'
export { pruneStored as pruneSnapshots } from './run/prune.js'
export { type RehearseOptions, rehearsePending } from './run/rehearse.js'
export { removeStored as removeSnapshot } from './run/remove.js'
export type {
  AcceptReport,
  ExplainReport,
  InitReport,
  PlanReport,
  ProtectionReport,
  PruneReport,
  Report,
  RunReport,
  SnapshotReport,
  StatusReport,
} from './run/report.js'
export { previewRestore, restoreOnRequest } from './run/restore.js'
export { previewParts, restorePartsOnRequest } from './run/restore-parts.js'
export type { PartRestoreReport, RestorePlanReport } from './run/restore-report.js'
export type { RunOptions } from './run/run.js'
export { readRunHistory } from './run/run-history.js'
export { previewSalvage, salvageOnRequest } from './run/salvage.js'
export type { SalvageReport } from './run/salvage-report.js'
export { createSnapshot, listSnapshots, showSnapshot, verifyStored as verifySnapshot } from './run/snapshots.js'
export { readStatus } from './run/status.js'
export { unattendedInterface } from './run/unattended.js'
export { EXIT_CODES, type Verdict } from './run/verdict.js'
export type { PartRequest } from './snapshots/parts/build-parts.js'
export type { SqlSource } from './sql/statement.js'
export type { Difference } from './verify/difference.js'
