import type { ErrorReport, PlanReport, Report } from '../../run/report.js'
import { problemsOf, withoutColours } from '../findings-of.js'
import { renderText, renderVerdict } from '../text.js'
import { renderInvariants } from '../text-invariants.js'
import { describeDiff } from './diff-page.js'
import { findingsSections } from './findings-section.js'
import { describeHistory } from './history-page.js'
import { formatMoment } from './moment.js'
import { codeFact, fact, type Page, paragraph, section, toSteps } from './page.js'
import { describeResolve } from './resolve-page.js'
import { describePartRestore, describeRestorePlan } from './restore-page.js'
import { describeMigrations, describeProject, describeRun } from './run-page.js'
import { describeSalvage } from './salvage-page.js'
import { describeStatus } from './status-page.js'

/** Any report on one page. */
export function describePage(report: Report): Page {
  switch (report.report) {
    case 'run':
      return describeRun(report)
    case 'plan':
      return describePlan(report)
    case 'history':
      return describeHistory(report)
    case 'salvage':
      return describeSalvage(report)
    case 'diff':
      return describeDiff(report)
    case 'restore-plan':
      return describeRestorePlan(report)
    case 'part-restore':
      return describePartRestore(report)
    case 'resolve':
      return describeResolve(report)
    case 'status':
      return describeStatus(report)
    case 'error':
      return describeError(report)
    default:
      return describeOther(report)
  }
}

function describePlan(report: PlanReport): Page {
  const { project, command, pending, measuredAt, blocking, exitCode } = report
  const verdict = withoutColours(renderVerdict(report)).replace(/^\S\s/, '')
  return {
    title: command,
    tone: blocking > 0 ? 'bad' : report.findings.some(({ level }) => level === 'warn') ? 'warning' : 'good',
    headline: verdict,
    lead: report.measured ? 'Measured in this database; nothing was changed.' : 'Read from the files, without a database.',
    facts: [
      ...(project === null ? [] : describeProject(project)),
      ...(measuredAt === undefined ? [] : [fact('Measured', formatMoment(measuredAt))]),
      ...(command === 'check' ? [] : describeMigrations(pending)),
      fact('Exit code', String(exitCode)),
    ],
    sections: [
      ...section('Invariants', describeInvariants(report).map(paragraph)),
      ...findingsSections(report, report.findings, problemsOf(report)),
    ],
  }
}

/** Those that do not hold, or cannot be asked, in a sentence each. */
export function describeInvariants({ invariants = [] }: PlanReport): readonly string[] {
  const lines = withoutColours(renderInvariants(invariants)).split('\n')
  return lines.filter((line) => line !== '').map((line) => line.replace(/^[✖▲]\s/, ''))
}

function describeError(report: ErrorReport): Page {
  const { error, exitCode, known } = report
  return {
    title: 'stopped',
    tone: 'bad',
    headline: error.message,
    lead: '',
    facts: [
      ...(known === undefined ? [] : [...describeProject(known.project), ...describeMigrations(known.pending)]),
      ...(known?.snapshot ? [codeFact('Snapshot', known.snapshot.id)] : []),
      fact('Exit code', String(exitCode)),
    ],
    sections: [
      ...section('Why', error.why === null ? [] : [{ kind: 'code', text: error.why, language: '' }]),
      ...section('What to do next', toSteps(error.next)),
      ...(known === undefined ? [] : findingsSections(report, known.findings, [])),
      ...section(
        'What the comparison had found',
        (known?.differences ?? []).map(({ message }) => paragraph(message)),
      ),
    ],
  }
}

/** As people see it at the terminal. */
function describeOther(report: Report): Page {
  const text = withoutColours(renderText(report))
  const [headline = '', ...rest] = text.trim().split('\n')
  return {
    title: report.report,
    tone: report.exitCode === 0 ? 'neutral' : 'warning',
    headline: headline.replace(/^[✔✖▲·]\s/, ''),
    lead: '',
    facts: [],
    sections: section('Details', rest.length === 0 ? [] : [{ kind: 'code', text: rest.join('\n'), language: '' }]),
  }
}
