import type { FileReferenceProblems } from '../run/file-references.js'
import type { RunReport } from '../run/report.js'
import type { RestorePlanReport } from '../run/restore-report.js'
import { formatQuantity } from '../util/format.js'
import { SIGNS, style } from './style.js'

/** Files that came back with a restore. */
export function renderFiles({ paths, restored, kept }: NonNullable<RunReport['files']>): string {
  const before = kept === null ? '' : ` What was there until now is in ${kept}; remove it when you do not need it.`
  return `${style.good(SIGNS.good)} ${formatQuantity(restored, 'file')} put back in ${paths.join(', ')}.${before}`
}

export function renderFilesPlan({ paths, restored, changed, removed }: NonNullable<RestorePlanReport['files']>): string {
  const now = [`${changed} of another size now`, `${removed} that are not in the snapshot go`].join(', ')
  return `Files in ${paths.join(', ')}: ${formatQuantity(restored, 'file')} would be put back (${now}); what is there now would be kept.`
}

/** Rows whose file is missing, and files that no row names. */
export function renderFileReferences(problems: readonly FileReferenceProblems[]): string {
  return problems
    .flatMap(({ model, column, folder, missing, unnamed }) => [
      renderGroup(`${model}.${column}`, missing, ['names', 'name', `a file that is not in ${folder}`], 'value'),
      renderGroup(folder, unnamed, ['is', 'are', `named by no ${model}.${column}`], 'file'),
    ])
    .filter((line) => line !== '')
    .join('\n')
}

function renderGroup(
  where: string,
  { count, examples }: FileReferenceProblems['missing'],
  [one, many, what]: readonly [string, string, string],
  unit: string,
): string {
  if (count === 0) return ''
  const more = count > examples.length ? ', …' : ''
  return `${style.warning(SIGNS.warning)} ${where}: ${formatQuantity(count, unit)} ${count === 1 ? one : many} ${what}: ${examples.join(', ')}${more}`
}
