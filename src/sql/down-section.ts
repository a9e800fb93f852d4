import type { Change } from './change.js'

interface Comment {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** As other tools write it, words only: dbmate, goose, sql-migrate, node-pg-migrate, db-migrate, yoyo. */
const DOWN =
  /^(down|(db )?(migration|migrate|goose|micrate) down( transaction (true|false))?|down (migration|script|section|sql)|(rollback|undo|revert)( (migration|script|section|sql))?)$/
const UP = /^(up|(db )?(migration|migrate|goose|micrate) up( transaction (true|false))?|up (migration|script|section|sql)|apply)$/

/** Prisma knows no down sections: a marker with statements after it is a change of its own, in front of the first of them. */
export function markDownSection(changes: readonly Change[], comments: readonly Comment[]): readonly Change[] {
  const marker = comments.find(({ text }) => DOWN.test(readWords(text)))
  if (marker === undefined) return changes
  const end = comments.find(({ start, text }) => start > marker.start && UP.test(readWords(text)))?.start ?? Number.POSITIVE_INFINITY
  const inside = changes.filter(({ statement }) => statement.start > marker.end && statement.start < end)
  const doing = inside.filter(({ kind }) => kind !== 'harmless' && kind !== 'transaction')
  const [first, last] = [doing[0], doing.at(-1)]
  if (first === undefined || last === undefined) return changes
  const section: Change = {
    kind: 'down-section',
    marker: marker.text.trim(),
    statement: first.statement,
    through: last.through ?? last.statement,
    span: { start: marker.start, end: marker.end },
  }
  return changes.flatMap((change) => (change === first ? [section, change] : [change]))
}

function readWords(comment: string): string {
  return comment
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}
