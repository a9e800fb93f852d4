import { type ExecaError, execa } from 'execa'
import type { Target } from '../../../databases/database.js'
import { toolEnvironment } from '../../../databases/postgresql/connection-config.js'
import { SafeMigrateError } from '../../../errors.js'
import { type PostgresqlTools, toolPath } from './tools.js'

export interface ToolRun {
  readonly tools: PostgresqlTools
  readonly name: 'pg_dump' | 'pg_restore'
  readonly target: Target
  /** No secrets: other users of the machine can read them. */
  readonly words: readonly string[]
  /** Ends the tool, e.g. because what it was run beside has failed. */
  readonly signal?: AbortSignal
}

const MOST_LINES = 20

/** Starts a tool with the password in its environment. Its output is a stream; `await` it for the end. */
export function startTool({ tools, name, target, words, signal }: ToolRun) {
  return execa(toolPath(tools, name), words, {
    env: { ...toolEnvironment(target), LC_ALL: 'C' },
    stdin: 'ignore',
    encoding: 'buffer',
    buffer: { stdout: false, stderr: true },
    maxBuffer: 1_000_000,
    stripFinalNewline: true,
    ...(signal ? { cancelSignal: signal } : {}),
  })
}

/** Runs a tool to its end. @returns what it printed @throws SafeMigrateError `snapshot` with what it said */
export async function runTool(run: ToolRun): Promise<string> {
  const child = startTool(run)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  try {
    await child
  } catch (error) {
    throw toolError(run, error)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What a tool that failed said, without its command line. */
export function toolError({ name, tools, target }: ToolRun, error: unknown): SafeMigrateError {
  const lines = errorLines(error)
  const said = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more lines`] : lines
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${name} ${tools.version} failed on ${target.label}.`,
    why: said.length > 0 ? said.join('\n') : `It ended with ${describeEnd(error)}.`,
    next: [],
  })
}

/** The lines a tool wrote to its standard error. */
export function errorLines(error: unknown): string[] {
  if (typeof error !== 'object' || error === null || !('stderr' in error)) return []
  const { stderr } = error
  const text = stderr instanceof Uint8Array ? Buffer.from(stderr).toString('utf8') : String(stderr)
  return text.split('\n').filter((line) => line.trim() !== '')
}

function describeEnd(error: unknown): string {
  const { exitCode, signal, originalMessage } = (typeof error === 'object' && error !== null ? error : {}) as Partial<ExecaError>
  if (signal) return `signal ${signal}`
  return exitCode === undefined ? String(originalMessage ?? 'an unknown error') : `exit code ${exitCode}`
}
