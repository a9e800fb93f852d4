import { appendFile, stat } from 'node:fs/promises'
import { messageOf } from '../errors.js'
import { type ReportFormat, reporters } from '../reporters/index.js'
import type { Report } from '../run/report.js'
import { tell } from './screen.js'

// One mebibyte for each step, with what others wrote. https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
const MOST_BYTES = 1024 * 1024
const LEAST_BYTES = 512

/**
 * Adds the report to the summary of a step in GitHub Actions. Where Markdown is asked for on stdout, that is what somebody puts there by himself.
 * A summary that cannot be written is told, and does not change what the run came to.
 * @param file `GITHUB_STEP_SUMMARY`
 */
export async function writeStepSummary(file: string | undefined, report: Report, format: ReportFormat): Promise<void> {
  if (file === undefined || file === '' || format === 'markdown') return
  try {
    const used = (await stat(file).catch(() => null))?.size ?? 0
    const room = MOST_BYTES - used - 2
    if (room < LEAST_BYTES) return tell('▲ The summary of this step is full: the report was not added to it.')
    const render = await reporters.markdown()
    await appendFile(file, `${used === 0 ? '' : '\n'}${render(report, room - 1)}\n`)
  } catch (error) {
    tell(`▲ The summary of this step could not be written: ${messageOf(error)}`)
  }
}
