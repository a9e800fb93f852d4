import type { ReportFormat } from '../reporters/index.js'
import type { RunEvent, RunInterface } from '../run/interface.js'
import { unattendedInterface } from '../run/unattended.js'
import { renderEvent } from './events.js'
import { openProgressLine } from './progress.js'
import type { Questions } from './prompts.js'
import { doBeforeWriting, fitted, type Screen, takeBarAway, tell } from './screen.js'

/** The run's interface to this terminal, or to a log. */
export async function openInterface(
  screen: Screen,
  format: ReportFormat,
  ownsTerminal: boolean,
  signal: AbortSignal,
): Promise<RunInterface> {
  const progress = openProgressLine(screen.progressBars)
  doBeforeWriting(progress.clear)
  const questions = screen.interactive ? withoutBar((await import('./prompts.js')).prompts, takeBarAway) : {}
  return {
    ...unattendedInterface,
    ...questions,
    interactive: screen.interactive,
    show: (event: RunEvent) => tell(fitted(renderEvent(event), process.stderr)),
    progress: progress.update,
    prismaOutput: screen.interactive && ownsTerminal ? 'terminal' : format === 'text' ? 'stdout' : 'stderr',
    signal,
  }
}

/** A question is asked on a screen of its own. */
function withoutBar(questions: Questions, clear: () => void): Questions {
  const asked =
    <A extends unknown[], B>(ask: (...words: A) => Promise<B>) =>
    (...words: A) => {
      clear()
      return ask(...words)
    }
  return {
    confirmFindings: asked(questions.confirmFindings),
    askAcceptance: asked(questions.askAcceptance),
    chooseRecovery: asked(questions.chooseRecovery),
    chooseResolution: asked(questions.chooseResolution),
    confirmSalvage: asked(questions.confirmSalvage),
    chooseUnfinished: asked(questions.chooseUnfinished),
    confirmRewrite: asked(questions.confirmRewrite),
    chooseDraft: asked(questions.chooseDraft),
  }
}
