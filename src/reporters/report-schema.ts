import { z } from 'zod'
import type { AcceptanceProblem } from '../findings/acceptance-problem.js'
import type { Report } from '../run/report.js'
import { EXIT_CODES, type Verdict } from '../run/verdict.js'
import { diff } from './diff-schema.js'
import { accept, explain } from './finding-reports-schema.js'
import { count, difference, finding, list, location, text } from './finding-schema.js'
import { history } from './history-schema.js'
import { partTables } from './part-tables-schema.js'
import { projectSummary } from './project-schema.js'
import { rehearsalOf } from './rehearsal-schema.js'
import { effects, resolve } from './resolve-schema.js'
import { recovery, salvageReport } from './salvage-schema.js'

const acceptanceProblem: z.ZodType<AcceptanceProblem> = z.strictObject({
  kind: z.enum(['malformed', 'unknown-rule', 'no-reason', 'misplaced', 'unused', 'lapsed', 'protected', 'protects-nothing']),
  migration: text,
  location: location.nullable(),
  message: z.string(),
})
const migrationProblem = z.strictObject({ migration: z.string(), location, message: z.string() })
const snapshot = z.strictObject({ id: z.string(), engine: z.string(), folder: z.string(), bytes: count, why: z.string() })
const verdicts = z.custom<Verdict>().and(z.enum(Object.keys(EXIT_CODES)))

const failed = z
  .strictObject({
    name: z.string(),
    startedAt: text,
    message: text,
    statements: effects,
    leftTraces: z.enum(['yes', 'no', 'unknown']),
  })
  .nullable()
const prisma = z.strictObject({ exitCode: z.number().int(), errorCode: text, applied: list(z.string()), failed })

const protection = z.union([
  z.strictObject({ source: z.literal('configuration'), environment: z.string() }),
  z.strictObject({ source: z.literal('mark'), by: z.string(), at: z.string(), reason: text }),
])

const atomicity = z.strictObject({
  migration: z.string(),
  atomic: z.enum(['yes', 'no', 'unknown']),
  partialFrom: count.nullable(),
  why: z.string(),
})

const examples = z.strictObject({ count, examples: list(z.string()) })

const tableFigure = z.strictObject({
  schema: text,
  table: z.string(),
  renamedTo: z.string().exactOptional(),
  rowsBefore: count.nullable(),
  rowsAfter: count.nullable(),
  changed: list(z.string()),
})

const run = z.strictObject({
  report: z.literal('run'),
  formatVersion: z.literal(1),
  command: z.enum(['deploy', 'dev', 'rehearse', 'restore', 'resume', 'undo']),
  runId: text,
  startedAt: z.string().exactOptional(),
  verdict: verdicts,
  exitCode: count,
  project: projectSummary,
  pathInRepository: text,
  protection: protection.nullable(),
  pending: list(z.string()),
  findings: list(finding),
  acceptanceProblems: list(acceptanceProblem),
  atomicity: list(atomicity).exactOptional(),
  snapshot: snapshot.nullable(),
  rehearsal: rehearsalOf(failed).exactOptional(),
  prisma: prisma.nullable(),
  differences: list(difference),
  tables: list(tableFigure).exactOptional(),
  otherTables: count.exactOptional(),
  recovery,
  files: z.strictObject({ paths: list(z.string()), restored: count, kept: text }).exactOptional(),
  fileReferences: list(
    z.strictObject({ model: z.string(), column: z.string(), folder: z.string(), missing: examples, unnamed: examples }),
  ).exactOptional(),
  next: list(z.string()),
  seconds: z.record(z.string(), z.number()),
})

const plan = z.strictObject({
  report: z.literal('plan'),
  formatVersion: z.literal(1),
  command: z.enum(['plan', 'check']),
  exitCode: count,
  project: projectSummary.nullable(),
  pathInRepository: text,
  measured: z.boolean(),
  measuredAt: z.string().exactOptional(),
  pending: list(z.string()),
  findings: list(finding),
  acceptanceProblems: list(acceptanceProblem),
  atomicity: list(atomicity).exactOptional(),
  historyProblems: list(migrationProblem),
  changedSince: z.string().exactOptional(),
  invariants: list(z.strictObject({ name: z.string(), state: z.enum(['holds', 'broken', 'not checkable']), why: text })).exactOptional(),
  blocking: count,
})

const status = z.strictObject({
  report: z.literal('status'),
  formatVersion: z.literal(1),
  exitCode: count,
  project: projectSummary,
  databaseExists: z.boolean(),
  protection: protection.nullable(),
  migrations: list(
    z.strictObject({
      name: z.string(),
      state: z.enum(['applied', 'pending', 'failed', 'rolledBack', 'running', 'begun']),
      editedAfterApply: z.boolean(),
      missingOnDisk: z.boolean(),
      startedAt: text,
      finishedAt: text,
    }),
  ),
  migrating: list(z.string()).exactOptional(),
  unfinished: z.strictObject({ runId: z.string(), stage: z.string(), explanation: z.string(), snapshot: text }).nullable(),
  elsewhere: list(z.string()).exactOptional(),
  next: list(z.string()),
})

const snapshots = z.strictObject({
  report: z.literal('snapshots'),
  formatVersion: z.literal(1),
  command: z.enum(['create', 'list', 'show', 'verify', 'fetch']),
  exitCode: count,
  snapshots: list(
    snapshot.extend({
      takenAt: z.string(),
      reason: z.string(),
      target: z.string(),
      serverVersion: z.string(),
      places: list(z.string()),
      isHere: z.boolean(),
      encryption: z.enum(['recipients', 'passphrase']).nullable(),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      tables: list(z.strictObject({ schema: text, name: z.string(), rows: count })),
      history: list(z.strictObject({ name: z.string(), state: z.string() })),
    }),
  ),
  unchanged: z.strictObject({ how: z.string() }).exactOptional(),
  unusable: list(z.strictObject({ id: z.string(), why: z.string() })),
})

const prune = z.strictObject({
  report: z.literal('prune'),
  formatVersion: z.literal(1),
  exitCode: count,
  dryRun: z.boolean(),
  folder: z.string(),
  snapshots: list(
    z.strictObject({
      id: z.string(),
      keep: z.boolean(),
      reasons: list(z.string()),
      target: z.string(),
      takenAt: z.string(),
      bytes: count,
      places: list(z.string()),
      problem: text,
    }),
  ),
  partials: list(z.strictObject({ id: z.string(), why: z.string(), removed: z.boolean(), next: text })),
})

const restorePlan = z.strictObject({
  report: z.literal('restore-plan'),
  formatVersion: z.literal(1),
  exitCode: count,
  snapshot: z.string(),
  tables: list(
    z.strictObject({
      schema: text,
      name: z.string(),
      rowsNow: count.nullable(),
      rowsThen: count.nullable(),
      keysDiffer: z.boolean().nullable(),
      columns: list(z.string()),
    }),
  ),
  unchanged: count,
  largeObjects: z.strictObject({ countNow: count, countThen: count }).nullable(),
  comparedLess: list(z.strictObject({ schema: text, name: z.string() })),
  next: list(z.string()),
  files: z.strictObject({ paths: list(z.string()), restored: count, changed: count, removed: count }).exactOptional(),
})

const partRestore = z.strictObject({
  report: z.literal('part-restore'),
  formatVersion: z.literal(1),
  exitCode: count,
  verdict: z.enum(['planned', 'restored', 'unchanged', 'declined']),
  runId: text,
  target: z.string(),
  snapshot: z.string(),
  takenAt: z.string(),
  mode: z.enum(['replace', 'missing', 'upsert']),
  tables: partTables,
  notices: list(z.string()),
  replaced: text,
})

const protectionReport = z.strictObject({
  report: z.literal('protection'),
  formatVersion: z.literal(1),
  exitCode: count,
  project: projectSummary,
  protection: protection.nullable(),
  changed: z.boolean(),
  next: list(z.string()),
})

const exportReport = z.strictObject({
  report: z.literal('export'),
  formatVersion: z.literal(1),
  exitCode: count,
  snapshot: z.string(),
  format: z.enum(['ndjson', 'json']),
  output: z.string(),
  tables: list(z.strictObject({ name: z.string(), schema: text, table: z.string(), rows: count, file: z.string() })),
})

const importReport = z.strictObject({
  report: z.literal('import'),
  formatVersion: z.literal(1),
  exitCode: count,
  project: projectSummary,
  mapping: z.string(),
  file: z.string(),
  model: z.string(),
  dryRun: z.boolean(),
  rows: count,
  inserted: count,
  updated: count,
  skipped: count,
  problems: list(z.strictObject({ line: count, message: z.string() })),
  moreProblems: count,
  ignored: list(z.string()),
  snapshot: snapshot.nullable(),
})

const importJson = z.strictObject({
  report: z.literal('import-json'),
  formatVersion: z.literal(1),
  exitCode: count,
  project: projectSummary,
  file: z.string(),
  mode: z.enum(['replace', 'missing', 'upsert']),
  verdict: z.enum(['planned', 'imported', 'unchanged', 'declined', 'refused']),
  rows: count,
  tables: partTables,
  notices: list(z.string()),
  problems: list(z.strictObject({ file: z.string(), line: count, message: z.string() })),
  moreProblems: count,
  snapshot: snapshot.nullable(),
})

const init = z.strictObject({
  report: z.literal('init'),
  formatVersion: z.literal(1),
  exitCode: count,
  root: z.string(),
  files: list(
    z.strictObject({
      file: z.string(),
      change: z.enum(['new', 'changed', 'none', 'left out']),
      diff: z.string(),
      notes: list(z.string()),
    }),
  ),
  written: list(z.string()),
  next: list(z.string()),
})

const error = z.strictObject({
  report: z.literal('error'),
  formatVersion: z.literal(1),
  exitCode: count,
  error: z.strictObject({ code: z.string(), message: z.string(), why: text, next: list(z.string()) }),
  known: run
    .pick({ project: true, pathInRepository: true, pending: true, findings: true, snapshot: true, differences: true })
    .exactOptional(),
})

/** What `--json` prints; published as report.schema.json. The compiler checks that it says the same as the types of the reports. */
export const reportSchema: z.ZodType<Report> = z.discriminatedUnion('report', [
  run,
  plan,
  accept,
  explain,
  status,
  snapshots,
  prune,
  restorePlan,
  partRestore,
  salvageReport,
  protectionReport,
  resolve,
  exportReport,
  importReport,
  importJson,
  init,
  diff,
  history,
  error,
])

/** JSON Schema, draft 2020-12. */
export function reportJsonSchema(): object {
  return {
    $comment: 'Written by safe-migrate from src/reporters/report-schema.ts',
    ...z.toJSONSchema(reportSchema, { target: 'draft-2020-12', unrepresentable: 'any' }),
  }
}
