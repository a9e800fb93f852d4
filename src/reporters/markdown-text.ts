/** Text that Markdown and HTML leave as it is, in one line; `@` does not call anybody. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]#|~$]/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replaceAll('@', '@<!-- -->')
    .replace(/\s*\r?\n\s*/g, '<br>')
}

/** HTML, as a code span of Markdown cannot hold every name. */
export function code(text: string): string {
  return `<code>${escapeText(text)}</code>`
}

export function fence(text: string, language: string): string {
  const marks = '`'.repeat(Math.max(3, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length + 1)))
  return `${marks}${language}\n${text}\n${marks}`
}
