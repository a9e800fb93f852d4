import { messageOf, SafeMigrateError } from '../../errors.js'
import { hideValues } from '../../util/hide-values.js'
import { displayName } from '../../util/names.js'
import type { SnapshotContext } from '../snapshot.js'
import { isParent, type Part, type PartColumn, type Work } from './part.js'
import type { PartSource } from './part-source.js'

/** Loads the rows of then into the part's working table, as values of the live columns. Outside of a transaction. */
export async function stagePart(context: SnapshotContext, source: PartSource, work: Work, part: Part): Promise<void> {
  const { connection, sql } = work
  const kept = keptColumns(work, part)
  const definitions = [
    `row_no ${sql.rowNumber}`,
    ...part.columns.map(({ index, type }) => `v${index} ${type}`),
    ...kept.map(({ index, type }) => `o${index} ${type}`),
    // insert, overwrite, same; there: not compared yet, or not to be; orphan: not live, orphan-there: live, and left as it is
    "state text NOT NULL DEFAULT 'insert'",
    'remapped integer NOT NULL DEFAULT 0',
    'orphan_of integer',
    'signature text',
    'twin integer',
  ]
  await connection.query(`CREATE TEMPORARY TABLE ${bare(part.work)} (${definitions.join(', ')})`)
  const name = displayName(part.live.schema, part.live.name)
  context.onProgress({ step: `Reading ${name}` })
  const opened = await source.openTable(context, part.before)
  try {
    const columns = part.isSelected ? part.columns : kept
    const missing = columns.filter((column) => !opened.columns.includes(column.before.name))
    if (missing.length > 0) throw unreadable(source, name, missing)
    const staged = [
      ...columns.map((column) => ({ column, to: `v${column.index}` })),
      ...kept.map((column) => ({ column, to: `o${column.index}` })),
    ]
    const misfits = await sql.stage(
      opened,
      connection,
      part.work,
      part.live,
      staged.map(({ column, to }) => ({ from: column.before.name, to, type: column.type, before: column.before, live: column.name })),
    )
    const [misfit] = misfits
    if (misfit !== undefined) throw notFitting(part, name, misfit)
  } catch (error) {
    throw error instanceof SafeMigrateError ? error : notConvertible(name, error)
  } finally {
    await opened.close()
  }
}

/** A temporary table is created by its plain name. */
function bare(temporary: string): string {
  return temporary.slice(temporary.indexOf('.') + 1)
}

/** Columns whose values of then are needed besides those to be: what tells rows apart, and what points at others or is pointed at. */
function keptColumns(work: Work, part: Part): readonly PartColumn[] {
  const names = new Set([
    ...(part.key ?? []).map(({ name }) => name),
    ...part.live.primaryKey,
    ...part.foreignKeys.flatMap(({ key }) => key.columns),
    ...work.parts.flatMap(({ foreignKeys }) =>
      foreignKeys.filter(({ key }) => isParent(key, part.live)).flatMap(({ key }) => key.references.columns),
    ),
  ])
  return part.columns.filter(({ name }) => names.has(name))
}

function unreadable(source: PartSource, name: string, columns: readonly PartColumn[]): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${source.name} cannot show ${columns.map((column) => `${name}.${column.before.name}`).join(', ')}.`,
    why: 'The database computed it then, and cannot any more. Nothing was changed.',
    next: ['To bring back everything: safe-migrate restore, without --only'],
  })
}

function notFitting(part: Part, name: string, { column, rows }: { readonly column: string; readonly rows: number }): SafeMigrateError {
  const now = part.columns.find((one) => one.name === column)
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${rows} values of ${name}.${column} do not fit what it is now: it was ${now?.before.type ?? '?'}, and is ${now?.type ?? '?'}.`,
    why: 'They would be cut or rounded. Nothing was changed.',
    next: ['To bring back everything, the column’s type included: safe-migrate restore, without --only'],
  })
}

function notConvertible(name: string, error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The rows of ${name} in the snapshot cannot be put into the table as it is now.`,
    why: `${hideValues(messageOf(error))}. Nothing was changed.`,
    next: ['Leave it out with --skip, or bring back everything: safe-migrate restore, without --only'],
    cause: error,
  })
}
