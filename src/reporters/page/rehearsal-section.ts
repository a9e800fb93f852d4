import type { Finding } from '../../rules/finding.js'
import type { Rehearsal, RehearsedStatement } from '../../run/rehearsal-report.js'
import { formatBytes } from '../../util/bytes.js'
import { displayName } from '../../util/names.js'
import { accountTable } from './account-table.js'
import { takeAccount } from './accounts.js'
import { type Block, type Cell, codeFact, fact, paragraph, type Section, section } from './page.js'

/** What the migrations did to a copy. */
export function rehearsalSections(rehearsal: Rehearsal | undefined, findings: readonly Finding[]): readonly Section[] {
  if (rehearsal === undefined) return []
  const { snapshot, engine, warnings, problem, failed, seconds } = rehearsal
  const accounts = takeAccount(findings, rehearsal.differences)
  const message = failed?.message ?? problem
  return section('Rehearsal on a copy', [
    {
      kind: 'facts',
      facts: [
        codeFact('Copy of the snapshot', snapshot),
        fact('Engine', engine),
        fact('Migrations took', formatSeconds(seconds.migrate ?? 0)),
      ],
    },
    ...warnings.map(paragraph),
    ...(message === null
      ? []
      : [
          paragraph(failed === null ? 'Prisma applied nothing:' : 'The database said:'),
          { kind: 'code', text: message, language: '' } as const,
        ]),
    accounts.length === 0
      ? paragraph('Every row and value of the copy was there afterwards.')
      : accountTable('Predicted against what happened to the copy', accounts),
    ...describeMigrations(rehearsal),
    ...describeHeld(rehearsal),
  ])
}

function describeMigrations({ migrations }: Rehearsal): readonly Block[] {
  if (migrations.length === 0) return []
  const rows = migrations.map(({ name, seconds }): readonly Cell[] => [
    { text: name, isCode: true },
    seconds === null ? { text: 'did not end', tone: 'bad' } : { text: seconds.toFixed(2) },
  ])
  return [
    { kind: 'table', caption: 'Migrations on the copy', columns: [{ heading: 'Migration' }, { heading: 'Seconds', isNumber: true }], rows },
  ]
}

/** Locks and rewritten tables, then what took longest. */
function describeHeld({ locks, rewritten, statements, interval }: Rehearsal): readonly Block[] {
  const took = (seconds: number) => (seconds < (interval ?? 0) ? `< ${(2 * (interval ?? 0)).toFixed(2)}` : `≥ ${seconds.toFixed(2)}`)
  const rows = [
    ...locks.map(({ schema, table, blocks, mode, seconds, statement }): readonly Cell[] => [
      { text: displayName(schema, table), isCode: true },
      { text: `locked against ${blocks}`, details: [mode] },
      { text: took(seconds) },
      describeStatement(statement),
    ]),
    ...rewritten.map(({ schema, table, bytes, statement }): readonly Cell[] => [
      { text: displayName(schema, table), isCode: true },
      { text: 'every row written anew', details: bytes === null ? [] : [formatBytes(bytes)] },
      { text: '–' },
      describeStatement(statement),
    ]),
    ...statements
      .filter(({ seconds }) => seconds > 0)
      .slice(0, 3)
      .map((one): readonly Cell[] => [{ text: '–' }, { text: 'took long' }, { text: took(one.seconds) }, describeStatement(one)]),
  ]
  const columns = [{ heading: 'Table' }, { heading: 'What' }, { heading: 'Seconds', isNumber: true as const }, { heading: 'Statement' }]
  return rows.length === 0 ? [] : [{ kind: 'table', caption: 'What held others up on the copy', columns, rows }]
}

function describeStatement(statement: RehearsedStatement | null): Cell {
  if (statement === null) return { text: '–' }
  const { migration, line, summary } = statement
  return { text: summary, isCode: true, details: line === null ? [] : [`${migration}:${line}`] }
}

function formatSeconds(seconds: number): string {
  return `${seconds.toFixed(2)} s`
}
