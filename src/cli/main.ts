import { CommanderError } from 'commander'
import { commands } from '../commands/index.js'
import { messageOf, SafeMigrateError } from '../errors.js'
import { type ReportFormat, reporters } from '../reporters/index.js'
import type { ErrorReport, Report } from '../run/report.js'
import { toolVersion } from '../snapshots/tool-version.js'
import { BUG_EXIT_CODE, ERROR_EXIT_CODES } from './exit-codes.js'
import { openInterface } from './interface.js'
import { buildProgram, type Invocation } from './program.js'
import { openScreen, print, tell } from './screen.js'

/** The command line. Sets the exit code of the process; never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  const isJson = argv.includes('--json')
  const format: ReportFormat = isJson ? 'json' : 'text'
  try {
    const program = buildProgram(commands, await toolVersion(), (invocation) => invoke(invocation, isJson))
    for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) command.exitOverride()
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    finish(error, format)
  }
}

async function invoke({ command, options, args, passedOn }: Invocation, isJson: boolean): Promise<void> {
  const screen = openScreen(isJson)
  const signal = stopOnSignals()
  const ui = await openInterface(screen, isJson, command.name === 'dev', signal)
  const report = await command.run({
    cwd: process.cwd(),
    environment: process.env,
    ui,
    options,
    args,
    passedOn,
    confirmByTyping: async (question, word) =>
      screen.interactive ? (await import('./prompts.js')).confirmByTyping(question, word) : false,
  })
  show(report, isJson ? 'json' : 'text')
}

function show(report: Report, format: ReportFormat): void {
  const text = reporters[format](report)
  if (report.report === 'error' && format === 'text') tell(text)
  else print(text)
  process.exitCode = report.exitCode
}

/** The first Ctrl-C asks the run to stop at the next safe point. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) tell('\nStopping at the next safe point …')
      controller.abort()
    })
  }
  return controller.signal
}

function finish(error: unknown, format: ReportFormat): void {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) process.exitCode = 0
    else if (format === 'json') show(errorReport('usage', error.message.replace(/^error: /, ''), null, ['safe-migrate --help'], 2), format)
    else process.exitCode = 2 // commander has said what is wrong
    return
  }
  if (error instanceof SafeMigrateError) {
    show(errorReport(error.code, error.message, error.why, error.next, ERROR_EXIT_CODES[error.code]), format)
    return
  }
  const stack = error instanceof Error ? (error.stack ?? null) : null
  show(
    errorReport(
      'bug',
      `A bug in safe-migrate: ${messageOf(error)}`,
      stack,
      ['Run safe-migrate status: it says what state the database is in.', 'Please report this with the text above.'],
      BUG_EXIT_CODE,
    ),
    format,
  )
}

function errorReport(code: string, message: string, why: string | null, next: readonly string[], exitCode: number): ErrorReport {
  return { report: 'error', formatVersion: 1, exitCode, error: { code, message, why, next } }
}
