import { formatBytes } from '../util/bytes.js'
import { displayWidth } from '../util/display-width.js'
import { formatCount } from '../util/format.js'
import type { OnProgress, Progress, ProgressUnit } from '../util/progress.js'

const SHOW_AFTER = 1000 // ms: what is done sooner needs no bar
const EVERY = 100
/** Also without news, so that it is seen to live. */
const TICK = 500
const BAR = 20
const SHORT_BAR = 8

/** What is written to, and how wide it is. */
export interface ProgressScreen {
  write(text: string): void
  columns(): number
}

export interface ProgressLine {
  readonly update: OnProgress
  /** Removes the line; call it before anything else is written. */
  clear(): void
}

const STDERR: ProgressScreen = {
  write: (text) => {
    process.stderr.write(text)
  },
  columns: () => process.stderr.columns ?? 80,
}

/** One line at the bottom of the terminal; nothing where there is none. */
export function openProgressLine(isShown: boolean, screen: ProgressScreen = STDERR): ProgressLine {
  if (!isShown) return { update: () => {}, clear: () => {} }
  let current: Progress | null = null
  let since = 0
  let drawn = 0
  let timer: NodeJS.Timeout | null = null
  const draw = () => {
    if (current === null) return
    drawn = performance.now()
    screen.write(`\r\u001b[2K${describeProgress(current, (drawn - since) / 1000, screen.columns() - 1)}`)
  }
  const clear = () => {
    if (drawn > 0) screen.write('\r\u001b[2K')
    if (timer !== null) clearInterval(timer)
    timer = null
    drawn = 0
    current = null
  }
  const tick = () => {
    if (performance.now() - since >= SHOW_AFTER) draw()
  }
  const update = (progress: Progress) => {
    const now = performance.now()
    const isNew = progress.step !== current?.step
    if (isNew) since = now
    current = progress
    timer ??= setInterval(tick, TICK).unref()
    // Once there is a line it follows; the first one waits, so that what is quick shows none.
    const isDue = progress.isBlocking === true || now - since >= SHOW_AFTER || (isNew && drawn > 0)
    if (isDue && (isNew || now - drawn >= EVERY)) draw()
  }
  return { update, clear }
}

/** A progress in one line of at most `width` columns: what matters least goes first where there is little room. */
export function describeProgress({ step, detail, done, total, unit, also }: Progress, seconds: number, width: number): string {
  const about = detail === undefined ? step : `${step}: ${detail}`
  const more = also === undefined ? '' : `, ${show(also.done, also.unit)}`
  if (done === undefined || total === undefined || total === 0) {
    const count = done === undefined ? '' : `  ${show(done, unit)}${more}`
    const spent = seconds < 1 ? '' : `  ${formatTime(seconds)}`
    return firstFitting([`${about}${count}${spent}`, `${step}${count}${spent}`, `${step}${spent}`, step], width)
  }
  const part = Math.min(1, done / total)
  const percent = `${Math.floor(part * 100)} %`
  const time = timeLeft(part, seconds)
  const amount = `${unit === 'bytes' ? formatBytes(done) : formatCount(Math.round(done))} of ${show(total, unit)}`
  return firstFitting(
    [
      `${about}  ${bar(part, BAR)} ${percent}  ${amount}${more}${time}`,
      `${step}  ${bar(part, BAR)} ${percent}  ${amount}${more}${time}`,
      `${step}  ${bar(part, SHORT_BAR)} ${percent}  ${amount}${time}`,
      `${step}  ${percent}  ${amount}${time}`,
      `${step}  ${percent}${time}`,
      `${step}  ${percent}`,
    ],
    width,
  )
}

function firstFitting(texts: readonly string[], width: number): string {
  return texts.find((text) => displayWidth(text) <= width) ?? (texts.at(-1) ?? '').slice(0, Math.max(0, width))
}

function show(value: number, unit: ProgressUnit | undefined): string {
  return unit === 'bytes' ? formatBytes(value) : `${formatCount(Math.round(value))}${unit === undefined ? '' : ` ${unit}`}`
}

function bar(part: number, width: number): string {
  return '█'.repeat(Math.floor(part * width)).padEnd(width, '░')
}

/** Of the speed until now; before that is known, the time spent. */
function timeLeft(part: number, seconds: number): string {
  if (part >= 1) return ''
  if (part > 0.02) return `  ${formatTime((seconds / part) * (1 - part))} left`
  return seconds < 1 ? '' : `  ${formatTime(seconds)}`
}

/** `7 s`, `2 min 5 s`, `1 h 4 min`. */
function formatTime(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
