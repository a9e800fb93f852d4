import type { Rehearsal, RehearsedStatement } from '../run/rehearsal-report.js'
import { formatBytes } from '../util/bytes.js'
import { formatQuantity } from '../util/format.js'
import { indent, SIGNS, style } from './style.js'
import { renderDifferences } from './text-differences.js'

/** What a rehearsal showed, without its differences; that a bad one is bad is said by the verdict. */
export function renderRehearsal(rehearsal: Rehearsal): string {
  const { verdict, failed, migrations, statements, rewritten, locks, interval, warnings, problem, seconds } = rehearsal
  const took = `${formatQuantity(migrations.length, 'migration')} in ${formatSeconds(seconds.migrate ?? 0)}`
  const head = verdict === 'good' ? [`${style.good(SIGNS.good)} Rehearsed on a copy: ${took}`] : []
  const blocks = [
    ...warnings.map((warning) => `${style.warning(SIGNS.warning)} ${warning}`),
    ...(failed === null || failed.message === null ? [] : [`The database said:\n${indent(failed.message, 2)}`]),
    ...(problem === null ? [] : [`Prisma applied nothing:\n${indent(problem, 2)}`]),
    ...migrations.map(({ name, seconds: took }) => `${name}  ${took === null ? style.bad('did not end') : formatSeconds(took)}`),
    ...rewritten.map(({ schema, table, bytes, statement }) =>
      [`rewritten: ${nameOf(schema, table)}${bytes === null ? '' : ` (${formatBytes(bytes)})`}`, describeStatement(statement)].join(''),
    ),
    ...locks.map(
      ({ schema, table, blocks: what, seconds: held, mode, statement }) =>
        `locked against ${what}: ${nameOf(schema, table)}, ${atLeast(held, interval)} (${mode})${describeStatement(statement)}`,
    ),
    ...statements
      .filter((one) => one.seconds > 0)
      .slice(0, 3)
      .map((one) => `${atLeast(one.seconds, interval)}${describeStatement(one)}`),
  ]
  return [...head, ...blocks.map((block) => indent(block, 2))].join('\n')
}

/** What the copy was like afterwards, while a run goes on. */
export function renderRehearsed({ differences, seconds }: Rehearsal): string {
  const took = style.quiet(`(${formatSeconds(seconds.compare ?? 0)})`)
  return `\n${style.heading('The copy compared with itself before')} ${took}\n${renderDifferences(differences)}\n`
}

function describeStatement(statement: RehearsedStatement | null): string {
  if (statement === null) return ''
  const { migration, line, summary } = statement
  return line === null ? `, ${summary}` : `, ${migration}:${line}  ${style.code(summary)}`
}

function nameOf(schema: string | null, table: string): string {
  return schema === null || schema === 'public' ? table : `${schema}.${table}`
}

function atLeast(seconds: number, interval: number | null): string {
  return seconds < (interval ?? 0) ? `less than ${formatSeconds(2 * (interval ?? 0))}` : `at least ${formatSeconds(seconds)}`
}

function formatSeconds(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`
}
