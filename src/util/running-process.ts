import { readFileSync } from 'node:fs'

/** Whether a process of this machine runs. Process numbers are used again: where the system shows command lines, `word` must be in it. */
export function isRunning(pid: number, word: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false // EPERM: it runs, as another user
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word)
  } catch {
    return process.platform !== 'linux'
  }
}
