import type { ParsedSql } from '../databases/database.js'
import { findRebuildRename } from '../rules/rename-candidates.js'
import type { ColumnView, JudgeContext } from '../rules/rule.js'
import type { Change, ChangeOf } from '../sql/change.js'
import { findAtDepth0, isWord } from '../sql/clauses.js'
import { tokenize } from '../sql/tokens.js'
import { applyEdits, dropWarnings, type Edit } from './edits.js'
import type { RenameDraft } from './rename-column.js'

/** A rebuild that leaves out a and fills b from nothing → it copies a into b. */
export function suggestRebuildRenames(change: Change, file: ParsedSql, context: JudgeContext): readonly RenameDraft[] {
  if (change.kind !== 'rebuild-table' || change.adjusted) return []
  const table = context.table(change.table)
  if (table === null || !table.isComplete) return []
  const sources = change.columns.map(({ source }) => source)
  if (sources.some((source) => source.from === 'position')) return []
  const fold = (name: string) => (context.dialect.ignoresCase ? name.toLowerCase() : name)
  const isCopied = (column: ColumnView) => sources.some((source) => source.from === 'column' && fold(source.column) === fold(column.name))
  const isReplaced = (column: ColumnView) =>
    change.columns.some(({ definition, source }) => source.from === 'expression' && fold(definition.name) === fold(column.name))
  const leftOut = table.columns.filter((column) => !isCopied(column) && !isReplaced(column))
  return leftOut.flatMap((column) => {
    const target = column.live === null || column.computed ? null : findRebuildRename(column, change, leftOut, context)
    if (target === null || column.live === null) return []
    const edits = change.copied
      ? extendCopy(change, file, column.name, target.name, context)
      : addCopy(change, file, column.name, target.name, context)
    if (edits === null) return []
    const isStale = (line: string) =>
      line.includes(`\`${column.name}\` on the \`${table.name}\``) ||
      line.includes(`required column \`${target.name}\` to the \`${table.name}\``)
    return [
      {
        description: `Copy ${context.display(table.live, column.live)} into ${target.name} instead of leaving it out.`,
        after: dropWarnings(applyEdits(file.source.sql, edits), isStale),
      },
    ]
  })
}

function statementsOf(change: ChangeOf<'rebuild-table'>, file: ParsedSql) {
  const last = (change.through ?? change.statement).index
  return file.statements.filter(({ index }) => index >= change.statement.index && index <= last)
}

/** One more column in both lists of INSERT INTO … (…) SELECT … FROM. */
function extendCopy(
  change: ChangeOf<'rebuild-table'>,
  file: ParsedSql,
  from: string,
  to: string,
  context: JudgeContext,
): readonly Edit[] | null {
  const insert = statementsOf(change, file).find(({ sql }) => /^(?:INSERT|REPLACE)\b/i.test(sql))
  if (insert === undefined) return null
  const run = { text: insert.sql, tokens: tokenize(insert.sql, context.dialect.style).filter((token) => token.kind !== 'comment') }
  const open = findAtDepth0(run, 0, (token) => token.word === '(')
  const select = findAtDepth0(run, 0, (token) => isWord(token, 'SELECT'))
  const close = findAtDepth0(run, open + 1, (token) => token.word === ')')
  const source = findAtDepth0(run, select, (token) => isWord(token, 'FROM'))
  const [closing, last] = [run.tokens[close], run.tokens[source - 1]]
  if (open === -1 || select === -1 || open > select || closing === undefined || last === undefined) return null
  const { quoteName } = context.dialect
  return [
    { start: insert.start + closing.start, end: insert.start + closing.start, text: `, ${quoteName(to)}` },
    { start: insert.start + last.end, end: insert.start + last.end, text: `, ${quoteName(from)}` },
  ]
}

/** Prisma writes no INSERT at all when no column is left in common. */
function addCopy(
  change: ChangeOf<'rebuild-table'>,
  file: ParsedSql,
  from: string,
  to: string,
  context: JudgeContext,
): readonly Edit[] | null {
  const statements = statementsOf(change, file)
  const [create] = statements
  const drop = statements.find(({ sql }) => /^DROP\s+TABLE\b/i.test(sql))
  const isNeeded = change.columns.some(
    ({ definition }) => definition.notNull && !definition.generated && definition.default === null && definition.name !== to,
  )
  if (create === undefined || drop === undefined || isNeeded) return null
  const target = /^CREATE\s+TABLE\s+("(?:[^"]|"")+"|\S+)/i.exec(create.sql)?.[1]
  if (target === undefined) return null
  const { quoteName } = context.dialect
  const insert = `INSERT INTO ${target} (${quoteName(to)}) SELECT ${quoteName(from)} FROM ${quoteName(change.table.name)};\n`
  return [{ start: drop.start, end: drop.start, text: insert }]
}
