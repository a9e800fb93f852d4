import type { ResolvedMigration, ResolveReport } from '../run/resolve-report.js'
import { DONE_WORDS, describeCompared, EFFECT_WORDS, FOUND_WORDS, STATE_WORDS } from './migration-words.js'
import { indent, SIGNS, style } from './style.js'

/** For people. */
export function renderResolve({ migrations, recovery, exitCode }: ResolveReport): string {
  if (migrations.length === 0)
    return `${style.good(SIGNS.good)} Nothing to resolve: no migration failed, and none was edited or removed after it was applied.`
  const restored = recovery.replaced === null ? [] : [`What was there until now is kept as the snapshot ${recovery.replaced}.`]
  const open =
    exitCode === 0 ? [] : [style.warning('Nothing was changed where a person must decide; --yes does what was found to be right.')]
  return [...migrations.map((one) => `${headOf(one)}\n${indent(renderResolvedMigration(one), 2)}`), ...restored, ...open].join('\n')
}

function headOf({ name, state, done }: ResolvedMigration): string {
  const outcome = done === 'none' ? '' : ` → ${DONE_WORDS[done]}`
  const sign = done === 'none' ? (state === 'failed' ? style.bad(SIGNS.bad) : style.warning(SIGNS.warning)) : style.good(SIGNS.good)
  return `${sign} ${style.heading(name)}  ${STATE_WORDS[state] || state}${outcome}`
}

/** What was found of one, and what is next. */
export function renderResolvedMigration(one: ResolvedMigration): string {
  const words = { ...EFFECT_WORDS, yes: style.warning(EFFECT_WORDS.yes) }
  const isTold = one.found === 'half-way' || one.found === 'unknown'
  const lines = [
    one.message === null ? '' : `The database said:\n${indent(one.message, 2)}`,
    one.found === null ? '' : FOUND_WORDS[one.found],
    one.found === null ? '' : style.quiet(describeCompared(one.comparedWith)),
    ...(isTold ? one.statements.map(({ line, summary, effect }) => `line ${line}  ${words[effect]}  ${style.code(summary)}`) : []),
    isTold && one.remaining.length > 0 && one.remaining.length < one.statements.length
      ? `What is missing, or may be:\n${indent(one.remaining.map(({ sql }) => sql).join('\n'), 2)}`
      : '',
    ...one.next.map((line) => `→ ${line}`),
  ]
  return lines.filter((line) => line !== '').join('\n')
}
