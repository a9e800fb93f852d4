import { formatBytes } from '../util/bytes.js'
import { formatCount } from '../util/format.js'
import type { OnProgress, Progress } from '../util/progress.js'

const SHOW_AFTER = 1000 // ms: what is done sooner needs no bar
const EVERY = 100

export interface ProgressLine {
  readonly update: OnProgress
  /** Removes the line; call it before anything else is written. */
  clear(): void
}

/** One line at the bottom of the terminal; nothing where there is none. */
export function openProgressLine(isShown: boolean): ProgressLine {
  if (!isShown) return { update: () => {}, clear: () => {} }
  let step = ''
  let since = 0
  let drawn = 0
  const clear = () => {
    if (drawn > 0) process.stderr.write('\r\u001b[2K')
    drawn = 0
  }
  const update = (progress: Progress) => {
    const now = performance.now()
    if (progress.step !== step) {
      step = progress.step
      since = now
    }
    if (now - since < SHOW_AFTER || now - drawn < EVERY) return
    drawn = now
    process.stderr.write(`\r\u001b[2K${describe(progress, (now - since) / 1000).slice(0, (process.stderr.columns ?? 80) - 1)}`)
  }
  return { update, clear }
}

function describe({ step, done, total, unit }: Progress, seconds: number): string {
  if (done === undefined) return `${step} …`
  const show = (value: number) => (unit === 'bytes' ? formatBytes(value) : `${formatCount(value)}${unit === undefined ? '' : ` ${unit}`}`)
  if (total === undefined || total === 0) return `${step}  ${show(done)}`
  const part = Math.min(1, done / total)
  const left = part > 0.02 ? `  ${Math.ceil((seconds / part) * (1 - part))} s left` : ''
  return `${step}  ${'█'.repeat(Math.round(part * 20)).padEnd(20, '░')} ${Math.floor(part * 100)} %  ${show(done)} of ${show(total)}${left}`
}
