import { databaseOfProvider } from '../../src/databases/index.js'
import { checkFiles } from '../../src/findings/check-files.js'
import { shownFindings } from '../../src/findings/levels.js'
import type { Rehearsal } from '../../src/run/rehearsal-report.js'
import type { PlanReport, Report } from '../../src/run/report.js'

/** SQL with everything that a format may stumble on: its own signs in names, two findings in a line, one accepted, one acceptance too many. */
export const AWKWARD = `-- safe-migrate: allow drop-column User.gone -- moved: 100 % of it, see "a|b"
ALTER TABLE "User" DROP COLUMN "gone";
ALTER TABLE "User"\tDROP COLUMN "a|b,c:d",  DROP COLUMN "\`x\` <b>%0A::error::@everyone</b>";\r
-- safe-migrate: allow drop-table Nothing -- no such table
DELETE FROM "名前" WHERE "a" = 'x
::error::no command';
ALTER TABLE "User" ALTER COLUMN "email" SET NOT NULL;
NOT SQL AT ALL;
`

/** What would be markup where it is not escaped. */
const AWKWARD_NAME = '</td><script>alert("1")</script><img src=x onerror=alert(1)>'

/** What \`check\` says of a file. */
export async function checkReport(sql: string, file = 'prisma/migrations/1_a/migration.sql'): Promise<PlanReport> {
  const postgresql = databaseOfProvider('postgresql')
  if (postgresql === null) throw new Error('no PostgreSQL')
  const { findings: all, problems } = await checkFiles([{ migration: '1_a', file, sql }], postgresql)
  const findings = shownFindings(all)
  const blocking = findings.filter(({ level, accepted }) => level === 'block' && accepted === undefined).length
  return {
    report: 'plan',
    formatVersion: 1,
    command: 'check',
    exitCode: blocking > 0 ? 1 : 0,
    project: null,
    pathInRepository: 'packages/my shop',
    measured: false,
    pending: ['1_a'],
    findings,
    acceptanceProblems: problems,
    historyProblems: [],
    blocking,
  }
}

/** One of every kind of report. */
export async function exampleReports(): Promise<readonly Report[]> {
  const { project, ...run } = exampleRun(await checkReport(AWKWARD))
  return [
    await checkReport(AWKWARD),
    await checkReport('SELECT 1;'),
    { project, ...run },
    exampleAcceptance(run.findings),
    {
      report: 'explain',
      formatVersion: 1,
      exitCode: 0,
      environment: null,
      rules: [
        {
          rule: 'drop-column',
          kind: 'loss',
          severity: 'S1',
          level: 'block',
          summary: 'A column goes: 100 % | ::error::',
          unsafe: [{ sql: 'ALTER …;\n', before: 'CREATE …;', databases: ['PostgreSQL'], message: 'a|b', why: '<b>', instead: '`x`' }],
          safe: [{ sql: 'SELECT 1;', before: null, databases: [] }],
        },
      ],
    },
    {
      report: 'status',
      formatVersion: 1,
      exitCode: 0,
      project,
      databaseExists: true,
      protection: { source: 'mark', by: 'ada@host', at: '2026-01-01T00:00:00Z', reason: '100 % "live" | a::b' },
      migrations: [{ name: '1_a', state: 'running', editedAfterApply: true, missingOnDisk: false, startedAt: null, finishedAt: null }],
      migrating: ['server process 1 of user a::b'],
      unfinished: { runId: '1', stage: 'snapshot', explanation: 'It was killed.', snapshot: null },
      elsewhere: ['The restore into <b> did not come to its end.'],
      next: ['safe-migrate status --undo'],
    },
    {
      report: 'diff',
      formatVersion: 1,
      exitCode: 1,
      project,
      snapshot: 'x',
      takenAt: '2026-01-01T00:00:00Z',
      written: null,
      showValues: true,
      tables: [
        {
          schema: 'public',
          name: 'a|b',
          nameNow: 'c::d',
          rowsThen: 2,
          rowsNow: 1,
          hasKey: true,
          rowsGone: 1,
          rowsAdded: 0,
          rowsChanged: 1,
          columns: [{ name: 'x', nameNow: 'x', isNew: false, lost: 1, changed: 0, set: 0 }],
          problem: '<b>',
          lines: [
            { schema: 'public', table: 'a|b', change: 'table-renamed', key: null, column: null, now: 'c::d', rows: 2 },
            {
              schema: 'public',
              table: 'a|b',
              change: 'row-gone',
              key: { id: '1' },
              column: null,
              row: { id: '1', x: '\n::error::no' },
              rows: 1,
            },
            { schema: 'public', table: 'a|b', change: 'value-lost', key: { id: '2' }, column: 'x', before: '`x`', after: null, rows: 1 },
          ],
          moreLines: 3,
        },
      ],
      unchanged: 1,
      largeObjects: '1 of 2 large objects is gone',
      unread: [{ schema: null, name: 'v', why: 'a foreign table' }],
      next: ['safe-migrate diff x --as csv --output differences.csv'],
    },
    {
      report: 'resolve',
      formatVersion: 1,
      exitCode: 1,
      project,
      migrations: [
        {
          name: '1_a',
          state: 'failed',
          editedAfterApply: false,
          missingOnDisk: false,
          message: 'ERROR:\n::error::forged',
          found: 'half-way',
          comparedWith: null,
          statements: [
            { line: 1, summary: 'ALTER TABLE "a|b" …', effect: 'yes' },
            { line: 2, summary: 'UPDATE "a"', effect: 'no' },
          ],
          remaining: [{ line: 2, sql: 'UPDATE "a" SET b = \'<b>\';', effect: 'no' }],
          leftovers: [],
          done: 'none',
          snapshot: null,
          next: ['Or do what is missing of 1_a by hand'],
        },
      ],
      recovery: { done: 'none', replaced: null, problem: null },
      next: [],
    },
    { report: 'snapshots', formatVersion: 1, command: 'list', exitCode: 0, snapshots: [], unusable: [{ id: 'x', why: 'no manifest' }] },
    {
      report: 'prune',
      formatVersion: 1,
      exitCode: 1,
      dryRun: false,
      folder: '/shop/.safe-migrate/snapshots',
      snapshots: [
        {
          id: 'x',
          keep: true,
          reasons: ['one of the last 3 (keepLast)'],
          target: 'shop',
          takenAt: '2026-01-02',
          bytes: 5,
          places: ['/shop/.safe-migrate/snapshots/one', 's3://backups/shop/one'],
          problem: null,
        },
        {
          id: 'y',
          keep: false,
          reasons: ['a|b'],
          target: 'shop',
          takenAt: '2026-01-01',
          bytes: 6,
          places: ['/shop/.safe-migrate/snapshots/one', 's3://backups/shop/one'],
          problem: 'E|acces',
        },
      ],
      partials: [{ id: 'z', why: 'it was not completed', removed: false, next: "rm -r '/x'" }],
    },
    {
      report: 'restore-plan',
      formatVersion: 1,
      exitCode: 0,
      snapshot: 'x',
      tables: [],
      unchanged: 3,
      largeObjects: null,
      comparedLess: [],
      next: [],
    },
    {
      report: 'restore-plan',
      formatVersion: 1,
      exitCode: 0,
      snapshot: 'x',
      tables: [
        { schema: 'billing', name: 'a|b', rowsNow: 1, rowsThen: 2, keysDiffer: true, columns: [] },
        {
          schema: null,
          name: 'n'.repeat(63),
          rowsNow: 5,
          rowsThen: 5,
          keysDiffer: false,
          columns: Array.from({ length: 34 }, (_, at) => `column_${at}`),
        },
        { schema: null, name: 'Gone', rowsNow: null, rowsThen: 3, keysDiffer: null, columns: [] },
      ],
      unchanged: 3,
      largeObjects: { countNow: 1, countThen: 2 },
      comparedLess: [{ schema: 'billing', name: 'a|b' }],
      next: ['To do it: safe-migrate restore x'],
    },
    {
      report: 'part-restore',
      formatVersion: 1,
      exitCode: 0,
      verdict: 'planned',
      runId: null,
      target: 'PostgreSQL database "shop"',
      snapshot: 'x',
      takenAt: '2026-01-01T00:00:00.000Z',
      mode: 'upsert',
      tables: [
        {
          schema: 'public',
          name: 'a|b',
          key: ['id'],
          inserted: 1,
          overwritten: 2,
          deleted: 0,
          unchanged: 3,
          orphans: 1,
          remapped: 1,
          orphanSamples: [{ row: 'id = ::error::4', missing: 'a = 7 (User.id)' }],
        },
      ],
      notices: ['100 % "gone" | a::b'],
      replaced: null,
    },
    {
      report: 'salvage',
      formatVersion: 1,
      exitCode: 0,
      verdict: 'salvaged',
      runId: 'x',
      target: 'PostgreSQL database "shop"',
      snapshot: 'x',
      lostBy: 'y',
      all: false,
      tables: [
        {
          schema: 'public',
          name: 'a|b',
          inserted: 1,
          values: [{ column: '::error::', written: 2 }],
          aside: [{ column: null, count: 1, why: 'the table is gone' }],
        },
      ],
      sideTables: [
        { of: 'a|b', what: 'rows', rows: 1, name: '"s"."a|b_rows"', statements: ['INSERT INTO "a|b" SELECT * FROM "s"."a|b_rows";'] },
      ],
      place: 'the schema _safe_migrate_salvage',
      notices: ['100 % "gone" | a::b'],
      next: ['To see all: safe-migrate diff x'],
    },
    { report: 'protection', formatVersion: 1, exitCode: 0, project, protection: null, changed: true, next: ['safe-migrate protect'] },
    {
      report: 'export',
      formatVersion: 1,
      exitCode: 0,
      snapshot: 'x',
      format: 'json',
      output: '/tmp/a|b.json',
      tables: [{ name: 'User', schema: 'public', table: 'users', rows: 3, file: '/tmp/a|b.json' }],
    },
    {
      report: 'import',
      formatVersion: 1,
      exitCode: 1,
      project,
      mapping: 'users',
      file: 'users.csv',
      model: 'User',
      dryRun: true,
      rows: 3,
      inserted: 0,
      updated: 0,
      skipped: 0,
      problems: [{ line: 2, message: '"E|mail" → email takes 100 % "of it"' }],
      moreProblems: 7,
      ignored: ['a::b'],
      snapshot: null,
    },
    {
      report: 'import-json',
      formatVersion: 1,
      exitCode: 1,
      project,
      file: 'a::b.json',
      mode: 'upsert',
      verdict: 'refused',
      rows: 3,
      tables: [],
      notices: ['"User".x was not there before'],
      problems: [{ file: 'a::b.json', line: 2, message: 'E|mail takes 100 % "of it"' }],
      moreProblems: 7,
      snapshot: null,
    },
    {
      report: 'init',
      formatVersion: 1,
      exitCode: 1,
      root: '/shop',
      files: [
        { file: 'package.json', change: 'changed', diff: '--- package.json\n+++ package.json\n@@ -1 +1 @@\n-{}\n+{ }\n', notes: ['a|b'] },
      ],
      written: [],
      next: [],
    },
    {
      report: 'history',
      formatVersion: 1,
      exitCode: 0,
      project,
      folder: '/shop/.safe-migrate/runs',
      runs: [
        {
          runId: '1',
          command: 'deploy',
          startedAt: '2026-01-01T00:00:00.000Z',
          seconds: 1.5,
          by: 'ada@host',
          database: AWKWARD_NAME,
          isThisDatabase: false,
          state: 'ended',
          outcome: 'lost-restored',
          exitCode: 5,
          settledBy: 'resume',
          migrations: ['1_a', 'a|b'],
          applied: ['1_a'],
          snapshot: { id: 'x', state: 'gone' },
          replaced: { id: 'y', state: 'here' },
        },
      ],
      older: 7,
      unreadable: [{ file: 'zzz.jsonl', why: 'it is <b>no</b> journal' }],
    },
    {
      report: 'error',
      formatVersion: 1,
      exitCode: 2,
      error: { code: 'config', message: 'No provider, 100 % sure.\n::error::', why: 'Because: a|b.', next: ['Give one.'] },
      known: {
        project,
        pathInRepository: run.pathInRepository,
        pending: run.pending,
        findings: run.findings,
        snapshot: { id: 'x', engine: 'sqlite-backup', folder: '/x', bytes: 5, why: '' },
        differences: run.differences,
      },
    },
  ]
}

function exampleAcceptance(findings: PlanReport['findings']): Report {
  const record = {
    migration: '1_a',
    rule: 'drop-column',
    objects: ['User.a|b'],
    statementSha256: 'a'.repeat(64),
    occurrence: 2,
    reason: '100 % sure\n::error::',
    acceptedAt: '2026-01-01T00:00:00Z',
    acceptedBy: 'ada@host',
    protected: ['User'],
  }
  return {
    report: 'accept',
    formatVersion: 1,
    command: 'accept',
    exitCode: 1,
    file: 'prisma/migrations/.safe-migrate.json',
    measured: true,
    added: [record],
    removed: [],
    recorded: [{ ...record, state: 'lapsed' }],
    open: findings.slice(0, 1),
  }
}

function exampleRehearsal(): Rehearsal {
  const statement = { migration: '1_a', line: 3, summary: 'ALTER TABLE "a|b" …' }
  return {
    verdict: 'bad',
    snapshot: '20250101t000000000z-shop-abcdef',
    engine: 'pg-dump',
    exitCode: 1,
    errorCode: 'P3018',
    problem: '::error::forged',
    failed: { name: '1_a', startedAt: null, message: 'ERROR: ##[error]forged', statements: [], leftTraces: 'unknown' },
    migrations: [{ name: '1_a', seconds: null }],
    interval: 0.02,
    statements: [{ ...statement, seconds: 1.5 }],
    locks: [{ schema: 'public', table: 'a|b', mode: 'ShareLock', blocks: 'writes', seconds: 0, statement: null }],
    rewritten: [{ schema: 'x', table: '<b>', bytes: 4096, statement: { ...statement, line: null } }],
    differences: [],
    warnings: ['the extension dblink can reach beyond the copy'],
    seconds: { copy: 1, fingerprint: 1, migrate: 1, compare: 1 },
  }
}

function exampleRun({ findings, acceptanceProblems }: PlanReport) {
  const project = {
    root: '/repo/packages/my shop',
    prisma: '7.0.0',
    environment: 'test',
    database: 'PostgreSQL database "shop"',
    migrations: 'prisma/migrations',
  }
  const failed = {
    name: '1_a',
    startedAt: null,
    message: 'ERROR:\n::error::forged\n##[error]forged',
    statements: [],
    leftTraces: 'no' as const,
  }
  return {
    report: 'run' as const,
    formatVersion: 1 as const,
    command: 'deploy' as const,
    runId: '1',
    startedAt: '2026-01-01T00:00:00.000Z',
    verdict: 'failed-kept' as const,
    exitCode: 4,
    project,
    protection: null,
    pathInRepository: 'packages/my shop',
    pending: ['1_a'],
    findings,
    acceptanceProblems,
    snapshot: null,
    rehearsal: exampleRehearsal(),
    prisma: { exitCode: 1, errorCode: 'P3018', applied: [], failed },
    differences: [
      {
        kind: 'values-changed' as const,
        schema: null,
        table: AWKWARD_NAME,
        column: 'a|b',
        name: null,
        count: 5,
        weight: 'loss' as const,
        cause: 'unpredicted' as const,
        message: `${AWKWARD_NAME}.a|b: 5 of 9 values changed (id 1, …)`,
        keys: ['1'],
        values: [{ before: '<i>x</i>', after: null }],
      },
    ],
    tables: [
      { schema: 'billing', table: AWKWARD_NAME, renamedTo: 'a|b', rowsBefore: 1200, rowsAfter: 1100, changed: ['x\ny', '`z`'] },
      { schema: null, table: 'x'.repeat(120), rowsBefore: null, rowsAfter: 0, changed: [] },
    ],
    otherTables: 3,
    recovery: { done: 'kept' as const, replaced: null, problem: null },
    next: ['npx prisma migrate resolve --rolled-back 1_a'],
    seconds: { plan: 0.25, migrate: 12.5, other: 1 },
  }
}
