import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { TestProject } from './make-project.js'
import { safeMigrateBin } from './paths.js'
import { recordSkip } from './skip.js'

const WAIT_TIMEOUT_MS = 30_000
const POLL_MS = 50

export interface TerminalOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly columns?: number
  readonly rows?: number
}

/** A program that runs in a real terminal, driven as a person would. */
export interface Terminal {
  /** What it has shown so far, scrolled-off lines included, without trailing blanks. */
  screen(): Promise<string>
  /** Waits until the screen shows a text, and returns the screen. Only what came after `forget` counts. */
  waitFor(text: string | RegExp, timeoutMs?: number): Promise<string>
  /** Lets later waits ignore what is on the screen now. */
  forget(): Promise<void>
  /** Types text as it is. */
  type(text: string): Promise<void>
  /** Presses keys by tmux's names: "Enter", "Up", "Space", "Escape", "C-c" … */
  press(...keys: string[]): Promise<void>
  /** Waits for the program to end. */
  waitForExit(timeoutMs?: number): Promise<{ readonly exitCode: number; readonly screen: string }>
  close(): Promise<void>
}

/**
 * Whether programs can be run in a terminal here; records what is skipped if not.
 *
 * @param what the tests that need a terminal
 */
export async function hasTerminal(what: string): Promise<boolean> {
  const { exitCode } = await execa('tmux', ['-V'], { reject: false })
  if (exitCode !== 0) recordSkip(what, 'no tmux here')
  return exitCode === 0
}

/** Starts a program in tmux, on a server of its own. */
export async function openTerminal(command: readonly string[], options: TerminalOptions): Promise<Terminal> {
  const { cwd, env, columns = 200, rows = 50 } = options
  const dir = mkdtempSync(join(tmpdir(), 'safe-migrate-terminal-'))
  const exitFile = join(dir, 'exit')
  const socket = join(dir, 'tmux')
  const tmux = (...args: string[]) => execa('tmux', ['-S', socket, '-f', '/dev/null', ...args], { env: { ...env, TERM: 'xterm-256color' } })
  const script = writeScript(dir, command, env, exitFile)
  await tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', cwd, `exec sh ${quote(script)}`)

  let forgotten = 0
  const screen = async () => (await tmux('capture-pane', '-p', '-J', '-S', '-')).stdout.trimEnd()
  const waitUntil = async (what: string, isReached: (text: string) => boolean, timeoutMs: number) => {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const text = await screen()
      if (isReached(text)) return text
      if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}; the terminal shows:\n${text}`)
      await sleep(POLL_MS)
    }
  }
  return {
    screen,
    waitFor: (text, timeoutMs = WAIT_TIMEOUT_MS) =>
      waitUntil(
        String(text),
        (shown) => (typeof text === 'string' ? shown.slice(forgotten).includes(text) : text.test(shown.slice(forgotten))),
        timeoutMs,
      ),
    async forget() {
      forgotten = (await screen()).length
    },
    type: async (text) => void (await tmux('send-keys', '-l', '--', text)),
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    async waitForExit(timeoutMs = WAIT_TIMEOUT_MS) {
      const shown = await waitUntil('the end of the program', () => existsSync(exitFile), timeoutMs)
      return { exitCode: Number(readFileSync(exitFile, 'utf8')), screen: shown }
    },
    async close() {
      await execa('tmux', ['-S', socket, 'kill-server'], { reject: false })
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Runs safe-migrate of a project in a terminal. */
export function openSafeMigrate(project: TestProject, ...args: string[]): Promise<Terminal> {
  return openTerminal([process.execPath, safeMigrateBin, ...args], { cwd: project.dir, env: project.env })
}

/** Runs a project's own Prisma in a terminal. */
export function openPrisma(project: TestProject, ...args: string[]): Promise<Terminal> {
  return openTerminal([join(project.dir, 'node_modules', '.bin', 'prisma'), ...args], { cwd: project.dir, env: project.env })
}

/** A script, so that no secret of the environment shows in the list of processes; it stays up for the last screen. */
function writeScript(dir: string, command: readonly string[], env: Readonly<Record<string, string>>, exitFile: string): string {
  const variables = Object.entries(env).map(([name, value]) => quote(`${name}=${value}`))
  const program = command.map(quote).join(' ')
  const script = join(dir, 'run.sh')
  const lines = [
    "trap '' INT", // Ctrl-C is for the program
    `( trap - INT; exec env -i ${variables.join(' ')} TERM=xterm-256color ${program} )`,
    `echo $? > ${quote(exitFile)}.tmp; mv ${quote(exitFile)}.tmp ${quote(exitFile)}`,
    'exec sleep 600',
  ]
  writeFileSync(script, `${lines.join('\n')}\n`)
  chmodSync(script, 0o600)
  return script
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
