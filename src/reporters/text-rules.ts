import type { Severity } from '../rules/finding.js'
import type { ExplainedExample, ExplainedRule, ExplainReport } from '../run/report.js'
import { indent, style, WIDTH, wrap } from './style.js'

const SEVERITIES: Readonly<Record<Severity, string>> = {
  S0: 'catastrophic: it always blocks',
  S1: 'data is lost for certain, if there is any',
  S2: 'values may be lost or changed, often in silence',
  S3: 'it may fail on the data, or lose a little',
  S4: 'other programs or locks, no data',
  info: 'nothing at stake',
}

export function renderRules({ rules, environment }: ExplainReport): string {
  const [only] = rules
  if (rules.length === 1 && only !== undefined && only.unsafe.length > 0) return renderRule(only, environment)
  const width = Math.max(...rules.map(({ rule }) => rule.length))
  return [
    ...rules.map(({ rule, severity, level, summary }) =>
      `${style.heading(rule.padEnd(width))}  ${severity.padEnd(2)}  ${level.padEnd(5)}  ${summary}`.trimEnd(),
    ),
    '',
    style.quiet(
      `Severities: ${(['S0', 'S1', 'S2', 'S3', 'S4'] as const).map((severity) => `${severity} ${SEVERITIES[severity]}`).join('; ')}.`,
    ),
    style.quiet('More of one: safe-migrate explain <rule>'),
  ].join('\n')
}

function renderRule({ rule, kind, severity, level, summary, unsafe, safe }: ExplainedRule, environment: string | null): string {
  const [first] = unsafe
  const object = kind === 'unanalysed' ? '' : ' <Table.column>'
  return [
    style.heading(rule),
    wrap(summary, WIDTH),
    '',
    `severity  ${severity}, ${SEVERITIES[severity]}`,
    `level     ${level}${environment === null ? '' : ` in ${environment}`}${level === 'off' ? ', shown with --all' : ''}`,
    '',
    style.heading('Found'),
    ...unsafe.map((example) => renderExample(example, example.message)),
    ...(first === undefined ? [] : [style.heading('Why it matters'), indent(wrap(first.why, WIDTH - 2), 2), '']),
    ...(first === undefined || first.instead === '' ? [] : [style.heading('Instead'), indent(wrap(first.instead, WIDTH - 2), 2), '']),
    style.heading('Not found'),
    ...safe.map((example) => renderExample(example, null)),
    style.heading('To accept it'),
    `  above the statement: ${style.code(`-- safe-migrate: allow ${rule}${object} -- <reason>`)}`,
    `  where the file may not change any more: ${style.code(`safe-migrate accept --rule ${rule}`)}`,
    ...(severity === 'S0' ? [] : [`  everywhere, in the configuration: ${style.code(`rules: { '${rule}': 'warn' }`)}`]),
  ].join('\n')
}

function renderExample({ sql, before, databases }: ExplainedExample, message: string | null): string {
  const lines = [...(before === null ? [] : [style.quiet(`${before}  -- earlier`)]), style.code(sql)]
  const only = databases.length === 1 ? ` (${databases.join()})` : ''
  return `${indent(lines.join('\n'), 2)}${only}\n${message === null ? '' : `    ${message}\n`}`
}
