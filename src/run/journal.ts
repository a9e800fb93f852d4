import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { messageOf, SafeMigrateError } from '../errors.js'
import { timeAfter } from '../util/clock.js'
import { whoAmI } from '../util/who-am-i.js'

const stepSchema = z.looseObject({ step: z.string(), at: z.string() })
const headSchema = z.object({
  format: z.literal(1),
  runId: z.string(),
  command: z.enum(['deploy', 'dev', 'restore', 'rehearse', 'salvage']),
  pid: z.number(),
  host: z.string(),
  /** `ada@host`. */
  by: z.string().exactOptional(),
  targetIdentity: z.string(),
  target: z.string(),
  startedAt: z.string(),
  /** The database is not the project's own (`restore --to`). */
  elsewhere: z.literal(true).exactOptional(),
})

export type JournalHead = z.infer<typeof headSchema>
export type JournalStep = z.infer<typeof stepSchema>
export type RunCommand = JournalHead['command']

/** A run as its journal tells it. `steps` are in order; a run whose last step is not `end` was interrupted. */
export interface JournalRecord {
  readonly file: string
  readonly head: JournalHead
  readonly steps: readonly JournalStep[]
}

/** Records each step before it is taken. Every line is on disk when `record` returns. */
export interface Journal {
  readonly runId: string
  readonly file: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  /** @throws SafeMigrateError when it cannot be written: `unproven` once anything was to be changed, `blocked` before that */
  record(step: string, data?: Record<string, unknown>): void
  /** Whether this step was recorded, in this process or before, and no `until` after it. */
  has(step: string, until?: string): boolean
  /** The last step; without it the run counts as interrupted. `outcome`: the verdict, or in words why there is none. */
  end(outcome: string, result?: RunResult): void
}

/** What the history of runs tells of one that came to its end. */
export interface RunResult {
  readonly exitCode: number
  /** What ended it; another command than the one that began it where it was interrupted. */
  readonly command: string
  readonly applied: readonly string[]
  /** The snapshot of what a restore replaced. */
  readonly replaced: string | null
}

/** Starts the journal of a new run in `<directory>/runs/`. One JSON object a line. */
export function startJournal(directory: string, head: Pick<JournalHead, 'command' | 'targetIdentity' | 'target' | 'elsewhere'>): Journal {
  const startedAt = new Date().toISOString()
  const folder = path.join(directory, 'runs')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const runId = `${timeAfter(latestStamp(folder)).toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(3).toString('hex')}`
  keepOutOfGit(directory)
  const file = path.join(folder, `${runId}.jsonl`)
  append(file, { format: 1, runId, pid: process.pid, host: hostname(), by: whoAmI(), startedAt, ...head })
  return openJournal(file, { runId, startedAt }, [])
}

/** The time in the name of the newest journal, ISO 8601. */
function latestStamp(folder: string): string | null {
  const newest =
    readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .at(-1) ?? ''
  const [, year, month, day, hour, minute, second, fraction] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-/.exec(newest) ?? []
  return fraction === undefined ? null : `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}Z`
}

// Journals quote the migrations' SQL and the keys of rows.
function keepOutOfGit(directory: string): void {
  const file = path.join(directory, '.gitignore')
  if (!existsSync(file)) writeFileSync(file, '*\n')
}

/** Goes on with the journal of an interrupted run. */
export function continueJournal(record: JournalRecord): Journal {
  if (!readFileSync(record.file, 'utf8').endsWith('\n')) write(record.file, '\n') // a line that a kill cut off stays a line of its own
  return openJournal(
    record.file,
    record.head,
    record.steps.map((one) => one.step),
  )
}

function openJournal(file: string, { runId, startedAt }: Pick<JournalHead, 'runId' | 'startedAt'>, earlier: readonly string[]): Journal {
  const steps = [...earlier]
  return {
    runId,
    file,
    startedAt,
    record: (step, data = {}) => {
      try {
        append(file, { step, at: new Date().toISOString(), ...data })
      } catch (cause) {
        throw notWritten(
          file,
          ['migrate', 'restore', 'commit'].some((one) => steps.includes(one)),
          cause,
        )
      }
      steps.push(step)
    },
    has: (step, until) => steps.includes(step) && (until === undefined || steps.lastIndexOf(until) < steps.lastIndexOf(step)),
    end: (outcome, result) => append(file, { step: 'end', at: new Date().toISOString(), outcome, ...result }),
  }
}

function append(file: string, line: object): void {
  write(file, `${JSON.stringify(line)}\n`)
}

function write(file: string, text: string): void {
  const handle = openSync(file, 'a', 0o600)
  try {
    // On a disk that becomes full a part of it is written, without an error.
    if (writeSync(handle, text) < Buffer.byteLength(text)) throw new Error('the disk is full')
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function notWritten(file: string, hasBegun: boolean, cause: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: hasBegun ? 'unproven' : 'blocked',
    message: `The journal of this run cannot be written (${file}).`,
    why: hasBegun
      ? `${messageOf(cause)}. The run has stopped there, and is not proven.`
      : `${messageOf(cause)}. Without it nothing is changed, and nothing was.`,
    next: [
      'Make room, or make that folder writable.',
      hasBegun ? 'Then, to see what is open: safe-migrate status' : 'Then run the same command again.',
    ],
    cause,
  })
}

/** The newest run on this database that did not come to its end; null when there is none. */
export function findUnfinishedRun(directory: string, targetIdentity: string): JournalRecord | null {
  return listRuns(directory).find((run) => run.head.targetIdentity === targetIdentity && run.steps.at(-1)?.step !== 'end') ?? null
}

/** All readable journals, newest first. */
export function listRuns(directory: string): JournalRecord[] {
  return listJournals(directory).filter((run) => 'head' in run)
}

/** A file that is no journal, or one that this version cannot read. */
export interface UnreadableJournal {
  readonly file: string
  /** For people. */
  readonly why: string
}

/** All journals, newest first. */
export function listJournals(directory: string): readonly (JournalRecord | UnreadableJournal)[] {
  const folder = path.join(directory, 'runs')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .reverse()
    .map((name) => readJournal(path.join(folder, name)))
}

// A line that was being written when the process died is not there: the step had not been taken.
function readJournal(file: string): JournalRecord | UnreadableJournal {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map(parseLine)
    .filter((line) => line !== null)
  const head = headSchema.safeParse(lines[0])
  if (!head.success) return { file, why: whyUnreadable(lines[0]) }
  return { file, head: head.data, steps: lines.slice(1).flatMap((line) => stepSchema.safeParse(line).data ?? []) }
}

function whyUnreadable(head: unknown): string {
  const { format } = z.looseObject({ format: z.number() }).safeParse(head).data ?? {}
  return format === undefined
    ? 'it is no journal of safe-migrate, or its first line is damaged'
    : 'another version of safe-migrate wrote it'
}

function parseLine(line: string): unknown {
  try {
    return line === '' ? null : JSON.parse(line)
  } catch {
    return null
  }
}
