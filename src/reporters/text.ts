import type { ErrorReport, PlanReport, Report, RunReport, SnapshotDetails, SnapshotReport } from '../run/report.js'
import type { Verdict } from '../run/verdict.js'
import { unpredictedLosses } from '../run/verdict.js'
import { formatBytes } from '../util/bytes.js'
import { formatQuantity } from '../util/format.js'
import { problemsOf } from './findings-of.js'
import { EFFECT_WORDS } from './migration-words.js'
import { indent, SIGNS, style } from './style.js'
import { renderAcceptances } from './text-acceptances.js'
import { renderAtomicity } from './text-atomicity.js'
import { joinBlocks, renderNext } from './text-blocks.js'
import { renderDiff } from './text-diff.js'
import { renderFileReferences, renderFiles } from './text-files.js'
import { renderFindings } from './text-findings.js'
import { renderHistory } from './text-history.js'
import { renderImportJson } from './text-import-json.js'
import { renderInit } from './text-init.js'
import { renderInvariants } from './text-invariants.js'
import { renderPartRestore } from './text-part-restore.js'
import { renderProtection } from './text-protection.js'
import { renderPrune } from './text-prune.js'
import { renderRehearsal } from './text-rehearsal.js'
import { renderResolve } from './text-resolve.js'
import { renderRestorePlan } from './text-restore-plan.js'
import { renderExport, renderImport } from './text-rows.js'
import { renderRules } from './text-rules.js'
import { renderSalvage, renderSalvagePlan, summarizeSalvage } from './text-salvage.js'
import { renderStatus } from './text-status.js'

/** For people: the verdict first, then what to do next. */
export function renderText(report: Report): string {
  switch (report.report) {
    case 'run':
      return renderRun(report)
    case 'plan':
      return renderPlan(report)
    case 'accept':
      return renderAcceptances(report)
    case 'explain':
      return renderRules(report)
    case 'status':
      return renderStatus(report)
    case 'snapshots':
      return renderSnapshots(report)
    case 'prune':
      return renderPrune(report)
    case 'restore-plan':
      return renderRestorePlan(report)
    case 'part-restore':
      return renderPartRestore(report)
    case 'salvage':
      return renderSalvage(report)
    case 'protection':
      return renderProtection(report)
    case 'resolve':
      return renderResolve(report)
    case 'export':
      return renderExport(report)
    case 'import':
      return renderImport(report)
    case 'import-json':
      return renderImportJson(report)
    case 'init':
      return renderInit(report)
    case 'diff':
      return renderDiff(report)
    case 'history':
      return renderHistory(report)
    case 'error':
      return renderError(report)
  }
}

function renderRun(report: RunReport): string {
  const { prisma, recovery, snapshot } = report
  return joinBlocks([
    `${verdictSign(report.verdict)} ${describeVerdict(report)}`,
    report.rehearsal === undefined ? null : renderRehearsal(report.rehearsal),
    prisma?.failed ? renderFailure(prisma.failed, recovery.done === 'restored') : null,
    snapshot !== null && recovery.done !== 'restored' ? style.quiet(`Snapshot from before: ${snapshot.id}`) : null,
    recovery.left === undefined ? null : style.quiet(`What the migrations left, for a salvage: ${recovery.left}`),
    recovery.salvage === undefined ? null : renderSalvagePlan(recovery.salvage),
    recovery.problem !== null ? style.bad(recovery.problem) : null,
    recovery.replaced !== null ? `What was there until now is kept as the snapshot ${recovery.replaced}.` : null,
    report.files === undefined ? null : renderFiles(report.files),
    renderFileReferences(report.fileReferences ?? []) || null,
    renderNext(report.next),
  ])
}

function verdictSign(verdict: Verdict): string {
  if (
    verdict === 'applied' ||
    verdict === 'rehearsed' ||
    verdict === 'nothing-pending' ||
    verdict === 'drafted' ||
    verdict === 'restored' ||
    verdict === 'abandoned'
  )
    return style.good(SIGNS.good)
  return verdict === 'blocked' || verdict === 'declined' || verdict === 'not-applied' ? style.warning(SIGNS.warning) : style.bad(SIGNS.bad)
}

function describeKept(differences: RunReport['differences']): string {
  const kept = differences.some((one) => one.weight === 'loss') ? 'only what was accepted is gone' : 'nothing was lost'
  return differences.some(({ kind }) => kind === 'compared-less') ? `${kept} in what was compared` : kept
}

/** A run in one to three sentences. */
export function describeVerdict(report: RunReport): string {
  const { pending, prisma, project, differences } = report
  const losses = unpredictedLosses(differences)
  const lost = `${style.bad('Data was lost.')} Prisma reported success, and ${formatQuantity(losses.length, 'difference')} from before ${losses.length === 1 ? 'was' : 'were'} not predicted`
  const failed = `${style.bad('The migration failed')}${prisma?.failed ? `: ${prisma.failed.name}` : ''}`
  switch (report.verdict) {
    case 'nothing-pending':
      return `Nothing to do: no pending migration for ${project.database}.`
    case 'applied':
      return `${formatQuantity(prisma?.applied.length ?? pending.length, 'migration')} applied; ${describeKept(differences)}.`
    case 'drafted':
      return `Drafted, not applied: ${pending.join(', ') || 'see Prisma’s message'}.`
    case 'blocked':
      return `${style.warning('Stopped before any change')}: the pending migrations would lose data or fail, and nobody accepted that.`
    case 'declined':
      return `${style.warning('Stopped before any change')}, as you said.`
    case 'rehearsed':
      return `${formatQuantity(pending.length, 'migration')} rehearsed on a copy; ${report.rehearsal?.differences.some((one) => one.weight === 'loss') ? 'only what was accepted goes' : 'nothing is lost'}. ${project.database} was not touched.`
    case 'rehearsal-bad':
      return `${style.bad('The rehearsal went badly')}: ${describeRehearsal(report)}. ${project.database} was not touched.`
    case 'not-applied':
      return `${style.warning('Prisma stopped before any change')} (exit code ${prisma?.exitCode ?? '?'}${prisma?.errorCode ? `, ${prisma.errorCode}` : ''}).`
    case 'failed-restored':
      return `${failed}. The database was restored to before the run.`
    case 'failed-kept':
      return `${failed}. The database was not restored.`
    case 'lost-restored':
      return `${lost}. The database was restored to before the run.`
    case 'lost-salvaged':
      return `${lost}. The new schema was kept: ${summarizeSalvage(report.recovery.salvage ?? { tables: [] })}.`
    case 'lost-kept':
      return `${lost}. The database was left as it is.`
    case 'restored':
      return 'The database was restored, and compared with the snapshot: equal.'
    case 'abandoned':
      return 'The interrupted run is closed; nothing of it was open.'
  }
}

function describeRehearsal({ rehearsal }: RunReport): string {
  if (rehearsal?.failed) return `${rehearsal.failed.name} fails`
  const losses = unpredictedLosses(rehearsal?.differences ?? [])
  return losses.length > 0 ? `${formatQuantity(losses.length, 'difference')} that no finding predicted` : 'Prisma applied nothing'
}

function renderFailure(failed: NonNullable<NonNullable<RunReport['prisma']>['failed']>, isRestored: boolean): string {
  const words = { ...EFFECT_WORDS, yes: style.warning(EFFECT_WORDS.yes) }
  const traces = {
    yes: isRestored
      ? 'Some of its statements had taken effect; the restore undid them.'
      : 'It is half-way: some of its statements took effect.',
    no: 'None of its statements took effect.',
    unknown: 'Whether any of its statements took effect cannot be told from the schema.',
  } as const
  return joinBlocks([
    failed.message === null ? null : `The database said:\n${indent(failed.message, 4)}`,
    traces[failed.leftTraces],
    failed.statements.length === 0 || failed.leftTraces === 'no'
      ? null
      : failed.statements.map((one) => `    line ${one.line}  ${words[one.effect]}  ${style.code(one.summary)}`).join('\n'),
  ])
}

function renderPlan(report: PlanReport): string {
  const atomicity = renderAtomicity(report.atomicity ?? [], report.findings)
  return joinBlocks([renderFindings(report.findings, problemsOf(report)) || null, atomicity || null, renderPlanVerdict(report)])
}

/** What a report says besides its findings. */
export function renderVerdict(report: Report): string {
  return report.report === 'plan' ? renderPlanVerdict(report) : renderText(report)
}

function renderPlanVerdict(report: PlanReport): string {
  return joinBlocks([renderInvariants(report.invariants ?? []), describePlan(report)])
}

function describePlan(report: PlanReport): string {
  const { pending, blocking, findings } = report
  const since = report.changedSince === undefined ? '' : ` changed since ${report.changedSince}`
  const what = `${formatQuantity(pending.length, report.command === 'check' ? 'file' : 'pending migration')}${since}`
  return blocking > 0
    ? `${style.bad(SIGNS.bad)} ${what}: ${formatQuantity(blocking, 'finding')} ${blocking === 1 ? 'stops' : 'stop'} a run until accepted or changed.`
    : `${style.good(SIGNS.good)} ${what}: nothing ${report.measured ? 'is lost in this database' : 'found that loses data'}${findings.length > 0 ? ' beyond what is listed' : ''}.`
}

function renderSnapshots(report: SnapshotReport): string {
  const { snapshots, unusable, command } = report
  const [last] = snapshots
  if (report.unchanged !== undefined && last !== undefined) return renderUnchanged(last.id, report.unchanged.how)
  if (command !== 'list') return snapshots.map((snapshot) => renderSnapshot(snapshot, command)).join('\n')
  const lines = snapshots.map(
    (one) =>
      `  ${one.id}  ${one.engine}  ${formatBytes(one.bytes)}  ${one.reason}  ${style.quiet([one.target, ...whereOf(one)].join('  '))}`,
  )
  const broken = unusable.map((one) => `  ${style.warning(SIGNS.warning)} ${one.id} cannot be used: ${one.why}`)
  return [...lines, ...broken].join('\n') || 'No snapshots yet. Take one: safe-migrate snapshot create'
}

/** Nothing for one that is only here. */
function whereOf({ isHere, places }: SnapshotDetails): readonly string[] {
  if (!isHere) return [`only in ${places.join(' and ')}`]
  return places.length > 1 ? [`also in ${places.slice(1).join(' and ')}`] : []
}

function renderUnchanged(id: string, how: string): string {
  return `${style.good(SIGNS.good)} Nothing changed since snapshot ${id}: no other was taken. ${style.quiet(`(${how})`)}`
}

function renderSnapshot(snapshot: SnapshotDetails, command: SnapshotReport['command']): string {
  const rows = snapshot.tables.reduce((sum, table) => sum + table.rows, 0)
  const head =
    command === 'verify'
      ? `${style.good(SIGNS.good)} ${snapshot.id} is complete and unchanged.`
      : command === 'fetch'
        ? `${style.good(SIGNS.good)} Snapshot ${snapshot.id} is here, as it was written.`
        : command === 'create'
          ? `${style.good(SIGNS.good)} Snapshot ${snapshot.id} taken and verified.`
          : style.heading(snapshot.id)
  const facts = [
    `of       ${snapshot.target} (server ${snapshot.serverVersion})`,
    `taken    ${snapshot.takenAt}, reason: ${snapshot.reason}`,
    `engine   ${snapshot.engine}${snapshot.why === '' ? '' : `: ${snapshot.why}`}`,
    `holds    ${formatQuantity(snapshot.tables.length, 'table')}, ${formatQuantity(rows, 'row')}, ${formatBytes(snapshot.bytes)} on disk${snapshot.encryption === null ? '' : ', encrypted (age)'}`,
    `in       ${snapshot.places.join(' and ')}`,
  ]
  const details = command === 'show' ? Object.entries(snapshot.details).map(([name, value]) => `  ${style.quiet(`${name}: ${value}`)}`) : []
  const tables =
    command === 'show'
      ? snapshot.tables.map((table) => `    ${[table.schema, table.name].filter(Boolean).join('.')}  ${formatQuantity(table.rows, 'row')}`)
      : []
  return [head, ...facts.map((fact) => `  ${fact}`), ...details, ...tables].join('\n')
}

function renderError({ error }: ErrorReport): string {
  return joinBlocks([
    `${style.bad(SIGNS.bad)} ${style.heading(error.message)}`,
    error.why === null ? null : indent(error.why, 2),
    renderNext(error.next),
  ])
}
