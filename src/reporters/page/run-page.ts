import { describeProtection } from '../../run/protection.js'
import type { FailedMigration, RunReport } from '../../run/report.js'
import type { Verdict } from '../../run/verdict.js'
import { formatBytes } from '../../util/bytes.js'
import { formatCount, formatQuantity } from '../../util/format.js'
import { displayName } from '../../util/names.js'
import { problemsOf, withoutColours } from '../findings-of.js'
import { describeVerdict } from '../text.js'
import { accountTable } from './account-table.js'
import { takeAccount } from './accounts.js'
import { findingsSections } from './findings-section.js'
import { formatMoment } from './moment.js'
import { type Block, type Cell, codeFact, type Fact, fact, type Page, paragraph, section, type Tone, toSteps } from './page.js'
import { rehearsalSections } from './rehearsal-section.js'
import { salvageSections } from './salvage-page.js'
import { statementsTable } from './statements-table.js'

const TONES: Readonly<Record<Verdict, Tone>> = {
  'nothing-pending': 'good',
  applied: 'good',
  drafted: 'neutral',
  blocked: 'warning',
  declined: 'warning',
  rehearsed: 'good',
  'rehearsal-bad': 'bad',
  'not-applied': 'warning',
  'failed-restored': 'bad',
  'failed-kept': 'bad',
  'lost-restored': 'bad',
  'lost-kept': 'bad',
  'lost-salvaged': 'bad',
  restored: 'good',
  abandoned: 'neutral',
}

/** A run for those who release: what became of it, what was at stake, whether what was predicted is what happened, and the way back. */
export function describeRun(report: RunReport): Page {
  const tone = TONES[report.verdict]
  const { headline, lead } = splitVerdict(withoutColours(describeVerdict(report)))
  const next = section('What to do next', toSteps(report.next))
  return {
    title: commandOf(report),
    tone,
    headline,
    lead,
    facts: describeFacts(report),
    sections: [
      ...(tone === 'good' ? [] : next),
      ...section('The migration that failed', describeFailed(report)),
      ...findingsSections(report, report.findings, problemsOf(report)),
      ...rehearsalSections(report.rehearsal, report.findings),
      ...section('Predicted against actual', describeAccount(report)),
      ...(report.recovery.salvage === undefined ? [] : salvageSections(report.recovery.salvage)),
      ...section('Tables', describeTables(report)),
      ...section('Snapshot, and how to undo', describeWayBack(report)),
      ...(tone === 'good' ? next : []),
      ...section('How long it took', describeDurations(report.seconds)),
    ],
  }
}

/** What happened and how it ended come first, and how it was found out below. */
function splitVerdict(text: string): Pick<Page, 'headline' | 'lead'> {
  const [first = '', ...others] = text.split(/(?<=\.)\s+(?=[A-Z])/)
  return { headline: [first, ...others.slice(-1)].join(' '), lead: others.slice(0, -1).join(' ') }
}

function commandOf({ command }: RunReport): string {
  return command === 'resume' || command === 'undo' ? `status --${command}` : command
}

/** Of the project, where one is known. */
export function describeProject({ database, environment, prisma }: RunReport['project']): readonly Fact[] {
  return [fact('Database', database), ...(environment === null ? [] : [fact('Environment', environment)]), fact('Prisma', prisma)]
}

/** Names of migrations, in order. */
export function describeMigrations(names: readonly string[]): readonly Fact[] {
  return names.length === 0 ? [] : [codeFact(names.length === 1 ? 'Migration' : 'Migrations', ...names)]
}

function describeFacts(report: RunReport): readonly Fact[] {
  const { startedAt, protection, project, exitCode, seconds } = report
  const migrations = report.pending.length > 0 ? report.pending : (report.prisma?.applied ?? [])
  return [
    ...describeProject(project),
    ...(protection === null ? [] : [fact('Protection', describeProtection(protection))]),
    ...(startedAt === undefined ? [] : [fact('Began', formatMoment(startedAt))]),
    ...(Object.keys(seconds).length === 0 ? [] : [fact('Took', `${sum(seconds).toFixed(1)} s`)]),
    ...describeMigrations(migrations),
    fact('Exit code', String(exitCode)),
  ]
}

function describeFailed({ prisma, recovery }: RunReport): readonly Block[] {
  const failed = prisma?.failed ?? null
  if (failed === null) return []
  return [
    { kind: 'facts', facts: [codeFact('Migration', failed.name)] },
    ...(failed.message === null ? [] : [paragraph('The database said:'), { kind: 'code', text: failed.message, language: '' } as const]),
    paragraph(describeTraces(failed, recovery.done === 'restored')),
    ...(failed.leftTraces === 'no' ? [] : statementsTable(failed.statements)),
  ]
}

function describeTraces({ leftTraces }: FailedMigration, isRestored: boolean): string {
  if (leftTraces === 'no') return 'None of its statements took effect.'
  if (leftTraces === 'unknown') return 'Whether any of its statements took effect cannot be told from the schema.'
  return isRestored
    ? 'Some of its statements had taken effect; the restore undid them.'
    : 'It is half-way: some of its statements took effect.'
}

function describeAccount(report: RunReport): readonly Block[] {
  if (report.tables === undefined) return []
  const accounts = takeAccount(report.findings, report.differences)
  if (accounts.length === 0) return [paragraph('Nothing was predicted to go, and every row and value that was there before is there now.')]
  const isUndone = report.recovery.done === 'restored'
  return [
    paragraph(
      isUndone
        ? 'The database after the migrations, compared with itself before them; the restore has undone this since.'
        : 'The database after the migrations, compared with itself before them.',
    ),
    accountTable('Predicted against actual', accounts),
  ]
}

function describeTables({ tables = [], otherTables = 0, recovery }: RunReport): readonly Block[] {
  const others = `${formatQuantity(otherTables, 'other table')}: neither touched by the migrations nor changed.`
  if (tables.length === 0) return otherTables === 0 ? [] : [paragraph(others)]
  const rows = tables.map(({ schema, table, renamedTo, rowsBefore, rowsAfter, changed }): readonly Cell[] => [
    { text: displayName(schema, table), isCode: true, details: renamedTo === undefined ? [] : [`now ${renamedTo}`] },
    { text: rowsBefore === null ? 'new' : formatCount(rowsBefore) },
    { text: rowsAfter === null ? 'gone' : formatCount(rowsAfter) },
    { text: rowsBefore === null || rowsAfter === null ? '–' : formatChange(rowsAfter - rowsBefore) },
    { text: changed.join(', ') || '–', ...(changed.length === 0 ? {} : { isCode: true as const }) },
  ])
  const columns = [
    { heading: 'Table' },
    { heading: 'Rows before', isNumber: true as const },
    { heading: recovery.done === 'restored' ? 'After the migrations' : 'Rows after', isNumber: true as const },
    { heading: 'Change', isNumber: true as const },
    { heading: 'Columns that changed' },
  ]
  return [{ kind: 'table', caption: 'Rows by table', columns, rows }, ...(otherTables === 0 ? [] : [paragraph(others)])]
}

function formatChange(by: number): string {
  return by === 0 ? '0' : by > 0 ? `+${formatCount(by)}` : `−${formatCount(-by)}`
}

function describeWayBack({ command, snapshot, recovery, files }: RunReport): readonly Block[] {
  const facts: Fact[] = [
    ...(snapshot === null
      ? []
      : [
          codeFact(command === 'restore' ? 'Restored from' : 'From before', snapshot.id),
          fact('Engine', `${snapshot.engine}, ${formatBytes(snapshot.bytes)}${snapshot.why === '' ? '' : ` (${snapshot.why})`}`),
          codeFact('Folder', snapshot.folder),
        ]),
    ...(recovery.left === undefined ? [] : [codeFact('What the migrations left', recovery.left)]),
    ...(recovery.replaced === null ? [] : [codeFact('What the restore replaced', recovery.replaced)]),
    ...(files === undefined ? [] : [fact('Files brought back', formatCount(files.restored))]),
  ]
  const undo =
    recovery.done === 'restored'
      ? recovery.replaced === null
        ? []
        : [`To take the restore back: safe-migrate restore ${recovery.replaced}`]
      : snapshot === null
        ? []
        : [`To go back to before the run, schema and data: safe-migrate restore ${snapshot.id}`]
  return [
    ...(recovery.problem === null ? [] : [paragraph(recovery.problem)]),
    ...(facts.length === 0 ? [] : [{ kind: 'facts' as const, facts }]),
    ...toSteps(undo),
  ]
}

const STEPS: Readonly<Record<string, string>> = {
  plan: 'Reading and measuring the migrations',
  snapshot: 'Snapshot, taken and verified',
  draft: 'Prisma, drafting',
  migrate: 'Prisma, migrating',
  fingerprint: 'Reading every row afterwards',
  compare: 'Comparing',
  restore: 'Restoring',
  rehearsal: 'Rehearsal on a copy',
  keep: 'Keeping what the migrations left',
  salvage: 'Salvaging',
}

function describeDurations(seconds: RunReport['seconds']): readonly Block[] {
  const steps = Object.entries(seconds)
  if (steps.length === 0) return []
  const rows = [...steps.map(([step, value]) => [STEPS[step] ?? step, value] as const), ['Together', sum(seconds)] as const]
  const columns = [{ heading: 'Step' }, { heading: 'Seconds', isNumber: true as const }]
  const cells = rows.map(([step, value]): readonly Cell[] => [{ text: step }, { text: value.toFixed(1) }])
  return [{ kind: 'table', caption: 'Durations', columns, rows: cells, isNarrow: true }]
}

function sum(seconds: RunReport['seconds']): number {
  return Object.values(seconds).reduce((total, value) => total + value, 0)
}
