import { setImmediate as nextTurn } from 'node:timers/promises'

/** Whether somebody wants it to stop. Work on a file holds the process: a signal that came meanwhile is heard in the next turn but one of its loop. */
export async function isAborted(signal: AbortSignal | undefined): Promise<boolean> {
  for (let turn = 0; turn < 2; turn++) await nextTurn()
  return signal?.aborted === true
}
