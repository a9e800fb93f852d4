import { createHash } from 'node:crypto'
import type { Report } from '../run/report.js'
import { describePage } from './page/describe-page.js'
import { HTML_STYLE } from './page/html-style.js'
import type { Block, Cell, Column, Fact, Page, Section, Step, Tone } from './page/page.js'

/** One page, in one file: no script, no font, no picture from elsewhere. The policy forbids the browser everything but its own style. */
export function renderHtml(report: Report): string {
  const page = describePage(report)
  const hash = createHash('sha256').update(HTML_STYLE).digest('base64')
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(`${page.headline} – ${page.title}`)}</title>
<style>${HTML_STYLE}</style>
</head>
<body>
<main>
${renderHead(page)}
${page.sections.map(renderSection).join('\n')}
<footer>Written by safe-migrate. Snapshots hold your data; this page holds none of its values unless they were asked for.</footer>
</main>
</body>
</html>
`
}

function renderHead({ title, tone, headline, lead, facts }: Page): string {
  return `<header class="is-${tone}">
<p class="eyebrow">safe-migrate ${escapeHtml(title)}</p>
<div class="verdict">${renderSign(tone)}<h1>${escapeHtml(headline)}</h1></div>
${lead === '' ? '' : `<p class="lead">${escapeHtml(lead)}</p>`}
${renderFacts(facts)}
</header>`
}

const SIGNS: Readonly<Record<Tone, { readonly name: string; readonly path: string }>> = {
  good: { name: 'Good', path: 'M7 12.5l3.2 3.2L17 9' },
  warning: { name: 'Careful', path: 'M12 7v6.5M12 16.8v.2' },
  bad: { name: 'Bad', path: 'M8.5 8.5l7 7M15.5 8.5l-7 7' },
  neutral: { name: 'Information', path: 'M12 11v6M12 7.3v.2' },
}

function renderSign(tone: Tone): string {
  const { name, path } = SIGNS[tone]
  return `<svg class="sign" viewBox="0 0 24 24" role="img" aria-label="${name}" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><circle cx="12" cy="12" r="10"/><path d="${path}"/></svg>`
}

function renderSection({ heading, blocks }: Section): string {
  return `<section>\n<h2>${escapeHtml(heading)}</h2>\n${blocks.map(renderBlock).join('\n')}\n</section>`
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${escapeHtml(block.text)}</p>`
    case 'heading':
      return `<h3>${escapeHtml(block.text)}</h3>\n<p class="place"><code>${escapeHtml(block.place)}</code></p>`
    case 'steps':
      return `<ul class="steps">\n${block.steps.map(renderStep).join('\n')}\n</ul>`
    case 'facts':
      return renderFacts(block.facts)
    case 'code':
      return `<pre>${escapeHtml(block.text)}</pre>`
    case 'table':
      return renderTable(block)
  }
}

function renderStep({ words, command }: Step): string {
  return `<li>${escapeHtml(words).replace(/`([^`]+)`/g, '<code>$1</code>')}${command === null ? '' : `<code class="command">${escapeHtml(command)}</code>`}</li>`
}

function renderFacts(facts: readonly Fact[]): string {
  if (facts.length === 0) return ''
  const lines = facts.map(
    ({ label, values, isCode }) =>
      `<dt>${escapeHtml(label)}</dt>${values.map((value) => `<dd>${isCode ? code(value) : escapeHtml(value)}</dd>`).join('')}`,
  )
  return `<dl>\n${lines.join('\n')}\n</dl>`
}

// Roles, as a narrow screen shows rows as blocks, which would take the meaning of a table away.
function renderTable({ caption, columns, rows, isNarrow }: Extract<Block, { kind: 'table' }>): string {
  const head = columns.map(
    ({ heading, isNumber }) => `<th role="columnheader" scope="col"${numberClass(isNumber)}>${escapeHtml(heading)}</th>`,
  )
  const body = rows.map((row) => `<tr role="row">${row.map((cell, index) => renderCell(cell, columns[index])).join('')}</tr>`)
  return `<table role="table"${isNarrow ? ' class="narrow"' : ''}>
<caption>${escapeHtml(caption)}</caption>
<thead role="rowgroup"><tr role="row">${head.join('')}</tr></thead>
<tbody role="rowgroup">
${body.join('\n')}
</tbody>
</table>`
}

function renderCell({ text, details = [], isCode, tone }: Cell, column: Column | undefined): string {
  const own = tone === undefined ? (isCode ? code(text) : escapeHtml(text)) : `<span class="tone is-${tone}">${escapeHtml(text)}</span>`
  const more = details.map((line) => `<span class="details">${escapeHtml(line)}</span>`).join('')
  return `<td role="cell" data-label="${escapeHtml(column?.heading ?? '')}"${numberClass(column?.isNumber)}>${own}${more}</td>`
}

function numberClass(isNumber: true | undefined): string {
  return isNumber ? ' class="number"' : ''
}

/** A path may be broken behind a slash. */
function code(text: string): string {
  return `<code>${escapeHtml(text).replaceAll('/', '/<wbr>')}</code>`
}

/** For text and for attributes in double quotes. */
function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
}
