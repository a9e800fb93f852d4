import type { Account } from './accounts.js'
import type { Block, Cell } from './page.js'

/** What was predicted and what was found, a row each. */
export function accountTable(caption: string, accounts: readonly Account[]): Block {
  const rows = accounts.map(({ what, predicted, found, judgement, tone, details }): readonly Cell[] => [
    { text: what, details },
    { text: predicted || '–' },
    { text: found || '–' },
    { text: judgement, tone },
  ])
  const columns = [
    { heading: 'What' },
    { heading: 'Predicted', isNumber: true as const },
    { heading: 'Found', isNumber: true as const },
    { heading: 'Judgement' },
  ]
  return { kind: 'table', caption, columns, rows }
}
