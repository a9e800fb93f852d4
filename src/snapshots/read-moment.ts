/** `2026-11-20`, `2026-11-20T10:00`, `2026-11-20 10:00:30`, `2026-11-20T10:00:30.5Z`, `2026-11-20T10:00+02:00`. */
const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i

/**
 * The moment that a text names; null when it names none. UTC unless it says otherwise, as the times of snapshots are shown.
 * A day means all of it, a second all of it: what was taken on that day counts.
 */
export function readMoment(text: string): Date | null {
  const [, day, minutes, seconds, fraction, zone = 'Z'] = MOMENT.exec(text.trim()) ?? []
  if (day === undefined) return null
  const time =
    minutes === undefined
      ? '23:59:59.999'
      : `${minutes}:${seconds ?? '00'}.${(fraction ?? (seconds === undefined ? '' : '999')).padEnd(3, '0').slice(0, 3)}`
  const moment = new Date(`${day}T${time}${zone.toUpperCase()}`)
  // 2026-02-30 would be read as a day in March.
  return Number.isNaN(moment.getTime()) || !isDay(day) ? null : moment
}

function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}
