import { describeProtection } from '../../run/protection.js'
import type { MigrationStatus, StatusReport } from '../../run/report.js'
import { formatQuantity } from '../../util/format.js'
import { notesOf } from '../migration-words.js'
import { formatMoment } from './moment.js'
import { type Block, type Cell, codeFact, fact, type Page, paragraph, section, type Tone, toSteps } from './page.js'
import { describeProject } from './run-page.js'

/** The migration history, and what is open. */
export function describeStatus(report: StatusReport): Page {
  const { project, migrations, databaseExists, protection, migrating = [], unfinished, elsewhere = [], next, exitCode } = report
  const pending = migrations.filter(({ state }) => state === 'pending' || state === 'rolledBack').length
  const failed = migrations.filter(({ state }) => state === 'failed' || state === 'begun').length
  return {
    title: 'status',
    tone: unfinished !== null || failed > 0 ? 'bad' : pending + migrating.length + elsewhere.length > 0 ? 'warning' : 'good',
    headline: headlineOf(report, pending, failed),
    lead: databaseExists ? '' : 'The database does not exist yet.',
    facts: [
      ...describeProject(project),
      codeFact('Migrations in', project.migrations),
      ...(protection === null ? [] : [fact('Protection', describeProtection(protection))]),
      fact('Exit code', String(exitCode)),
    ],
    sections: [
      ...section(
        'What is open',
        [
          ...(unfinished === null ? [] : [unfinished.explanation]),
          ...migrating.map((one) => `It is being migrated by ${one}`),
          ...elsewhere,
        ].map(paragraph),
      ),
      ...section('What to do next', toSteps(next)),
      ...section('Migrations', migrationsTable(migrations)),
    ],
  }
}

function headlineOf({ unfinished, migrating = [] }: StatusReport, pending: number, failed: number): string {
  if (unfinished !== null) return 'A run was interrupted.'
  if (migrating.length > 0) return 'A migration is being applied right now.'
  if (failed > 0) return `${formatQuantity(failed, 'migration')} failed.`
  return pending === 0 ? 'Every migration is applied.' : `${formatQuantity(pending, 'migration')} pending.`
}

const TONES: Readonly<Record<MigrationStatus['state'], Tone>> = {
  applied: 'good',
  pending: 'warning',
  failed: 'bad',
  rolledBack: 'warning',
  running: 'warning',
  begun: 'bad',
}

function migrationsTable(migrations: StatusReport['migrations']): readonly Block[] {
  if (migrations.length === 0) return []
  const rows = migrations.map((one): readonly Cell[] => [
    { text: one.name, isCode: true },
    { text: one.finishedAt === null ? '' : formatMoment(one.finishedAt) },
    { text: notesOf(one).join(', ') || 'applied', tone: one.editedAfterApply || one.missingOnDisk ? 'warning' : TONES[one.state] },
  ])
  const columns = [{ heading: 'Migration' }, { heading: 'Applied' }, { heading: 'State' }]
  return [{ kind: 'table', caption: 'Migrations', columns, rows }]
}
