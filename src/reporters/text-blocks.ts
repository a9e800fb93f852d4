import { style } from './style.js'

/** What to type or do next. */
export function renderNext(next: readonly string[]): string | null {
  return next.length === 0 ? null : `${style.heading('Next')}\n${next.map((line) => `  ${line}`).join('\n')}`
}

/** Those that say something, one below the other. */
export function joinBlocks(blocks: readonly (string | null)[]): string {
  return blocks.filter((block) => block !== null && block !== '').join('\n')
}
