import type { RunEvent, RunInterface } from '../run/interface.js'
import { renderEvent } from './events.js'
import { openProgressLine } from './progress.js'
import { type Screen, tell } from './screen.js'

/** Nobody can be asked: every question has the answer that changes nothing. */
const UNATTENDED: Pick<RunInterface, 'confirmFindings' | 'chooseRecovery' | 'chooseUnfinished' | 'confirmRewrite' | 'chooseDraft'> = {
  confirmFindings: async () => false,
  chooseRecovery: async () => 'keep',
  chooseUnfinished: async () => 'leave',
  confirmRewrite: async () => false,
  chooseDraft: async () => 'keep',
}

/** The run's interface to this terminal, or to a log. */
export async function openInterface(screen: Screen, isJson: boolean, ownsTerminal: boolean, signal: AbortSignal): Promise<RunInterface> {
  const progress = openProgressLine(screen.progressBars)
  const questions = screen.interactive ? (await import('./prompts.js')).prompts : UNATTENDED
  return {
    ...questions,
    interactive: screen.interactive,
    show: (event: RunEvent) => {
      progress.clear()
      tell(renderEvent(event))
    },
    progress: progress.update,
    prismaOutput: screen.interactive && ownsTerminal ? 'terminal' : isJson ? 'stderr' : 'stdout',
    signal,
  }
}
