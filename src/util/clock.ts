/** Now, or right after an earlier moment when the clock was set back since: what is sorted by its time stays in order. */
export function timeAfter(earlier: string | null | undefined): Date {
  const known = earlier === null || earlier === undefined ? Number.NaN : Date.parse(earlier)
  return new Date(Number.isNaN(known) ? Date.now() : Math.max(Date.now(), known + 1))
}
