import { code, escapeText, fence } from '../markdown-text.js'
import type { Block, Cell, Fact, Page, Tone } from './page.js'

const SIGNS: Readonly<Record<Tone, string>> = { good: '✅', warning: '⚠️', bad: '🛑', neutral: 'ℹ️' }
const CUT = '… cut here: the rest did not fit. It is in the log of the run.'

/** A page for GitHub and for those who read it as text, in at most so many bytes. */
export function renderMarkdownPage(page: Page, mostBytes: number): string {
  const head = [
    `## ${SIGNS[page.tone]} ${escapeText(page.headline)}`,
    ...(page.lead === '' ? [] : [escapeText(page.lead)]),
    ...renderFacts(page.facts),
  ]
  const body = page.sections.flatMap(({ heading, blocks }) => [`### ${escapeText(heading)}`, ...blocks.flatMap(renderBlock)])
  return cutTo([...head, ...body], mostBytes)
}

/** Whole blocks, and of a table the rows that fit: half of a block would change what comes after it. */
function cutTo(blocks: readonly string[], mostBytes: number): string {
  const kept: string[] = []
  let left = mostBytes - Buffer.byteLength(CUT) - 2
  for (const block of blocks) {
    const bytes = Buffer.byteLength(block) + 2
    if (bytes > left) return [...kept, ...cutBlock(block, left), CUT].join('\n\n')
    kept.push(block)
    left -= bytes
  }
  return kept.join('\n\n')
}

/** Of a table, a list or SQL the lines that fit; nothing of prose. */
function cutBlock(block: string, mostBytes: number): readonly string[] {
  const lines = block.split('\n')
  const isFenced = block.startsWith('```')
  const last = isFenced ? [lines.at(-1) ?? ''] : []
  let left = mostBytes - Buffer.byteLength(last.join(''))
  const end = lines.findIndex((line) => {
    left -= Buffer.byteLength(line) + 1
    return left < 0
  })
  return end < 3 ? [] : [[...lines.slice(0, end), ...last].join('\n')]
}

function renderBlock(block: Block): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
      return [escapeText(block.text)]
    case 'heading':
      return [`#### ${escapeText(block.text)}`, code(block.place)]
    case 'steps':
      return [block.steps.map(({ words, command }) => `- ${escapeText(words)}${command === null ? '' : ` ${code(command)}`}`).join('\n')]
    case 'facts':
      return renderFacts(block.facts)
    case 'code':
      return [fence(block.text, block.language)]
    case 'table':
      return [renderTable(block)]
  }
}

function renderFacts(facts: readonly Fact[]): readonly string[] {
  if (facts.length === 0) return []
  const lines = facts.map(({ label, values, isCode }) => {
    const shown = values.map((value) => (isCode ? code(value) : escapeText(value)))
    return `- **${escapeText(label)}:** ${shown.join(', ')}`
  })
  return [lines.join('\n')]
}

function renderTable({ columns, rows }: Extract<Block, { kind: 'table' }>): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    row(columns.map(({ heading }) => escapeText(heading))),
    row(columns.map(({ isNumber }) => (isNumber ? '--:' : '---'))),
    ...rows.map((cells) => row(cells.map(renderCell))),
  ].join('\n')
}

function renderCell({ text, details = [], isCode, tone }: Cell): string {
  const own = isCode ? code(text) : escapeText(text)
  const sign = tone === undefined || tone === 'neutral' ? '' : `${SIGNS[tone]} `
  return `${sign}${[own, ...details.map((line) => `<sub>${escapeText(line)}</sub>`)].join('<br>')}`
}
