import type { FailedMigration } from '../../run/report.js'
import { EFFECT_WORDS } from '../migration-words.js'
import type { Block, Cell } from './page.js'

const TONES = { yes: 'warning', no: 'neutral', unknown: 'neutral' } as const

/** Which statements of a migration took effect; nothing where there are none. */
export function statementsTable(statements: FailedMigration['statements']): readonly Block[] {
  if (statements.length === 0) return []
  const rows = statements.map(({ line, summary, effect }): readonly Cell[] => [
    { text: String(line) },
    { text: summary, isCode: true },
    { text: EFFECT_WORDS[effect], tone: TONES[effect] },
  ])
  const columns = [{ heading: 'Line', isNumber: true as const }, { heading: 'Statement' }, { heading: 'Effect' }]
  return [{ kind: 'table', caption: 'Statements of the migration', columns, rows }]
}
