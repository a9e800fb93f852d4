/** Numbers that look random and are the same for the same seed (mulberry32). */
export interface Random {
  /** 0 ≤ n < `below`, whole. */
  int(below: number): number
  chance(probability: number): boolean
  /** @throws when there is nothing to choose from */
  pick<T>(from: readonly T[]): T
  /** Some of them in their order, at least `least`. */
  some<T>(from: readonly T[], least?: number): T[]
}

export function makeRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  // Neighbouring seeds begin alike.
  for (let index = 0; index < 5; index++) next()
  const int = (below: number): number => Math.floor(next() * below)
  return {
    int,
    chance: (probability) => next() < probability,
    pick: (from) => {
      const [one] = from.slice(int(from.length))
      if (one === undefined) throw new RangeError('nothing to choose from')
      return one
    },
    some: (from, least = 1) => {
      const chosen = from.filter(() => next() < 0.5)
      return chosen.length >= least ? chosen : from.slice(0, least)
    },
  }
}
