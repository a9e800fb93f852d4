import type { ReportFormat } from '../reporters/index.js'
import type { RunEvent, RunInterface } from '../run/interface.js'
import { unattendedInterface } from '../run/unattended.js'
import { renderEvent } from './events.js'
import { openProgressLine } from './progress.js'
import { type Screen, tell } from './screen.js'

/** The run's interface to this terminal, or to a log. */
export async function openInterface(
  screen: Screen,
  format: ReportFormat,
  ownsTerminal: boolean,
  signal: AbortSignal,
): Promise<RunInterface> {
  const progress = openProgressLine(screen.progressBars)
  const questions = screen.interactive ? (await import('./prompts.js')).prompts : {}
  return {
    ...unattendedInterface,
    ...questions,
    interactive: screen.interactive,
    show: (event: RunEvent) => {
      progress.clear()
      tell(renderEvent(event))
    },
    progress: progress.update,
    prismaOutput: screen.interactive && ownsTerminal ? 'terminal' : format === 'text' ? 'stdout' : 'stderr',
    signal,
  }
}
