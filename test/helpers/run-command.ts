import { execa } from 'execa'

/** What a user would see of a command that has ended. */
export interface CommandResult {
  /** -1 when it was killed by a signal. */
  readonly exitCode: number
  readonly signal: string | undefined
  readonly stdout: string
  readonly stderr: string
  /** stdout and stderr in the order in which they came. */
  readonly output: string
}

export interface CommandOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** What stdin holds; without it stdin is empty. Never a terminal. */
  readonly input?: string
  readonly timeoutMs?: number
}

const DEFAULT_TIMEOUT_MS = 90_000

/** Starts a command without a terminal; the subprocess of execa can be killed and awaited, and never throws. */
export function startCommand(file: string, args: readonly string[], { cwd, env, input, timeoutMs = DEFAULT_TIMEOUT_MS }: CommandOptions) {
  const stdin = input === undefined ? { stdin: 'ignore' as const } : { input }
  return execa(file, args, { cwd, env, extendEnv: false, all: true, reject: false, timeout: timeoutMs, stripFinalNewline: false, ...stdin })
}

/** Runs a command to its end, whatever its exit code. */
export async function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { exitCode, signal, stdout, stderr, all, timedOut, shortMessage } = await startCommand(file, args, options)
  if (timedOut || (exitCode === undefined && signal === undefined)) throw new Error(`${shortMessage}\n${all}`)
  return { exitCode: exitCode ?? -1, signal, stdout: String(stdout), stderr: String(stderr), output: String(all) }
}
