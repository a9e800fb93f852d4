import type { Change, ChangeOf, ColumnDefinition, ObjectName, RebuildSource } from '../../sql/change.js'
import type { ReadChange } from './parse-rebuild.js'
import { quoteName } from './parse-text.js'

type Create = ChangeOf<'create-table'>
type Insert = ChangeOf<'insert'>

/** A rebuild by way of a backup: the rows go there, the table is dropped and made again under its name, and the rows come back. */
export interface BackupRebuild {
  readonly create: Create
  readonly drop: ChangeOf<'drop-table'>
  readonly backup: ObjectName
  /** What fills the backup, and everything else that is about nothing but it. */
  readonly ofBackup: ReadonlySet<Change>
  /** Columns of the backup in order; null: those of the old table. */
  readonly columns: readonly string[] | null
  readonly first: number
  readonly last: number
}

/** Tables, by their names in lower case, that are dropped and filled from one which these statements make. */
export function returnedTables(changes: readonly Change[]): ReadonlySet<string> {
  const named = (kind: Change['kind']) =>
    new Set(changes.flatMap((change) => ('table' in change && change.kind === kind ? [change.table.name.toLowerCase()] : [])))
  const [made, dropped] = [named('create-table'), named('drop-table')]
  return new Set(
    changes.flatMap((change) => {
      const from = change.kind === 'insert' ? change.copies?.from.name.toLowerCase() : undefined
      const name = change.kind === 'insert' ? change.table.name.toLowerCase() : ''
      return from !== undefined && made.has(from) && dropped.has(name) ? [name] : []
    }),
  )
}

/** https://www.sqlite.org/faq.html#q11 has it so. Only where the backup holds every row, and columns under their own names as they are. */
export function findBackupRebuild(create: Create, read: readonly ReadChange[]): BackupRebuild | null {
  const at = read.findIndex(({ change }) => change === create)
  const changes = read.map(({ change }) => change)
  const dropAt = changes.slice(0, at).findLastIndex((change) => change.kind === 'drop-table' && isSame(change.table, create.table))
  const drop = changes[dropAt]
  const back = changes.slice(at).find((change): change is Insert => change.kind === 'insert' && isSame(change.table, create.table))
  const from = back?.copies?.from
  if (drop?.kind !== 'drop-table' || from === undefined) return null
  const madeAt = changes.slice(0, dropAt).findLastIndex((change) => change.kind === 'create-table' && isSame(change.table, from))
  const made = changes[madeAt]
  if (back === undefined || made?.kind !== 'create-table') return null
  const before = changes.slice(madeAt, dropAt)
  const own = before.filter((change) => 'table' in change && isSame(change.table, from))
  if (before.some((change) => 'table' in change && isSame(change.table, create.table))) return null
  const columns = readBackup(made, own, create)
  if (columns === undefined) return null
  const backAt = changes.indexOf(back)
  const gone = changes.slice(backAt).find((change) => change.kind === 'drop-table' && isSame(change.table, from))
  const ofBackup = new Set<Change>(gone === undefined ? own : [...own, gone])
  return { create, drop, backup: from, ofBackup, columns, first: madeAt, last: gone === undefined ? backAt : changes.indexOf(gone) }
}

/** The columns that the backup holds as they are; undefined where it may hold something else. */
function readBackup(made: Create, own: readonly ReadChange['change'][], { table, columns }: Create): readonly string[] | null | undefined {
  const fills = own.filter((change) => change !== made)
  const [fill] = fills
  const copies = made.query !== null ? made.copies : fill?.kind === 'insert' ? fill.copies : null
  if (fills.length !== (made.query === null ? 1 : 0) || copies === null || !isSame(copies.from, table)) return undefined
  if (copies.notNull !== null || copies.skipsTaken) return undefined
  const names = made.query === null ? made.columns.map(({ name }) => name) : null
  // A type of the backup's own could change values on the way.
  if (!made.columns.every((column) => keepsValues(column, columns))) return undefined
  if (copies.columns === null) return names
  const pairs = copies.columns.map(({ value, target }, index) => ({ value, target: target ?? names?.[index] ?? null }))
  const isOwn = pairs.every(({ value, target }) => target !== null && bare(value) === target.toLowerCase())
  return isOwn ? pairs.flatMap(({ target }) => target ?? []) : undefined
}

function keepsValues({ name, type }: ColumnDefinition, columns: readonly ColumnDefinition[]): boolean {
  const after = columns.find((column) => column.name.toLowerCase() === name.toLowerCase())
  return type === null || type === '' || type.toLowerCase() === after?.type?.toLowerCase()
}

function bare(value: string): string {
  return value.replace(/^["`[]|["`\]]$/g, '').toLowerCase()
}

type Copied = Pick<ChangeOf<'rebuild-table'>, 'columns' | 'copied' | 'alias' | 'rest' | 'filter' | 'countable' | 'rows' | 'onConflict'>

/** What comes back from the backup, said of the old table, which has it all. */
export function withoutBackup(copied: Copied, { backup, columns, create }: BackupRebuild): Copied {
  // SELECT * gives the columns of the backup, whatever order those of the old table are in.
  const sourceOf = (source: RebuildSource): RebuildSource => {
    const column = source.from === 'position' ? columns?.[source.index] : undefined
    return column === undefined ? source : { from: 'column', column }
  }
  const name = `["\`[]?${backup.name.replace(/[^\w]/g, '\\$&')}["\`\\]]?`
  const shown = `${quoteName(create.table.name)}${copied.alias === null ? ` AS ${quoteName(backup.name)}` : ''}`
  const read = (sql: string) =>
    sql.replace(new RegExp(`(\\bFROM\\s+)(?:\\w+\\s*\\.\\s*)?${name}(?!\\w)`, 'i'), (_, from: string) => `${from}${shown}`)
  return {
    ...copied,
    columns: copied.columns.map(({ definition, source }) => ({ definition, source: sourceOf(source) })),
    alias: copied.alias ?? backup.name,
    rest: copied.rest === null ? null : read(copied.rest),
    rows: copied.rows === null ? null : { ...copied.rows, query: read(copied.rows.query) },
  }
}

function isSame(a: ObjectName, b: ObjectName): boolean {
  return a.name.toLowerCase() === b.name.toLowerCase()
}
