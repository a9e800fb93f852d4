import { execa } from 'execa'
import { messageOf, SafeMigrateError } from '../errors.js'
import type { Environment } from './environment.js'
import type { Project } from './project.js'

export interface PrismaRun {
  readonly exitCode: number
  /** Signal that ended it, null when it ended by itself. */
  readonly signal: string | null
  /** Prisma's error code (`P3018`), null when there was none or the output went straight to the terminal. */
  readonly errorCode: string | null
  /** What it printed, both streams in order; empty when the output went straight to the terminal. */
  readonly output: string
}

export interface RunPrismaOptions {
  /** Where Prisma's output is shown as it comes. `terminal`: it owns the terminal, prompts included. */
  readonly show: 'terminal' | 'stdout' | 'stderr' | 'nothing'
  /** Called once it is running. */
  readonly onStart?: (pid: number) => void
  /** Where else, and with which environment instead of this process's. */
  readonly place?: { readonly cwd: string; readonly environment: Environment }
  /** Ends it at once; only where nothing it does counts. */
  readonly signal?: AbortSignal
}

/**
 * Runs the project's own Prisma, in the project's folder, with the environment of this process, unless told otherwise.
 * @throws SafeMigrateError `prisma` only when it cannot be started; a failing Prisma is a result
 */
export async function runPrisma(project: Project, words: readonly string[], options: RunPrismaOptions): Promise<PrismaRun> {
  const shown = { terminal: 'inherit', stdout: ['inherit', 'pipe'], stderr: [2, 'pipe'], nothing: 'pipe' } as const
  const child = execa(process.execPath, [project.prisma.script, ...words], {
    cwd: options.place?.cwd ?? project.root,
    ...(options.place === undefined ? {} : { env: options.place.environment, extendEnv: false }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    stdin: options.show === 'terminal' ? 'inherit' : 'ignore',
    stdout: shown[options.show],
    stderr: options.show === 'terminal' ? 'inherit' : options.show === 'nothing' ? 'pipe' : ['inherit', 'pipe'],
    all: options.show !== 'terminal',
    reject: false,
    cleanup: options.signal !== undefined, // otherwise: Ctrl-C reaches it through the terminal; it must be able to finish a statement
  })
  if (child.pid !== undefined) options.onStart?.(child.pid)
  const result = await child
  if (result.exitCode === undefined && result.signal === undefined) {
    throw new SafeMigrateError({
      code: 'prisma',
      message: `Prisma could not be started (${project.prisma.script}).`,
      why: messageOf(result.cause ?? result.originalMessage),
      next: ['Install the dependencies again: npm install'],
    })
  }
  const output = typeof result.all === 'string' ? result.all : ''
  return { exitCode: result.exitCode ?? 1, signal: result.signal ?? null, errorCode: /\bP[1-5]\d{3}\b/.exec(output)?.[0] ?? null, output }
}

/** Options that make Prisma look at the very files that we looked at. */
export function fileOptions(project: Project): string[] {
  return [...(project.configPath === null ? [] : ['--config', project.configPath]), '--schema', project.schemaPath]
}
