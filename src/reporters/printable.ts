/** Fields of reports that hold one name of the database, never prose. */
const NAMES: ReadonlySet<string> = new Set(['schema', 'table', 'column', 'name', 'type'])
/** SQL as it stands in the file, line by line. */
const CODE: ReadonlySet<string> = new Set(['statement'])

// A carriage return before a line feed is an end of line; one by itself would write over the line.
// What reorders text makes it look like other text. https://trojansource.codes
const UNPRINTABLE = /(?!\r\n)[^\P{Cc}\n\t]|[\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu
const REPLACEMENT = '\uFFFD'

/** The same report with every text fit for a terminal or a log: no name or message can move the cursor, change a colour or begin a line of its own. */
export function makePrintable<T>(report: T): T {
  const names = new Set<string>()
  visitTexts(report, (text, key) => {
    if (NAMES.has(key) && /[\r\n]/.test(text)) names.add(text)
    return text
  })
  return visitTexts(report, (text, key) => {
    const inOneLine = CODE.has(key)
      ? text
      : [...names].reduce((whole, name) => whole.replaceAll(name, name.replace(/[\r\n]/g, REPLACEMENT)), text)
    return inOneLine.replace(UNPRINTABLE, REPLACEMENT)
  })
}

/** A copy with every text put through `change`; anything that is no plain data stays. */
function visitTexts<T>(value: T, change: (text: string, key: string) => string, key = ''): T {
  const copy = (one: unknown, name: string): unknown => {
    if (typeof one === 'string') return change(one, name)
    if (Array.isArray(one)) return one.map((item) => copy(item, name))
    const isPlain = typeof one === 'object' && one !== null && Object.getPrototypeOf(one) === Object.prototype
    return isPlain ? Object.fromEntries(Object.entries(one).map(([own, item]) => [own, copy(item, own)])) : one
  }
  // Texts become texts, and everything else stays what it is.
  return copy(value, key) as T
}
