import { makePrintable } from '../reporters/printable.js'
import { indent, SIGNS, style } from '../reporters/style.js'
import { renderAtomicity } from '../reporters/text-atomicity.js'
import { renderDifferences } from '../reporters/text-differences.js'
import { renderFindings } from '../reporters/text-findings.js'
import { renderInitFiles } from '../reporters/text-init.js'
import { renderPartPlan } from '../reporters/text-part-restore.js'
import { renderRehearsed } from '../reporters/text-rehearsal.js'
import { renderSalvagePlan } from '../reporters/text-salvage.js'
import type { RunEvent } from '../run/interface.js'
import { describeProtection } from '../run/protection.js'
import type { ProjectSummary } from '../run/report.js'
import { formatBytes } from '../util/bytes.js'
import { formatQuantity } from '../util/format.js'

/** What a person sees while a run goes on. */
export function renderEvent(event: RunEvent): string {
  return renderPrintable(makePrintable(event))
}

function renderPrintable(event: RunEvent): string {
  switch (event.type) {
    case 'started':
      return [
        `${style.heading(event.project.database)}  ${style.quiet(describeProject(event.project))}`,
        ...(event.protection === null ? [] : [`${style.warning(SIGNS.warning)} This database is ${describeProtection(event.protection)}.`]),
      ].join('\n')
    case 'waiting-for-lock':
      return `${style.warning(SIGNS.warning)} Waiting for another run on this database: ${event.holder}`
    case 'plan': {
      const { pending, findings, acceptanceProblems, atomicity } = event.plan
      const blocks = [renderFindings(findings, acceptanceProblems), renderAtomicity(atomicity, findings)]
      const body = blocks.filter((block) => block !== '').join('\n')
      return `${formatQuantity(pending.length, 'pending migration')}\n${indent(pending.join('\n'), 2)}\n\n${body === '' ? `${style.good(SIGNS.good)} Nothing in this database is at stake.\n` : `${body}\n`}`
    }
    case 'snapshot-chosen':
      return style.quiet(`Snapshot: ${event.why}`)
    case 'snapshot-taken':
      return `${style.good(SIGNS.good)} Snapshot ${event.snapshot.id} taken and verified (${formatBytes(event.snapshot.manifest.bytes)}, ${event.seconds.toFixed(1)} s)${describeNotCarried(event.snapshot.manifest.notCarried)}`
    case 'snapshots-pruned':
      return event.removed.map(({ id, reasons }) => style.quiet(`Snapshot ${id} removed: ${reasons.join('; ')}`)).join('\n')
    case 'snapshot-needless':
      return style.quiet(event.why)
    case 'rehearsing':
      return style.quiet(`Rehearsing on a copy of snapshot ${event.snapshot} …`)
    case 'rehearsed':
      return renderRehearsed(event.rehearsal)
    case 'prisma-started':
      return `\n${style.heading(`$ ${event.words.join(' ')}`)}`
    case 'prisma-ended':
      return event.exitCode === 0
        ? `${style.good(SIGNS.good)} Prisma is done (${event.seconds.toFixed(1)} s)`
        : `${style.bad(SIGNS.bad)} Prisma ended with exit code ${event.exitCode} (${event.seconds.toFixed(1)} s)`
    case 'compared':
      return `\n${style.heading('The database compared with itself before')} ${style.quiet(`(${event.seconds.toFixed(1)} s)`)}\n${renderDifferences(event.differences)}\n`
    case 'restoring':
      return `Restoring ${event.snapshot} …`
    case 'parts-planned':
      return renderPartPlan(event.plan)
    case 'salvage-planned':
      return renderSalvagePlan(event.plan)
    case 'restored':
      return [
        `${style.good(SIGNS.good)} Restored, and compared with the snapshot: equal (${event.seconds.toFixed(1)} s)`,
        ...event.disconnected.map((session) => `  disconnected for it: ${session}`),
      ].join('\n')
    case 'init-plan':
      return renderInitFiles(event.files)
    case 'notice':
      return [`${style.warning(SIGNS.warning)} ${event.message}`, ...(event.next ?? []).map((line) => `  ${line}`)].join('\n')
  }
}

function describeProject({ prisma, migrations, environment }: ProjectSummary): string {
  return [`Prisma ${prisma}`, migrations, ...(environment === null ? [] : [`environment ${environment}`])].join(', ')
}

function describeNotCarried(names: readonly string[] = []): string {
  return names.length === 0 ? '' : `\n${indent(`Not in the snapshot: ${names.join(', ')}`, 2)}`
}
