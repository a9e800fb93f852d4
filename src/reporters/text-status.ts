import { describeProtection } from '../run/protection.js'
import type { StatusReport } from '../run/report.js'
import { notesOf } from './migration-words.js'
import { SIGNS, style } from './style.js'
import { joinBlocks, renderNext } from './text-blocks.js'

/** The history, and what is open. */
export function renderStatus(report: StatusReport): string {
  const { migrations, project, unfinished, migrating = [], elsewhere = [] } = report
  const signs = {
    applied: style.good(SIGNS.good),
    pending: style.warning('○'),
    failed: style.bad(SIGNS.bad),
    rolledBack: style.warning('↺'),
    running: style.warning('…'),
    begun: style.warning('…'),
  } as const
  const lines = migrations.map((one) => {
    const notes = notesOf(one)
    return `  ${signs[one.state]} ${one.name}${notes.length > 0 ? `  ${style.warning(notes.join(', '))}` : ''}`
  })
  return joinBlocks([
    `${style.heading(project.database)}\n${style.quiet(`Prisma ${project.prisma}, migrations in ${project.migrations}${report.databaseExists ? '' : '; the database does not exist yet'}`)}`,
    report.protection === null ? null : `${style.warning(SIGNS.warning)} It is ${describeProtection(report.protection)}.`,
    lines.length > 0 ? lines.join('\n') : 'No migrations.',
    ...migrating.map((one) => `${style.warning(SIGNS.warning)} It is being migrated by ${one}`),
    unfinished === null ? null : `${style.bad(SIGNS.bad)} ${unfinished.explanation}`,
    ...elsewhere.map((explanation) => `${style.warning(SIGNS.warning)} ${explanation}`),
    renderNext(report.next),
  ])
}
