import { setTimeout as sleep } from 'node:timers/promises'
import { formatQuantity } from '../util/format.js'
import { tell } from './screen.js'

/** Says each second on stderr what is left. False when the signal came first. */
export async function countDown(what: string, seconds: number, signal: AbortSignal): Promise<boolean> {
  tell(what)
  for (let left = seconds; left > 0 && !signal.aborted; left--) {
    tell(`It begins in ${formatQuantity(left, 'second')} …`)
    await sleep(1000, undefined, { signal }).catch(() => {})
  }
  return !signal.aborted
}
