import { type Finding, isCertainToFail, type Level } from '../rules/finding.js'
import { rules } from '../rules/index.js'

/** What the configuration says, by rule id. */
export type RuleLevels = Readonly<Record<string, Level>>

type Judged = Pick<Finding, 'rule' | 'kind' | 'severity' | 'impact'>

const ORDER: readonly Level[] = ['off', 'info', 'warn', 'block']

/**
 * What a finding means for a run when nothing is configured: what loses data, is not understood or is certain to fail blocks;
 * what may fail, and what loses little, is a warning; what has nothing at stake is information; compatibility is quiet.
 */
export function defaultLevel({ kind, severity, impact }: Omit<Judged, 'rule'>): Level {
  if (severity === 'info') return 'info'
  if (severity === 'S4' || kind === 'compatibility') return 'off'
  if (kind === 'failure') return isCertainToFail(impact) ? 'block' : 'warn'
  return severity === 'S3' ? 'warn' : 'block'
}

/** Gives every finding the level that the configuration sets for its rule, else the default one. */
export function withLevels(findings: readonly Finding[], levels: RuleLevels): readonly Finding[] {
  return findings.map((finding) => ({ ...finding, level: levelOf(finding, levels) }))
}

/** Findings that reports show: all but those that are off. */
export function shownFindings(findings: readonly Finding[], all = false): readonly Finding[] {
  return all ? findings : findings.filter((finding) => finding.level !== 'off')
}

/**
 * A catastrophe always blocks, and a loss is never left out of a report. A setting of a rule that is about something else (a statement
 * that may fail) does not lower what turned out to be a loss. Nothing at stake is information whatever was set, or off.
 */
export function levelOf(finding: Judged, levels: RuleLevels): Level {
  const byDefault = defaultLevel(finding)
  const set = levels[finding.rule]
  if (set === undefined) return byDefault
  if (finding.severity === 'info') return set === 'off' ? 'off' : 'info'
  if (finding.severity === 'S0') return 'block'
  if (!isLosing(finding.kind)) return set
  return isLosing(rules.find((rule) => rule.id === finding.rule)?.kind) ? higher(set, 'info') : higher(set, byDefault)
}

function isLosing(kind: Finding['kind'] | undefined): boolean {
  return kind === 'loss' || kind === 'unanalysed'
}

function higher(one: Level, other: Level): Level {
  return ORDER.indexOf(one) > ORDER.indexOf(other) ? one : other
}
