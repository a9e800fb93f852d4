/** One line of CSV by RFC 4180 (lines end with LF). NULL is nothing at all, an empty text is `""`, as PostgreSQL's COPY writes and reads them. */
export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvValue).join(',')}\n`
}

function csvValue(value: string | number | null): string {
  if (value === null) return ''
  const text = String(value)
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
