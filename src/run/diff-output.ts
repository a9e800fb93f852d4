import { existsSync } from 'node:fs'
import { open, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { messageOf, SafeMigrateError } from '../errors.js'
import { csvLine } from '../util/csv.js'
import { PRIVATE_FILE } from '../util/durable-files.js'
import { isRunning } from '../util/running-process.js'
import type { DiffLine } from '../verify/diff-line.js'
import type { DiffFormat } from './diff-report.js'

/** Where the lines of a comparison go. */
export interface DiffOutput {
  write(lines: readonly DiffLine[]): Promise<void>
  /** The file has its name from now on. */
  complete(): Promise<void>
  /** Nothing of the file is left. */
  abandon(): Promise<void>
}

/** Writes to stdout, and waits until it is taken; false when nobody reads any more. */
export type WriteData = (text: string) => Promise<boolean>

const CSV_COLUMNS = ['schema', 'table', 'change', 'key', 'column', 'before', 'after', 'rows']

/**
 * A private file that has its name only when it is complete. One that a killed comparison left is removed.
 * @throws SafeMigrateError `usage` when it is there already or cannot be written
 */
export async function openFileOutput(file: string, format: DiffFormat): Promise<DiffOutput> {
  const partial = `${file}.partial-${process.pid}`
  const refuse = (error: unknown): never => {
    throw new SafeMigrateError({
      code: 'usage',
      message: `${file} cannot be written.`,
      why: messageOf(error),
      next: ['Name another file with --output.'],
    })
  }
  // At once, so that nobody waits for a comparison that has nowhere to go.
  if (existsSync(file)) refuse('It is there already.')
  await removePartials(file).catch(refuse)
  const handle = await open(partial, 'wx', PRIVATE_FILE).catch(refuse)
  await handle.appendFile(headOf(format))
  return {
    write: (lines) => handle.appendFile(formatLines(lines, format)).catch(refuse),
    complete: async () => {
      await handle.sync()
      await handle.close()
      if (existsSync(file)) refuse('Somebody else has written it meanwhile.')
      await rename(partial, file)
    },
    abandon: async () => {
      await handle.close().catch(() => {})
      await rm(partial, { force: true })
    },
  }
}

async function removePartials(file: string): Promise<void> {
  const folder = path.dirname(file)
  const start = `${path.basename(file)}.partial-`
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(start) ? Number(name.slice(start.length)) : Number.NaN
    if (Number.isInteger(pid) && !isRunning(pid, 'node')) await rm(path.join(folder, name), { force: true })
  }
}

/** @throws SafeMigrateError `interrupted` when nobody reads any more */
export async function openStdoutOutput(writeData: WriteData, format: DiffFormat): Promise<DiffOutput> {
  const write = async (text: string): Promise<void> => {
    if (await writeData(text)) return
    throw new SafeMigrateError({
      code: 'interrupted',
      message: 'Stopped: nobody reads the differences any more.',
      next: [`To have all of them in a file: --as ${format} --output ${path.join('.', `differences.${format}`)}`],
    })
  }
  await write(headOf(format))
  return { write: (lines) => write(formatLines(lines, format)), complete: async () => {}, abandon: async () => {} }
}

function headOf(format: DiffFormat): string {
  return format === 'csv' ? csvLine(CSV_COLUMNS) : ''
}

/** Both say the same. https://github.com/ndjson/ndjson-spec */
export function formatLines(lines: readonly DiffLine[], format: DiffFormat): string {
  return lines.map((line) => (format === 'csv' ? csvLine(toCsv(line)) : `${JSON.stringify(line)}\n`)).join('')
}

/** A key of one column is its value, any other one JSON, as whole rows are: before for one that is gone, after for one that was added. A new name is in after. */
function toCsv({ schema, table, change, key, column, before, after, now, row, rows }: DiffLine): readonly (string | number | null)[] {
  const keys = Object.values(key ?? {})
  const keyText = key === null ? null : keys.length === 1 ? (keys[0] ?? null) : JSON.stringify(key)
  const whole = row === undefined ? null : JSON.stringify(row)
  const isAdded = change === 'row-added'
  return [schema, table, change, keyText, column, before ?? (isAdded ? null : whole), after ?? now ?? (isAdded ? whole : null), rows]
}
