import { $ as colours } from 'kleur/colors'
import { fitLines } from '../reporters/fit-lines.js'
import type { ReportFormat } from '../reporters/index.js'

/** What the terminal allows. */
export interface Screen {
  /** Somebody can be asked. */
  readonly interactive: boolean
  readonly progressBars: boolean
}

/** Reads the terminal's and the environment's wishes, and switches colours off where they are not wanted. */
export function openScreen(format: ReportFormat): Screen {
  const isTerminal = process.stderr.isTTY === true && process.stdout.isTTY === true
  colours.enabled =
    process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== '0'
      ? true
      : isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  const isAutomatic = Boolean(process.env.CI) || format !== 'text'
  return {
    interactive: isTerminal && process.stdin.isTTY === true && !isAutomatic,
    progressBars: isTerminal && !isAutomatic,
  }
}

/** Who reads may stop reading (`| head`), and a disk may be full: a run goes on to its safe end all the same, and so does Prisma, whose output goes through here. */
export function outliveReaders(): void {
  process.stdout.on('error', (error) => {
    if (!isUnread(error)) tell(`stdout could not be written: ${error.message}`)
  })
  process.stderr.on('error', () => {})
}

function isUnread(error: Error): boolean {
  return 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED')
}

let beforeWriting = () => {}

/** What must be done before anything is written, such as taking a progress bar away. */
export function doBeforeWriting(work: () => void): void {
  beforeWriting = work
}

/** For what writes by itself, such as questions. */
export function takeBarAway(): void {
  beforeWriting()
}

/** Data goes to stdout. */
export function print(text: string): void {
  beforeWriting()
  process.stdout.write(`${text}\n`)
}

/** Everything else goes to stderr. */
export function tell(text: string): void {
  beforeWriting()
  process.stderr.write(`${text}\n`)
}

/** Text as wide as the terminal; as it is where there is none. */
export function fitted(text: string, stream: NodeJS.WriteStream): string {
  return stream.isTTY === true && stream.columns > 0 ? fitLines(text, stream.columns) : text
}

let hasData = false

/** Whether stdout holds data, and no report. */
export function hasWrittenData(): boolean {
  return hasData
}

/** Writes data to stdout as it is, and waits until it is taken; false when nobody reads any more (`| head`). */
export function writeData(text: string): Promise<boolean> {
  beforeWriting()
  hasData = true
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === null || error === undefined) resolve(true)
      else if (isUnread(error)) resolve(false)
      else reject(error)
    })
  })
}
