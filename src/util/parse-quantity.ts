const HOUR = 3_600_000
const DAY = 24 * HOUR
const DURATIONS: Readonly<Record<string, number>> = { h: HOUR, d: DAY, w: 7 * DAY, m: 30 * DAY, y: 365 * DAY }
const SIZES: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 }

/** `36h`, `30d`, `8w`, `6m` (of 30 days), `1y` (of 365 days). @returns milliseconds; null for anything else */
export function parseDuration(text: string): number | null {
  const [, count = '', unit = ''] = /^(\d+)\s*([hdwmy])$/.exec(text.trim()) ?? []
  return multiply(count, DURATIONS[unit])
}

/** `500MB`, `1.5 GB`, in powers of 1000. @returns bytes; null for anything else */
export function parseSize(text: string): number | null {
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?b)$/i.exec(text.trim()) ?? []
  return multiply(count, SIZES[unit.toLowerCase()])
}

function multiply(count: string, unit: number | undefined): number | null {
  return unit === undefined ? null : Math.round(Number(count) * unit)
}
