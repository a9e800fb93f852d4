const text = process.env.TEST_FAULT_SEED
/** Of all random moments and places of this run; printed when something fails, to be given again. */
export const seed = text === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(text)

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomNumbers(salt: string): () => number {
  let state = [...salt].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** As many moments as asked, one at random in each equal part of the duration, in no order. */
export function randomMoments(salt: string, count: number, duration: number): number[] {
  const random = randomNumbers(salt)
  const moments = Array.from({ length: count }, (_, place) => Math.round(((place + random()) / count) * duration))
  return moments
    .map((moment) => ({ moment, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ moment }) => moment)
}

/** What failed, with all that is needed to see it again. */
export async function at<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new Error(`${where} (TEST_FAULT_SEED=${seed}): ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}
