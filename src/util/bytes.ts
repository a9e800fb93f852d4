const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** A size for people, in powers of 1000: `1.5 GB`, `12 kB`, `0 B`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  const digits = power > 0 && value < 10 ? 1 : 0
  return `${value.toFixed(digits)} ${UNITS[power] ?? 'B'}`
}
