/** What one column-aligned piece of text is on a terminal. */
export interface Cell {
  readonly text: string
  /** Columns: 0, 1 or 2; a tab is as wide as its blanks. */
  readonly width: number
  /** UTF-16 offset in the text it came from. */
  readonly offset: number
}

const TAB = '    '
// Unicode Standard Annex #11, the blocks that terminals draw in two columns; emoji are told by their property.
const WIDE =
  /^(?:\p{Emoji_Presentation}|.*\u{FE0F}|[\u{1100}-\u{115F}\u{2E80}-\u{303E}\u{3041}-\u{A4CF}\u{A960}-\u{A97F}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE30}-\u{FE6F}\u{FF00}-\u{FF60}\u{FFE0}-\u{FFE6}\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}])/su
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]+$/u
const CONTROL = /^\p{Cc}/u
// They would reorder what is read, so that SQL looks like other SQL. https://trojansource.codes
const REORDERING = /[\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu
let segmenter: Intl.Segmenter | undefined // loaded for the first text that needs it

/** Splits one line into what is seen as characters; nothing in it can move the cursor or change a colour. */
export function splitIntoCells(line: string): readonly Cell[] {
  if (/^[ -~]*$/.test(line)) return Array.from(line, (text, offset) => ({ text, width: 1, offset }))
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return Array.from(segmenter.segment(line), ({ segment, index }) => makeCell(segment, index))
}

/** Columns that one line takes. */
export function displayWidth(line: string): number {
  return splitIntoCells(line).reduce((sum, { width }) => sum + width, 0)
}

function makeCell(segment: string, offset: number): Cell {
  if (segment === '\t') return { text: TAB, width: TAB.length, offset }
  if (CONTROL.test(segment)) return { text: '\uFFFD'.repeat(segment.length), width: segment.length, offset }
  const text = segment.replace(REORDERING, '\uFFFD')
  if (text !== segment) return { text, width: text.length, offset }
  return { text, width: ZERO.test(text) ? 0 : WIDE.test(text) ? 2 : 1, offset }
}
