import { ignoreProgress } from '../util/progress.js'
import type { RunInterface } from './interface.js'

/** Nobody can be asked: every question has the answer that changes nothing, and nothing is shown. For the library, and the base of the command line's. */
export const unattendedInterface: RunInterface = {
  interactive: false,
  show: () => {},
  progress: ignoreProgress,
  prismaOutput: 'nothing',
  signal: new AbortController().signal,
  confirmFindings: async () => false,
  askAcceptance: async () => null,
  chooseRecovery: async () => 'keep',
  chooseResolution: async () => null,
  confirmSalvage: async () => false,
  chooseUnfinished: async () => 'leave',
  confirmRewrite: async () => false,
  chooseDraft: async () => 'keep',
}
