import { displayName } from '../../util/names.js'
import type { OnProgress } from '../../util/progress.js'
import type { Connection } from '../database.js'
import { READING_ROWS, type TableFingerprint } from '../fingerprint.js'
import { addSums, type Recipe, type Sums } from './recipe.js'
import { isTimeUp, readSums, scanTable } from './scan.js'
import type { ScanTable } from './scan-tables.js'
import { endTimeLimit, limitTime } from './time-limit.js'

/** Pages that one query reads of a large table, so that several connections share it: 64 MB. */
const PIECE_PAGES = 8192

export interface ScanOptions {
  /** Further connections that see the same moment. */
  readonly helpers: readonly Connection[]
  /** Until when values may be read, as `performance.now()` counts; null: as long as it takes. */
  readonly deadline: number | null
  readonly onProgress: OnProgress
}

interface Scan {
  readonly recipe: Recipe
  readonly parts: Sums[]
  /** `again`: a part could not be read, and the main connection must say why. `late`: the time was up. */
  state: 'open' | 'again' | 'late'
}

interface Piece {
  readonly scan: Scan
  readonly from: string
  readonly rows: number
}

/** Reads every table once, over all connections. What a helper cannot read, `main` reads: its error counts, and it holds the caller's locks. */
export async function scanAll(main: Connection, recipes: readonly Recipe[], options: ScanOptions): Promise<TableFingerprint[]> {
  const { helpers, deadline } = options
  const scans = recipes.map((recipe): Scan => ({ recipe, parts: [], state: 'open' }))
  const pieces = order(
    scans.flatMap((scan) => cut(scan, helpers.length > 0)),
    deadline !== null,
  )
  const progress = startProgress(recipes, options.onProgress)
  const work = async (connection: Connection) => {
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) await readPiece(connection, piece, deadline, progress)
  }
  await Promise.all([main, ...helpers].map(work))
  const tables: TableFingerprint[] = []
  for (const scan of scans) tables.push(await complete(main, scan, deadline))
  progress.end()
  return tables
}

/** A part that fails is left to `complete`. */
async function readPiece(
  connection: Connection,
  { scan, from, rows }: Piece,
  deadline: number | null,
  progress: ScanProgress,
): Promise<void> {
  progress.begin(scan.recipe.table)
  if (deadline !== null && performance.now() >= deadline) scan.state = 'late'
  if (scan.state !== 'open') return
  try {
    if (deadline !== null) await limitTime(connection, deadline)
    scan.parts.push(await readSums(connection, scan.recipe, from))
  } catch (error) {
    scan.state = deadline !== null && isTimeUp(error) ? 'late' : 'again'
  } finally {
    progress.add(rows, scan.state === 'open' ? (scan.parts.at(-1)?.rows ?? 0) : 0)
  }
}

async function complete(main: Connection, scan: Scan, deadline: number | null): Promise<TableFingerprint> {
  const { recipe, parts, state } = scan
  if (state === 'open') return scanTable(main, recipe, addSums(parts))
  if (state === 'again') {
    try {
      if (deadline !== null) await limitTime(main, deadline)
      return await scanTable(main, recipe)
    } catch (error) {
      if (deadline === null || !isTimeUp(error)) throw error
    }
  }
  await endTimeLimit(main)
  return { ...(await scanTable(main, { ...recipe, level: 'counts' })), isOverBudget: true }
}

function cut(scan: Scan, isShared: boolean): Piece[] {
  const { table } = scan.recipe
  const count = isShared && table.pages !== null ? Math.ceil(table.pages / PIECE_PAGES) : 1
  if (count < 2) return [{ scan, from: table.from, rows: table.estimate }]
  return Array.from({ length: count }, (_, index) => {
    // The last one has no end: pages may have come since.
    const to = index === count - 1 ? '' : ` AND ctid < '(${(index + 1) * PIECE_PAGES},0)'`
    return {
      scan,
      from: `(SELECT * FROM ${table.from} WHERE ctid >= '(${index * PIECE_PAGES},0)'${to})`,
      rows: table.estimate / count,
    }
  })
}

/** The largest first, so that all connections end together; under a limit the smallest, so that most tables are read. */
function order(pieces: readonly Piece[], isLimited: boolean): Piece[] {
  const sizeOf = ({ scan }: Piece) => scan.recipe.table.estimate
  return [...pieces].sort((a, b) => (isLimited ? sizeOf(a) - sizeOf(b) : sizeOf(b) - sizeOf(a)))
}

interface ScanProgress {
  begin(table: ScanTable): void
  /** @param estimate the rows that were expected @param rows those that were read */
  add(estimate: number, rows: number): void
  end(): void
}

/** What is left is estimated, what was read is known. */
function startProgress(recipes: readonly Recipe[], onProgress: OnProgress): ScanProgress {
  let [done, left] = [0, recipes.reduce((sum, { table }) => sum + table.estimate, 0)]
  const report = (detail: { readonly detail?: string } = {}) =>
    onProgress({ step: READING_ROWS, ...detail, done, total: done + Math.max(0, left), unit: 'rows' })
  report()
  return {
    begin: (table) => report({ detail: displayName(table.schema, table.name) }),
    add: (estimate, rows) => {
      done += rows
      left -= estimate
      report()
    },
    end: () => {
      left = 0
      report()
    },
  }
}
