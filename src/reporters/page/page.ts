/** How something is to be taken: calmly, with care, or as an alarm. */
export type Tone = 'good' | 'warning' | 'bad' | 'neutral'

/** What a report says on one page, before it is HTML or Markdown. Every text is plain: nothing in it is markup. */
export interface Page {
  /** What it is about: the command. */
  readonly title: string
  readonly tone: Tone
  /** The verdict in one sentence. */
  readonly headline: string
  /** The rest of it. */
  readonly lead: string
  readonly facts: readonly Fact[]
  readonly sections: readonly Section[]
}

export interface Fact {
  readonly label: string
  /** One below the other. */
  readonly values: readonly string[]
  readonly isCode?: true
}

export interface Section {
  readonly heading: string
  readonly blocks: readonly Block[]
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'heading'; readonly text: string; readonly place: string }
  /** Something to do, with what to type for it; null where it is only said. */
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | { readonly kind: 'code'; readonly text: string; readonly language: 'sql' | '' }
  | {
      readonly kind: 'table'
      readonly caption: string
      readonly columns: readonly Column[]
      readonly rows: readonly (readonly Cell[])[]
      readonly isNarrow?: true
    }

export interface Step {
  readonly words: string
  readonly command: string | null
}

export interface Column {
  readonly heading: string
  readonly isNumber?: true
}

export interface Cell {
  readonly text: string
  /** Below it, smaller. */
  readonly details?: readonly string[]
  readonly isCode?: true
  /** A word of judgement, shown as such. */
  readonly tone?: Tone
}

export function fact(label: string, ...values: readonly string[]): Fact {
  return { label, values }
}

/** Of names and of what can be typed. */
export function codeFact(label: string, ...values: readonly string[]): Fact {
  return { label, values, isCode: true }
}

export function paragraph(text: string): Block {
  return { kind: 'paragraph', text }
}

/** A section, or nothing where there is nothing in it. */
export function section(heading: string, blocks: readonly Block[]): readonly Section[] {
  return blocks.length === 0 ? [] : [{ heading, blocks }]
}

/** Lines for people, in which a command comes last: `To go back: safe-migrate restore x`. */
export function toSteps(lines: readonly string[]): Block[] {
  if (lines.length === 0) return []
  return [{ kind: 'steps', steps: lines.map(toStep) }]
}

function toStep(line: string): Step {
  const [, words = line, command = null] = /^(?:(.*[:.])\s+)?((?:safe-migrate|npx|npm|pnpm|yarn)\s[\s\S]+)$/.exec(line) ?? []
  return command === null ? { words: line, command } : { words: words === line ? '' : words, command }
}
