import type { ResolvedMigration, ResolveReport } from '../../run/resolve-report.js'
import { formatQuantity } from '../../util/format.js'
import { DONE_WORDS, describeCompared, FOUND_WORDS, notesOf } from '../migration-words.js'
import { type Block, codeFact, fact, type Page, paragraph, section, toSteps } from './page.js'
import { describeProject } from './run-page.js'
import { statementsTable } from './statements-table.js'

/** What `resolve` found of each migration, and did about it. */
export function describeResolve({ migrations, project, recovery, exitCode, next }: ResolveReport): Page {
  const open = migrations.filter(({ done }) => done === 'none')
  const isOpen = exitCode !== 0
  return {
    title: 'resolve',
    tone: recovery.problem !== null ? 'bad' : isOpen ? 'warning' : 'good',
    headline:
      migrations.length === 0
        ? 'Nothing to resolve.'
        : isOpen
          ? `${formatQuantity(open.length, 'migration')} ${open.length === 1 ? 'needs' : 'need'} a decision.`
          : `${formatQuantity(migrations.length, 'migration')} looked at, nothing is open.`,
    lead: migrations.length === 0 ? 'No migration failed, and none was edited or removed after it was applied.' : '',
    facts: [
      ...describeProject(project),
      ...(recovery.replaced === null ? [] : [codeFact('What was there until now', recovery.replaced)]),
      fact('Exit code', String(exitCode)),
    ],
    sections: [
      ...section('What went wrong', recovery.problem === null ? [] : [paragraph(recovery.problem)]),
      ...section('Migrations', migrations.flatMap(describeResolved)),
      ...section('What to do next', toSteps(next)),
    ],
  }
}

function describeResolved(one: ResolvedMigration): readonly Block[] {
  const { name, done, message, found, comparedWith, statements, remaining, next } = one
  const isTold = found === 'half-way' || found === 'unknown'
  const isPart = remaining.length > 0 && remaining.length < statements.length
  return [
    { kind: 'heading', text: [...notesOf(one), DONE_WORDS[done]].filter((word) => word !== '').join(' → ') || 'applied', place: name },
    ...(message === null ? [] : [paragraph('The database said:'), { kind: 'code', text: message, language: '' } as const]),
    ...(found === null ? [] : [paragraph(`${FOUND_WORDS[found]} ${describeCompared(comparedWith)}`)]),
    ...(isTold ? statementsTable(statements) : []),
    ...(isTold && isPart
      ? [
          paragraph('What is missing, or may be:'),
          { kind: 'code', text: remaining.map(({ sql }) => sql).join('\n'), language: 'sql' } as const,
        ]
      : []),
    ...toSteps(next),
  ]
}
