import type { PartRestoreReport } from '../run/restore-report.js'
import type { SalvageReport } from '../run/salvage-report.js'
import { formatMoment } from './page/moment.js'
import type { Tone } from './page/page.js'

/** What became of a command that puts rows or values back among those that are there, in a sentence. */
export function describePutBack(report: SalvageReport | PartRestoreReport): { readonly tone: Tone; readonly text: string } {
  const { verdict, target, snapshot } = report
  const isSalvage = report.report === 'salvage'
  const from = isSalvage ? snapshot : `${snapshot} (taken ${formatMoment(report.takenAt)})`
  const into = `into ${target}${isSalvage ? '' : `, mode ${report.mode}`}`
  switch (verdict) {
    case 'planned':
      return {
        tone: 'neutral',
        text: `${isSalvage ? 'Salvaging' : 'Restoring rows'} from ${from} ${into}${isSalvage ? '' : ','} would do this`,
      }
    case 'salvaged':
      return { tone: 'good', text: `Salvaged from ${from} ${into}, and compared with the plan` }
    case 'restored':
      return { tone: 'good', text: `Rows were restored from ${from} ${into}, and compared with it` }
    case 'unchanged':
      return {
        tone: 'good',
        text: isSalvage
          ? 'Nothing to do: what was lost is there, or there is nothing that could be put back.'
          : `Nothing to do: the rows in ${target} are those of ${from}.`,
      }
    case 'declined':
      return { tone: 'warning', text: 'Stopped before any change, as you said.' }
  }
}
