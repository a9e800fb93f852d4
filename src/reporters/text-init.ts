import type { InitFile, InitReport } from '../run/report.js'
import { formatQuantity } from '../util/format.js'
import { SIGNS, style } from './style.js'

export function renderInit({ files, written, next }: InitReport): string {
  const open = files.filter(({ file, diff }) => diff !== '' && !written.includes(file))
  const head = files.every(({ diff }) => diff === '')
    ? `${style.good(SIGNS.good)} Everything is there: nothing to write.`
    : written.length > 0
      ? `${style.good(SIGNS.good)} ${formatQuantity(written.length, 'file')} written: ${written.join(', ')}`
      : `${style.warning(SIGNS.warning)} Nothing was written.`
  const notes = files.flatMap((one) => one.notes.map((note) => `  ${style.quiet(`${one.file}:`)} ${note}`))
  return [
    ...(written.length === 0 && open.length > 0 ? [renderInitFiles(open), ''] : []),
    head,
    ...notes,
    ...(next.length > 0 ? ['', style.heading('Next'), ...next.map((line) => `  ${line}`)] : []),
  ].join('\n')
}

/** The changes, file by file, as unified diffs. */
export function renderInitFiles(files: readonly InitFile[]): string {
  return files
    .filter(({ diff }) => diff !== '')
    .map(({ diff }) => diff.trimEnd().split('\n').map(colour).join('\n'))
    .join('\n\n')
}

function colour(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---')) return style.heading(line)
  if (line.startsWith('@@')) return style.quiet(line)
  return line.startsWith('+') ? style.good(line) : line.startsWith('-') ? style.bad(line) : line
}
