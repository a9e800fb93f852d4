import type { FileAtomicity } from '../project/file-atomicity.js'
import type { Finding } from '../rules/finding.js'
import { SIGNS, style } from './style.js'

/** What stays applied when a statement that may fail does; empty where nothing may fail half-way. */
export function renderAtomicity(atomicity: readonly FileAtomicity[], findings: readonly Finding[]): string {
  return atomicity.flatMap((file) => renderFile(file, findings)).join('\n')
}

function renderFile({ migration, atomic, partialFrom, why }: FileAtomicity, findings: readonly Finding[]): readonly string[] {
  const first = findings.find(
    (finding) => finding.migration === migration && mayFail(finding) && partialFrom !== null && finding.location.endLine >= partialFrom,
  )
  if (atomic === 'yes' || first === undefined) return []
  const { line } = first.location
  const stays = atomic === 'no' ? 'stays applied' : 'may stay applied'
  return [
    `${style.warning(SIGNS.warning)} If ${migration} fails at line ${line}, what is above that line ${stays}.`,
    `  ${style.quiet(why)}`,
  ]
}

function mayFail({ kind, level }: Finding): boolean {
  return (kind === 'failure' || kind === 'unanalysed') && (level === 'block' || level === 'warn')
}
