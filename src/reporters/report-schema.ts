import { z } from 'zod'
import type { AcceptanceProblem } from '../findings/acceptance-problem.js'
import type { Report } from '../run/report.js'
import { EXIT_CODES, type Verdict } from '../run/verdict.js'
import { count, difference, finding, findingKind, level, list, location, severity, text } from './finding-schema.js'
import { partTables } from './part-tables-schema.js'

const acceptanceProblem: z.ZodType<AcceptanceProblem> = z.strictObject({
  kind: z.enum(['malformed', 'unknown-rule', 'no-reason', 'misplaced', 'unused', 'lapsed', 'protected', 'protects-nothing']),
  migration: text,
  location: location.nullable(),
  message: z.string(),
})
const migrationProblem = z.strictObject({ migration: z.string(), location, message: z.string() })
const project = z.strictObject({ root: z.string(), prisma: z.string(), database: z.string(), migrations: z.string(), environment: text })
const snapshot = z.strictObject({ id: z.string(), engine: z.string(), folder: z.string(), bytes: count, why: z.string() })
const verdicts = z.custom<Verdict>().and(z.enum(Object.keys(EXIT_CODES)))

const prisma = z.strictObject({
  exitCode: z.number().int(),
  errorCode: text,
  applied: list(z.string()),
  failed: z
    .strictObject({
      name: z.string(),
      message: text,
      statements: list(z.strictObject({ line: count, summary: z.string(), effect: z.enum(['yes', 'no', 'unknown']) })),
      leftTraces: z.enum(['yes', 'no', 'unknown']),
    })
    .nullable(),
})

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

const run = z.strictObject({
  report: z.literal('run'),
  formatVersion: z.literal(1),
  command: z.enum(['deploy', 'dev', 'restore', 'resume', 'undo']),
  runId: text,
  verdict: verdicts,
  exitCode: count,
  project,
  pathInRepository: text,
  protection: protection.nullable(),
  pending: list(z.string()),
  findings: list(finding),
  acceptanceProblems: list(acceptanceProblem),
  atomicity: list(atomicity).exactOptional(),
  snapshot: snapshot.nullable(),
  prisma: prisma.nullable(),
  differences: list(difference),
  recovery: z.strictObject({ done: z.enum(['none', 'restored', 'kept']), replaced: text, problem: text }),
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
  project: project.nullable(),
  pathInRepository: text,
  measured: z.boolean(),
  pending: list(z.string()),
  findings: list(finding),
  acceptanceProblems: list(acceptanceProblem),
  atomicity: list(atomicity).exactOptional(),
  historyProblems: list(migrationProblem),
  changedSince: z.string().exactOptional(),
  blocking: count,
})

const recordedAcceptance = z.strictObject({
  migration: z.string(),
  rule: z.string(),
  objects: list(z.string()),
  statementSha256: z.string(),
  occurrence: count.exactOptional(),
  reason: z.string(),
  acceptedAt: z.string(),
  acceptedBy: z.string().exactOptional(),
  protected: list(z.string()).exactOptional(),
})

const accept = z.strictObject({
  report: z.literal('accept'),
  formatVersion: z.literal(1),
  command: z.enum(['accept', 'list', 'prune']),
  exitCode: count,
  file: z.string(),
  measured: z.boolean(),
  added: list(recordedAcceptance),
  removed: list(recordedAcceptance),
  recorded: list(recordedAcceptance.extend({ state: z.enum(['current', 'lapsed', 'missing']) })),
  open: list(finding),
})

const example = z.strictObject({ sql: z.string(), before: text, databases: list(z.string()) })

const explain = z.strictObject({
  report: z.literal('explain'),
  formatVersion: z.literal(1),
  exitCode: count,
  environment: text,
  rules: list(
    z.strictObject({
      rule: z.string(),
      kind: findingKind,
      severity,
      level,
      summary: z.string(),
      unsafe: list(example.extend({ message: z.string(), why: z.string(), instead: z.string() })),
      safe: list(example),
    }),
  ),
})

const status = z.strictObject({
  report: z.literal('status'),
  formatVersion: z.literal(1),
  exitCode: count,
  project,
  databaseExists: z.boolean(),
  protection: protection.nullable(),
  migrations: list(
    z.strictObject({
      name: z.string(),
      state: z.enum(['applied', 'pending', 'failed', 'rolledBack']),
      editedAfterApply: z.boolean(),
      missingOnDisk: z.boolean(),
      startedAt: text,
      finishedAt: text,
    }),
  ),
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
  project,
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
  project,
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
  project,
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
  protectionReport,
  exportReport,
  importReport,
  importJson,
  init,
  error,
])

/** JSON Schema, draft 2020-12. */
export function reportJsonSchema(): object {
  return {
    $comment: 'Written by safe-migrate from src/reporters/report-schema.ts',
    ...z.toJSONSchema(reportSchema, { target: 'draft-2020-12', unrepresentable: 'any' }),
  }
}
