import type { PartRestoreReport } from '../run/restore-report.js'
import type { SalvageReport } from '../run/salvage-report.js'
import { formatMoment } from './page/moment.js'
import type { Tone } from './page/page.js'

interface PutBackWords {
  readonly tone: Tone
  /** A sentence with all that there is to say. */
  readonly text: string
  /** Where the names stand beside it. */
  readonly short: string
}

/** What became of a command that puts rows or values back among those that are there. */
export function describePutBack(report: SalvageReport | PartRestoreReport): PutBackWords {
  const { verdict, target, snapshot } = report
  const isSalvage = report.report === 'salvage'
  const from = isSalvage ? snapshot : `${snapshot} (taken ${formatMoment(report.takenAt)})`
  const into = `into ${target}${isSalvage ? '' : `, mode ${report.mode}`}`
  switch (verdict) {
    case 'planned': {
      const [what, comma] = isSalvage ? ['Salvaging', ''] : ['Restoring rows', ',']
      return { tone: 'neutral', text: `${what} from ${from} ${into}${comma} would do this`, short: `${what} would do this` }
    }
    case 'salvaged':
      return {
        tone: 'good',
        text: `Salvaged from ${from} ${into}, and compared with the plan`,
        short: 'Salvaged, and compared with the plan',
      }
    case 'restored':
      return {
        tone: 'good',
        text: `Rows were restored from ${from} ${into}, and compared with it`,
        short: 'Rows were restored, and compared with the snapshot',
      }
    case 'unchanged': {
      const text = isSalvage
        ? 'Nothing to do: what was lost is there, or there is nothing that could be put back.'
        : `Nothing to do: the rows in ${target} are those of ${from}.`
      return { tone: 'good', text, short: text }
    }
    case 'declined': {
      const text = 'Stopped before any change, as you said.'
      return { tone: 'warning', text, short: text }
    }
  }
}
