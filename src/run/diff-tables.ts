import type { ColumnFingerprint, TableFingerprint } from '../databases/fingerprint.js'
import { messageOf, SafeMigrateError } from '../errors.js'
import type { Named } from '../snapshots/parts/select-tables.js'
import type { OpenedTable, SnapshotTable } from '../snapshots/snapshot.js'
import { displayName } from '../util/names.js'
import { type OnProgress, startStep } from '../util/progress.js'
import type { DiffChange, DiffLine, OnLines } from '../verify/diff-line.js'
import { isSameData, type Pairing, type TablePair } from '../verify/pairs.js'
import { streamDifferences, streamGoneTable } from '../verify/stream-rows.js'
import type { ColumnDiff, TableDiff } from './diff-report.js'

/** Prisma writes to its own table in every run. */
const PRISMA_TABLE = '_prisma_migrations'

export interface DiffWork {
  readonly pairing: Pairing
  readonly isSelected: (table: Named) => boolean
  openTable(table: SnapshotTable): Promise<OpenedTable>
  readonly showValues: boolean
  readonly limit: number
  readonly onProgress: OnProgress
  readonly onLines: OnLines
}

/** Table by table: those that are gone, those that differ, those that are new. */
export async function diffTables(
  work: DiffWork,
): Promise<{ readonly tables: readonly TableDiff[]; readonly unchanged: number; readonly lines: number }> {
  const gone = inOrder(work.pairing.gone, (table) => table)
  const pairs = inOrder(work.pairing.pairs, ({ before }) => before)
  const added = inOrder(work.pairing.added, (table) => table)
  const wanted = (table: TableFingerprint): boolean => table.name !== PRISMA_TABLE && work.isSelected(table)
  const compared = pairs.filter(({ before, after }) => wanted(before) || wanted(after))
  const differing = compared.filter(differs)
  const total = [...gone.filter(wanted), ...differing.map(({ before }) => before)].reduce((sum, { rows }) => sum + rows, 0)
  const progress = startStep(work.onProgress, 'Comparing rows', total, 'rows')
  const tables: TableDiff[] = []
  let unchanged = compared.length - differing.length
  for (const table of gone.filter(wanted)) {
    progress.add(0, table.name)
    tables.push(await diffGone(work, table))
    progress.add(table.rows)
  }
  for (const pair of differing) {
    progress.add(0, pair.before.name)
    const found = await diffPair(work, pair)
    // Digests that could not be made say nothing; the rows do.
    if (found.lines.length + found.moreLines > 0 || found.problem !== null) tables.push(found)
    else unchanged += 1
    progress.add(pair.before.rows)
  }
  for (const table of added.filter(wanted)) tables.push(await diffAdded(work, table))
  progress.end()
  const lines = tables.reduce((sum, table) => sum + table.lines.length + table.moreLines, 0)
  return { tables, unchanged, lines }
}

function inOrder<T>(all: readonly T[], tableOf: (one: T) => TableFingerprint): readonly T[] {
  const nameOf = (one: T): string => JSON.stringify([tableOf(one).schema, tableOf(one).name])
  return [...all].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
}

function differs(pair: TablePair): boolean {
  // Where only rows and keys were read, the same keys say nothing of the values.
  return pair.level === 'counts' || !isSameData(pair) || structureLines(pair).length > 0
}

function addedColumns({ after, columns }: TablePair): readonly ColumnFingerprint[] {
  return after.columns.filter((column) => !columns.some((pair) => pair.after === column))
}

interface Collector {
  readonly onLines: OnLines
  rows(): Pick<TableDiff, 'rowsGone' | 'rowsAdded'>
  columnOf(name: string): Pick<ColumnDiff, 'lost' | 'changed' | 'set'>
  /** The first lines, and how many others there were. */
  take(): Pick<TableDiff, 'lines' | 'moreLines'>
}

const COUNTED: Partial<Record<DiffChange, 'lost' | 'changed' | 'set'>> = {
  'value-lost': 'lost',
  'value-changed': 'changed',
  'value-set': 'set',
}

/** Counts what goes by. */
function collect({ limit, onLines }: Pick<DiffWork, 'limit' | 'onLines'>): Collector {
  const kept: DiffLine[] = []
  const counts = { lines: 0, gone: 0, added: 0 }
  const columns = new Map<string, { lost: number; changed: number; set: number }>()
  const countLine = ({ change, column, rows }: DiffLine): void => {
    counts.lines += 1
    if (change === 'row-gone') counts.gone += rows
    if (change === 'row-added') counts.added += rows
    const what = COUNTED[change]
    if (what === undefined || column === null) return
    const known = columns.get(column) ?? { lost: 0, changed: 0, set: 0 }
    known[what] += 1
    columns.set(column, known)
  }
  return {
    onLines: async (lines) => {
      for (const line of lines) countLine(line)
      kept.push(...lines.slice(0, Math.max(0, limit - kept.length)))
      await onLines(lines)
    },
    rows: () => ({ rowsGone: counts.gone, rowsAdded: counts.added }),
    columnOf: (name) => columns.get(name) ?? { lost: 0, changed: 0, set: 0 },
    take: () => ({ lines: kept, moreLines: counts.lines - kept.length }),
  }
}

async function diffGone(work: DiffWork, table: TableFingerprint): Promise<TableDiff> {
  const { onLines, take } = collect(work)
  await onLines([structureLine(table, 'table-gone', null, table.rows)])
  const problem =
    table.rows === 0
      ? null
      : await tryOpened(work, table, (opened) => streamGoneTable(opened, table, { showValues: work.showValues, onLines }))
  return { ...UNCHANGED, ...describe(table), nameNow: null, rowsThen: table.rows, rowsGone: table.rows, problem, ...take() }
}

async function diffAdded(work: DiffWork, table: TableFingerprint): Promise<TableDiff> {
  const { onLines, take } = collect(work)
  await onLines([structureLine(table, 'table-added', null, table.rows)])
  return { ...UNCHANGED, ...describe(table), nameNow: table.name, rowsNow: table.rows, rowsAdded: table.rows, ...take() }
}

const UNCHANGED = { rowsThen: null, rowsNow: null, rowsGone: 0, rowsAdded: 0, rowsChanged: 0, columns: [], problem: null } as const

async function diffPair(work: DiffWork, pair: TablePair): Promise<TableDiff> {
  const { before, after } = pair
  const { onLines, columnOf, take, rows } = collect(work)
  await onLines(structureLines(pair))
  let rowsChanged = 0
  const problem = needsRows(pair)
    ? await tryOpened(work, before, async (opened) => {
        rowsChanged = await streamDifferences(opened, pair, { showValues: work.showValues, onLines })
      })
    : null
  const columns = [
    ...pair.columns.map((one) => ({ name: one.before.name, nameNow: one.after.name, isNew: false, ...columnOf(one.before.name) })),
    ...pair.gone.map(({ name, nonNull }) => ({ name, nameNow: null, isNew: false, lost: nonNull, changed: 0, set: 0 })),
    ...addedColumns(pair).map(({ name }) => ({ name, nameNow: name, isNew: true, lost: 0, changed: 0, set: 0 })),
  ].filter(({ name, nameNow, isNew, lost, changed, set }) => isNew || nameNow !== name || lost + changed + set > 0)
  const table = { ...describe(before), nameNow: nameNow(pair), rowsThen: before.rows, rowsNow: after.rows, hasKey: pair.key !== null }
  return { ...table, ...rows(), rowsChanged, columns, problem, ...take() }
}

function needsRows(pair: TablePair): boolean {
  const { before, after, gone, key } = pair
  if (before.rows === 0 && after.rows === 0) return false
  // Where only rows and keys were read, the same keys say nothing of the values.
  if (pair.level === 'counts') return true
  return !isSameData(pair) || (key !== null && gone.some(({ nonNull }) => nonNull > 0))
}

/** With the schema where that is another one. */
function nameNow({ before, after }: TablePair): string {
  return displayName(after.schema, after.name, null, before.schema)
}

/** What is called otherwise, gone or new. */
function structureLines(pair: TablePair): readonly DiffLine[] {
  const { before, columns, gone } = pair
  const now = nameNow(pair)
  return [
    ...(now === before.name ? [] : [{ ...structureLine(before, 'table-renamed', null, before.rows), now }]),
    ...columns
      .filter((one) => one.before.name !== one.after.name)
      .map((one) => ({ ...structureLine(before, 'column-renamed', one.before.name, one.before.nonNull), now: one.after.name })),
    ...gone.map(({ name, nonNull }) => structureLine(before, 'column-gone', name, nonNull)),
    ...addedColumns(pair).map(({ name, nonNull }) => structureLine(before, 'column-added', name, nonNull)),
  ]
}

function describe({ schema, name, key }: TableFingerprint): Pick<TableDiff, 'schema' | 'name' | 'hasKey'> {
  return { schema, name, hasKey: key !== null }
}

function structureLine({ schema, name: table }: TableFingerprint, change: DiffChange, column: string | null, rows: number): DiffLine {
  return { schema, table, change, key: null, column, rows }
}

/** @returns why the rows could not all be compared; what stops the command is thrown */
async function tryOpened(work: DiffWork, table: TableFingerprint, read: (opened: OpenedTable) => Promise<void>): Promise<string | null> {
  let opened: OpenedTable | null = null
  try {
    opened = await work.openTable({ schema: table.schema, name: table.name })
    await read(opened)
    return null
  } catch (error) {
    if (error instanceof SafeMigrateError && error.code !== 'snapshot') throw error
    return messageOf(error)
  } finally {
    await opened?.close()
  }
}
