import { CommanderError } from 'commander'
import { commands } from '../commands/index.js'
import { messageOf, SafeMigrateError } from '../errors.js'
import { isReportFormat, type ReportFormat, reporters } from '../reporters/index.js'
import type { ErrorReport, Report } from '../run/report.js'
import { toolVersion } from '../snapshots/tool-version.js'
import { countDown } from './count-down.js'
import { BUG_EXIT_CODE, ERROR_EXIT_CODES } from './exit-codes.js'
import { openInterface } from './interface.js'
import { buildProgram, type Invocation } from './program.js'
import { openScreen, print, takeBarAway, tell } from './screen.js'

/** The command line. Sets the exit code of the process; never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  const format = readFormat(argv)
  try {
    const program = buildProgram(commands, toolVersion(), (invocation) => invoke(invocation, format))
    for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) command.exitOverride()
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    await finish(error, format)
  }
}

/** Known before anything else is read, so that what is wrong is told in it too. An unknown one is refused with the other words. */
function readFormat(argv: readonly string[]): ReportFormat {
  const end = argv.indexOf('--')
  const words = end === -1 ? argv : argv.slice(0, end)
  if (words.includes('--json')) return 'json'
  const index = words.findLastIndex((word) => word === '--format' || word.startsWith('--format='))
  const name = words[index]?.startsWith('--format=') ? words[index].slice('--format='.length) : words[index + 1]
  return index !== -1 && name !== undefined && isReportFormat(name) ? name : 'text'
}

async function invoke({ command, options, args, passedOn }: Invocation, format: ReportFormat): Promise<void> {
  const screen = openScreen(format)
  const signal = stopOnSignals()
  const ui = await openInterface(screen, format, command.name === 'dev', signal)
  const report = await command
    .run({
      cwd: process.cwd(),
      environment: process.env,
      ui,
      options,
      args,
      passedOn,
      confirmByTyping: async (question, word) => {
        takeBarAway()
        return screen.interactive ? (await import('./prompts.js')).confirmByTyping(question, word) : false
      },
      countDown: (what, seconds) => countDown(what, seconds, signal),
      chooseFiles: async (files) => (screen.interactive ? (await import('./prompts.js')).chooseFiles(files) : []),
    })
    .finally(takeBarAway)
  await show(report, format)
}

async function show(report: Report, format: ReportFormat): Promise<void> {
  const text = (await reporters[format]())(report)
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

async function finish(error: unknown, format: ReportFormat): Promise<void> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) process.exitCode = 0
    else if (format !== 'text')
      await show(errorReport('usage', error.message.replace(/^error: /, ''), null, ['safe-migrate --help'], 2), format)
    else process.exitCode = 2 // commander has said what is wrong
    return
  }
  if (error instanceof SafeMigrateError) {
    await show(errorReport(error.code, error.message, error.why, error.next, ERROR_EXIT_CODES[error.code]), format)
    return
  }
  const stack = error instanceof Error ? (error.stack ?? null) : null
  await show(
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
