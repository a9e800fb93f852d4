/** `2026-11-21 10:00:05 UTC`. */
export function formatMoment(iso: string): string {
  return iso.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC')
}
