import type { Change, ChangeOf, ObjectName } from '../../sql/change.js'
import { tokenize } from '../../sql/tokens.js'
import { bareType, renameType } from '../../sql/type-name.js'
import { POSTGRESQL_STYLE } from './parse-text.js'

/**
 * Makes one change of the way to take labels from an enum: a new type is created, the columns are cast to it through text, the old type is dropped
 * and the new one has its name. Prisma creates the new type under another name first; by hand the old one is often renamed first.
 */
export function foldEnumRecreates(changes: readonly Change[]): readonly Change[] {
  let rest = changes
  for (const change of changes) {
    if (change.kind !== 'create-enum') continue
    const pattern = findPattern(change, rest)
    if (pattern !== null) rest = fold(pattern, rest)
  }
  return rest
}

interface Pattern {
  readonly create: ChangeOf<'create-enum'>
  /** Renames and the drop of the old type. */
  readonly steps: readonly Change[]
  readonly type: ObjectName
  readonly casts: readonly ChangeOf<'alter-column-type'>[]
}

function findPattern(create: ChangeOf<'create-enum'>, changes: readonly Change[]): Pattern | null {
  const at = changes.indexOf(create)
  const before = changes.slice(0, at)
  const after = changes.slice(at + 1)
  const renamesOf = (list: readonly Change[]) => list.filter((change): change is ChangeOf<'rename-type'> => change.kind === 'rename-type')
  const toFinal = renamesOf(after).find((change) => isSame(change.type, create.type))
  const finalName = toFinal?.to ?? create.type.name
  const away = renamesOf(toFinal === undefined ? before : after).findLast((change) => change.type.name === finalName)
  const drop = after.find((change) => change.kind === 'drop-type' && change.type.name === (away?.to ?? finalName))
  if (drop === undefined || (away === undefined && toFinal === undefined)) return null
  const casts = after.filter(
    (change): change is ChangeOf<'alter-column-type'> => change.kind === 'alter-column-type' && isPlainCast(change, create.type),
  )
  const steps = [drop, ...(away === undefined ? [] : [away]), ...(toFinal === undefined ? [] : [toFinal])]
  return { create, steps, type: { schema: create.type.schema, name: finalName }, casts }
}

function isSame(a: ObjectName, b: ObjectName): boolean {
  return a.name === b.name && (a.schema === b.schema || a.schema === null || b.schema === null)
}

/** `USING ("role"::text::"Role_new")`: values keep their text. Anything else is a rewrite, judged by itself. */
function isPlainCast(change: ChangeOf<'alter-column-type'>, type: ObjectName): boolean {
  // Most casts are to another type, and reading them all for each type takes long in a long file.
  if (change.using === null || !change.using.toLowerCase().includes(type.name.toLowerCase())) return false
  const words = tokenize(change.using, POSTGRESQL_STYLE)
    .filter((token) => token.kind !== 'comment' && token.word !== '(' && token.word !== ')')
    .map((token) => (token.kind === 'word' ? token.word.toLowerCase() : token.word.replaceAll('"', '')))
  const text = words.join(' ')
  const target = `(?:[^ ]+ \\. )?${escapePattern(type.name)}(?: \\[ \\])?`
  return new RegExp(`^(?:[^ ]+ \\. )?${escapePattern(change.column)} :: (?:text|varchar)(?: \\[ \\])? :: ${target}$`).test(text)
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function fold(pattern: Pattern, changes: readonly Change[]): readonly Change[] {
  const folded = new Set<Change>([pattern.create, ...pattern.steps, ...pattern.casts])
  const positions = [...folded].map((change) => changes.indexOf(change))
  const [first, last] = widenToTransaction(changes, Math.min(...positions), Math.max(...positions))
  const [from, through] = [changes[first], changes[last]]
  if (from === undefined || through === undefined) return changes
  const recreate: Change = {
    kind: 'recreate-enum',
    type: pattern.type,
    labels: pattern.create.labels,
    columns: pattern.casts.map(({ table, column }) => ({ table, column })),
    statement: from.statement,
    through: through.statement,
  }
  const at = changes.indexOf(pattern.create)
  // By then the new type has its name.
  const named = (change: Change): Change =>
    change.kind === 'alter-column-type' && bareType(change.type) === pattern.create.type.name
      ? { ...change, type: renameType(change.type, pattern.type.name) }
      : change
  return changes.flatMap((change, index) => (index === at ? [recreate] : folded.has(change) ? [] : [index > at ? named(change) : change]))
}

/** Prisma wraps the pattern in BEGIN and COMMIT, which belong to it when only its own steps stand between. */
function widenToTransaction(changes: readonly Change[], first: number, last: number): readonly [number, number] {
  const before = changes[first - 1]
  const after = changes.findIndex((change, index) => index > last && change.kind === 'transaction' && change.action === 'commit')
  const isBegun = before?.kind === 'transaction' && before.action === 'begin'
  const isOnlyDefaults = after !== -1 && changes.slice(last + 1, after).every((change) => change.kind === 'set-default')
  return isBegun && isOnlyDefaults ? [first - 1, after] : [first, last]
}
