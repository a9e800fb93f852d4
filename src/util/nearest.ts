import { closest, distance } from 'fastest-levenshtein'

/** `; did you mean onLoss?` for `onLos`; empty where nothing known is near. */
export function suggestNearest(word: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const nearest = closest(word, [...known])
  return distance(word.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, word.length / 2) ? `; did you mean ${nearest}?` : ''
}
