import type { ImportJsonReport } from '../run/row-reports.js'
import { formatQuantity } from '../util/format.js'
import { SIGNS, style } from './style.js'
import { renderOrphans, renderPartTables } from './text-part-restore.js'

/** What was imported, or why nothing was. */
export function renderImportJson(report: ImportJsonReport): string {
  const { tables, notices, problems, moreProblems, snapshot, verdict } = report
  const blocks = [
    headline(report),
    ...problems.map(({ file, line, message }) => `  ${style.bad(SIGNS.bad)} ${file}${line === 0 ? '' : ` line ${line}`}  ${message}`),
    ...(moreProblems === 0 ? [] : [`  … and ${moreProblems} more`]),
    ...(verdict === 'refused' || verdict === 'declined' || tables.length === 0 ? [] : [renderPartTables(report)]),
    ...tables.filter((table) => table.orphans > 0).map(renderOrphans),
    ...notices.map((notice) => `${style.warning(SIGNS.warning)} ${notice}`),
    ...(snapshot === null ? [] : [style.quiet(`To undo it: safe-migrate restore ${snapshot.id}`)]),
    ...(verdict === 'planned' ? [style.quiet('Dry run: nothing was changed.')] : []),
  ]
  return blocks.join('\n')
}

function headline({ verdict, file, mode, project, rows, problems, moreProblems }: ImportJsonReport): string {
  const of = `${formatQuantity(rows, 'row')} of ${file}`
  switch (verdict) {
    case 'planned':
      return `Importing ${of} into ${project.database}, mode ${mode}, would do this:`
    case 'imported':
      return `${style.good(SIGNS.good)} ${of} imported into ${project.database}, mode ${mode}, and compared with it:`
    case 'unchanged':
      return `${style.good(SIGNS.good)} Nothing to do for the ${of}, mode ${mode}: ${project.database} has them.`
    case 'declined':
      return `${style.warning(SIGNS.warning)} ${style.warning('Stopped before any change')}, as you said.`
    case 'refused':
      return `${style.bad(SIGNS.bad)} ${file} was not imported: ${formatQuantity(problems.length + moreProblems, 'problem')} in ${formatQuantity(rows, 'row')}. Nothing was changed in ${project.database}.`
  }
}
