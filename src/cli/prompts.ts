import { confirm, isCancel, log, note, select, text } from '@clack/prompts'
import { createTwoFilesPatch } from 'diff'
import { style } from '../reporters/style.js'
import { describeImpact } from '../reporters/text-findings.js'
import type { Finding } from '../rules/finding.js'
import type { RunInterface } from '../run/interface.js'
import { unpredictedLosses } from '../run/verdict.js'
import { formatQuantity } from '../util/format.js'

const OUTPUT = { output: process.stderr }
type Questions = Pick<RunInterface, 'confirmFindings' | 'chooseRecovery' | 'chooseUnfinished' | 'confirmRewrite' | 'chooseDraft'>

/** Every question that a run may ask. Ctrl-C at a question means the answer that changes nothing. */
export const prompts: Questions = {
  async confirmFindings(blocking, plan) {
    note(
      blocking.map((finding) => `${finding.message}  ${style.bad(describeImpact(finding))}`).join('\n'),
      `At stake in ${formatQuantity(plan.pending.length, 'migration')}`,
      OUTPUT,
    )
    if (blocking.some((finding) => finding.severity === 'S0')) return confirmByTyping('One of these is catastrophic.', wordFor(blocking))
    const answer = await confirm({
      message: 'Go on? A verified snapshot is taken first.',
      active: 'Yes, go on',
      inactive: 'No, stop',
      initialValue: false,
      ...OUTPUT,
    })
    return answer === true
  },
  async chooseRecovery({ situation, snapshot, failed, differences }) {
    const what =
      situation === 'failed'
        ? `${failed ?? 'The migration'} failed.`
        : `Data was lost: ${unpredictedLosses(differences)
            .map((one) => one.message)
            .join('; ')}`
    const answer = await select({
      message: `${what} What now?`,
      options: [
        { value: 'restore', label: 'Restore', hint: `the database as it was before this run, from ${snapshot.id}` },
        { value: 'keep', label: 'Keep', hint: 'leave the database as it is; the snapshot stays' },
      ],
      initialValue: 'restore',
      ...OUTPUT,
    })
    return answer === 'restore' ? 'restore' : 'keep'
  },
  async chooseUnfinished(run) {
    log.warn(run.explanation, OUTPUT)
    const answer = await select({
      message: 'Settle it first?',
      options: [
        { value: 'resume', label: 'Finish it', hint: 'compare the database with before, and decide then' },
        ...(run.snapshot === null ? [] : [{ value: 'undo', label: 'Undo it', hint: `restore ${run.snapshot.id}` }]),
        { value: 'leave', label: 'Leave it', hint: 'do nothing now' },
      ],
      ...OUTPUT,
    })
    return answer === 'resume' || answer === 'undo' ? answer : 'leave'
  },
  async confirmRewrite({ description, before, after, file }) {
    const patch = createTwoFilesPatch(file, `${file} (rewritten)`, before, after, '', '', { context: 2 })
    const coloured = patch
      .split('\n')
      .map((line) => (line.startsWith('+') ? style.good(line) : line.startsWith('-') ? style.warning(line) : line))
    note(coloured.join('\n'), description, { ...OUTPUT, format: (line: string) => line })
    const answer = await confirm({
      message: `Rewrite ${file} like this, so that the values are kept?`,
      active: 'Yes, it is a rename',
      inactive: 'No',
      ...OUTPUT,
    })
    return answer === true
  },
  async chooseDraft(name) {
    const answer = await select({
      message: `${name} was not applied. What about the draft?`,
      options: [
        { value: 'keep', label: 'Keep it', hint: 'to edit it and run again' },
        { value: 'remove', label: 'Remove it', hint: 'the folder is deleted' },
      ],
      ...OUTPUT,
    })
    return answer === 'remove' ? 'remove' : 'keep'
  },
}

function wordFor(blocking: readonly Finding[]): string {
  const object = blocking.find((finding) => finding.severity === 'S0')?.objects[0]
  return object?.table ?? object?.schema ?? object?.type ?? 'lose data'
}

/** True when exactly this word is typed. */
export async function confirmByTyping(question: string, word: string): Promise<boolean> {
  const answer = await text({ message: `${question} Type ${word} to go on, anything else to stop.`, ...OUTPUT })
  return !isCancel(answer) && answer === word
}
