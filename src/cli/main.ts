import { CommanderError } from 'commander'
import { commands } from '../commands/index.js'
import { isReportFormat, type ReportFormat, reporters } from '../reporters/index.js'
import type { Report } from '../run/report.js'
import { toolVersion } from '../snapshots/tool-version.js'
import { countDown } from './count-down.js'
import { describeError, describeUsage } from './error-report.js'
import { openInterface } from './interface.js'
import { buildProgram, type Invocation } from './program.js'
import { openReportFiles, writeReportFiles } from './report-files.js'
import { fitted, hasWrittenData, openScreen, outliveReaders, print, takeBarAway, tell, writeData } from './screen.js'
import { writeStepSummary } from './step-summary.js'
import { watchRun } from './watch-run.js'

/** The command line. Sets the exit code of the process; never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  const format = readFormat(argv)
  outliveReaders()
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
  const files = await openReportFiles(namedReports(options), process.cwd())
  const screen = openScreen(format)
  const signal = stopOnSignals()
  const { ui, known } = watchRun(await openInterface(screen, format, command.name === 'dev', signal))
  const report: Report = await command
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
      writeData,
    })
    .catch((error: unknown) => describeError(error, known()))
    .finally(takeBarAway)
  await show(report, format)
  await writeReportFiles(files, report)
  if (command.reports === true && report.report !== 'status' && report.report !== 'history')
    await writeStepSummary(process.env.GITHUB_STEP_SUMMARY, report, format)
}

function namedReports({ report }: Invocation['options']): readonly string[] {
  return Array.isArray(report) ? report.map(String) : []
}

async function show(report: Report, format: ReportFormat): Promise<void> {
  const text = (await reporters[format]())(report)
  const isText = format === 'text'
  if ((report.report === 'error' && isText) || hasWrittenData()) tell(isText ? fitted(text, process.stderr) : text)
  else print(isText ? fitted(text, process.stdout) : text)
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
  if (!(error instanceof CommanderError)) return show(describeError(error), format)
  if (error.exitCode === 0) process.exitCode = 0
  else if (format !== 'text') await show(describeUsage(error.message.replace(/^error: /, '')), format)
  else process.exitCode = 2 // commander has said what is wrong
}
