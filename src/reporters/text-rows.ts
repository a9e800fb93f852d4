import type { ExportReport, ImportReport } from '../run/row-reports.js'
import { formatQuantity } from '../util/format.js'
import { SIGNS, style } from './style.js'

/** What was imported, or why nothing was. */
export function renderImport(report: ImportReport): string {
  const { problems, moreProblems, ignored, snapshot, dryRun, file, mapping } = report
  const lines = problems.map(({ line, message }) => `  ${style.bad(SIGNS.bad)} ${line === 0 ? 'all of it' : `line ${line}`}  ${message}`)
  const more = moreProblems === 0 ? [] : [`  … and ${moreProblems} more`]
  const blocks = [
    renderHead(report),
    problems.length === 0 ? null : [...lines, ...more].join('\n'),
    ignored.length === 0 ? null : style.quiet(`Not imported, as imports.${mapping} does not name them: ${ignored.join(', ')}`),
    snapshot === null ? null : style.quiet(`To undo it: safe-migrate restore ${snapshot.id}`),
    problems.length > 0
      ? `Next\n  Correct ${file} or imports.${mapping}, then try: safe-migrate import ${mapping} ${file} --dry-run`
      : dryRun
        ? `Next\n  To import it: safe-migrate import ${mapping} ${file}`
        : null,
  ]
  return blocks.filter((block) => block !== null).join('\n\n')
}

function renderHead({ problems, moreProblems, dryRun, rows, file, model, inserted, updated, skipped, project }: ImportReport): string {
  const all = formatQuantity(problems.length + moreProblems, 'problem')
  if (problems.length > 0)
    return `${style.bad(SIGNS.bad)} ${file} was not imported: ${all} in ${formatQuantity(rows, 'row')}. Nothing was changed in ${project.database}.`
  const counts = [
    `${formatQuantity(inserted, 'row')} ${dryRun ? 'would be new' : 'inserted'}`,
    updated > 0 ? `${updated} ${dryRun ? 'would be updated' : 'updated'}` : '',
    skipped > 0 ? `${skipped} skipped, as they exist` : '',
  ].filter((part) => part !== '')
  return `${style.good(SIGNS.good)} ${formatQuantity(rows, 'row')} of ${file} into ${model}: ${counts.join(', ')}.${dryRun ? ' Nothing was changed.' : ''}`
}

export function renderExport({ snapshot, output, tables }: ExportReport): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const lines = tables.map((table) => `  ${table.name}  ${formatQuantity(table.rows, 'row')}`)
  const head = `${style.good(SIGNS.good)} ${formatQuantity(rows, 'row')} of snapshot ${snapshot} written to ${output}`
  return [head, ...lines, style.quiet('It holds your data: keep it out of git, and remove it when you do not need it.')].join('\n')
}
