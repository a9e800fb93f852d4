import { confirm, isCancel, log, multiselect, note, select, text } from '@clack/prompts'
import { createTwoFilesPatch } from 'diff'
import { makePrintable } from '../reporters/printable.js'
import { style } from '../reporters/style.js'
import { describeImpact, renderFinding } from '../reporters/text-findings.js'
import { renderResolvedMigration } from '../reporters/text-resolve.js'
import type { Finding } from '../rules/finding.js'
import type { RunInterface } from '../run/interface.js'
import { unpredictedLosses } from '../run/verdict.js'
import { formatQuantity } from '../util/format.js'

const OUTPUT = { output: process.stderr }
/** The questions of a run. */
export type Questions = Pick<
  RunInterface,
  | 'confirmFindings'
  | 'askAcceptance'
  | 'chooseRecovery'
  | 'chooseResolution'
  | 'confirmSalvage'
  | 'chooseUnfinished'
  | 'confirmRewrite'
  | 'chooseDraft'
>

/** Every question that a run may ask. Ctrl-C at a question means the answer that changes nothing. */
export const prompts: Questions = {
  async confirmFindings(findings, plan) {
    const blocking = makePrintable(findings)
    note(
      blocking.map((finding) => `${finding.message}  ${style.bad(describeImpact(finding))}`).join('\n'),
      `At stake in ${formatQuantity(plan.pending.length, 'migration')}`,
      OUTPUT,
    )
    const words = wordsFor(blocking)
    for (const [word, question] of words) if (!(await confirmByTyping(question, word))) return false
    if (words.size > 0) return true
    const answer = await confirm({
      message: 'Go on? A verified snapshot is taken first.',
      active: 'Yes, go on',
      inactive: 'No, stop',
      initialValue: false,
      ...OUTPUT,
    })
    return answer === true
  },
  async askAcceptance(finding, { reason, left }) {
    note(renderFinding(makePrintable(finding)).trimEnd(), formatQuantity(left, 'finding'), { ...OUTPUT, format: (line: string) => line })
    if (finding.protected !== undefined && !(await confirmByTyping(protectedQuestion(finding.protected), wordFor(finding)))) return null
    if (reason !== null) return reason
    const answer = await text({ message: 'Why is this right? The reason is recorded; without one it is not accepted.', ...OUTPUT })
    return isCancel(answer) || answer === undefined || answer.trim() === '' ? null : answer.trim()
  },
  async chooseRecovery({ situation, snapshot, failed, differences }) {
    const losses = unpredictedLosses(differences).length
    const what =
      situation === 'failed'
        ? `${failed ?? 'The migration'} failed.`
        : `Data was lost: ${formatQuantity(losses, 'difference')} that ${losses === 1 ? 'was' : 'were'} not predicted, listed above.`
    const answer = await select({
      message: `${what} What now?`,
      options: [
        { value: 'restore', label: 'Restore', hint: `the database as it was before this run, from ${snapshot.id}` },
        ...(situation === 'lost'
          ? [{ value: 'salvage', label: 'Salvage', hint: 'keep the new schema, and put back what is missing; the plan is shown first' }]
          : []),
        { value: 'keep', label: 'Keep', hint: 'leave the database as it is; the snapshot stays' },
      ],
      initialValue: 'restore',
      ...OUTPUT,
    })
    return answer === 'restore' || answer === 'salvage' ? answer : 'keep'
  },
  async confirmSalvage() {
    const answer = await confirm({
      message: 'Salvage like this? It is one transaction, and compared with the plan before it is committed.',
      active: 'Yes, put it back',
      inactive: 'No, change nothing',
      initialValue: true,
      ...OUTPUT,
    })
    return answer === true
  },
  async chooseResolution({ migration, right, possible }) {
    note(renderResolvedMigration(makePrintable({ ...migration, next: [] })), migration.name, { ...OUTPUT, format: (line: string) => line })
    const hints = {
      'rolled-back': 'prisma migrate resolve --rolled-back: it is pending again; fix it first',
      applied: 'prisma migrate resolve --applied: everything that it does is there',
      restore: `the database as it was before, from ${migration.snapshot}`,
    }
    const labels = { 'rolled-back': 'Mark it as rolled back', applied: 'Mark it as applied', restore: 'Restore' }
    const order = [...possible].sort((a, b) => Number(b === right) - Number(a === right))
    const answer = await select({
      message: 'What now?',
      options: [
        ...order.map((value) => ({
          value,
          label: labels[value],
          hint: `${hints[value]}${value === right ? '; right by what was found' : ''}`,
        })),
        { value: 'leave', label: 'Leave it', hint: 'do nothing now' },
      ],
      initialValue: right ?? 'leave',
      ...OUTPUT,
    })
    return possible.find((one) => one === answer) ?? null
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

/** What must be typed, with the question: for the first catastrophe, and for everything that is protected. */
function wordsFor(blocking: readonly Finding[]): ReadonlyMap<string, string> {
  const worst = blocking.find((finding) => finding.severity === 'S0')
  return new Map([
    ...(worst === undefined ? [] : [[wordFor(worst), 'One of these is catastrophic.'] as const]),
    ...blocking.flatMap((finding) =>
      finding.protected === undefined ? [] : [[wordFor(finding), protectedQuestion(finding.protected)] as const],
    ),
  ])
}

function protectedQuestion(names: readonly string[]): string {
  return `${names.join(', ')}: protected in the configuration.`
}

function wordFor({ objects, protected: names }: Finding): string {
  const plain = names?.find((name) => !name.includes('*'))
  const [object] = objects
  return plain ?? object?.table ?? object?.schema ?? object?.type ?? 'lose data'
}

/** True when exactly this word is typed. */
export async function confirmByTyping(question: string, word: string): Promise<boolean> {
  const answer = await text({ message: `${question} Type ${word} to go on, anything else to stop.`, ...OUTPUT })
  return !isCancel(answer) && answer === word
}

/** None when nothing is chosen, or the question is left. */
export async function chooseFiles(files: readonly string[]): Promise<readonly string[]> {
  const answer = await multiselect({
    message: 'Write these files? Space takes one out, Enter goes on.',
    options: files.map((file) => ({ value: file, label: file })),
    initialValues: [...files],
    required: false,
    ...OUTPUT,
  })
  return isCancel(answer) ? [] : answer
}
