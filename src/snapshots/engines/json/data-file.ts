import { createReadStream } from 'node:fs'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { PRIVATE_FILE, writePrivateFile } from '../../../util/durable-files.js'
import type { Snapshot } from '../../snapshot.js'

export const DATA_FILE = 'data.json'
const TABLES_FILE = 'tables.json'
const BUFFER = 1 << 18
const NEWLINE = 0x0a
/** Raised when a reader of the old format could misunderstand the new one. */
export const DATA_FORMAT = 1

const dataTableSchema = z.object({
  /** OID, or the name where there is none. */
  id: z.string(),
  schema: z.string().nullable(),
  name: z.string(),
  /** In `data`. */
  key: z.string(),
  rows: z.number(),
  /** Bytes of `data.json` with the rows, one a line; each but the last ends with a comma. */
  start: z.number(),
  end: z.number(),
  columns: z.array(z.object({ name: z.string(), key: z.string(), type: z.string() })),
})

/** Where the rows of a table are in `data.json`. */
export type DataTable = z.infer<typeof dataTableSchema>

export interface DataMetadata {
  readonly tool: string
  readonly takenAt: string
  readonly provider: string
  /** Rows by the names of models. */
  readonly counts: Readonly<Record<string, number>>
}

/** Writes `data.json` table by table: `{ "metadata": …, "data": { "User": [ … ] } }`, and where everything is in it. */
export class DataFile {
  readonly #tables: DataTable[] = []
  #pending: Buffer[] = []
  #pendingBytes = 0
  #position = 0

  private constructor(
    private readonly handle: FileHandle,
    private readonly folder: string,
  ) {}

  static async create(folder: string, metadata: DataMetadata): Promise<DataFile> {
    const file = new DataFile(await open(join(folder, DATA_FILE), 'wx', PRIVATE_FILE), folder)
    await file.write(`{\n"metadata": ${JSON.stringify({ format: DATA_FORMAT, ...metadata })},\n"data": {`)
    return file
  }

  /** @param writeRows writes each row with a comma and a line break behind it; how many there were */
  async writeTable(table: Omit<DataTable, 'rows' | 'start' | 'end'>, writeRows: () => Promise<number>): Promise<void> {
    await this.write(`${this.#tables.length === 0 ? '' : ','}\n${JSON.stringify(table.key)}: [\n`)
    const start = this.#position
    const rows = await writeRows()
    if (rows > 0) this.#dropLastComma()
    this.#tables.push({ ...table, rows, start, end: this.#position })
    await this.write(']')
  }

  async write(chunk: Buffer | string): Promise<void> {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    this.#position += bytes.length
    if (this.#pendingBytes >= BUFFER) await this.#flush(2)
  }

  async complete(): Promise<void> {
    await this.write('\n}\n}\n')
    await this.#flush(0)
    await this.handle.close()
    await writePrivateFile(join(this.folder, TABLES_FILE), `${JSON.stringify({ tables: this.#tables })}\n`)
  }

  async abandon(): Promise<void> {
    await this.handle.close().catch(() => {})
  }

  /** @param keep bytes at the end that may have to be changed */
  async #flush(keep: number): Promise<void> {
    const all = Buffer.concat(this.#pending)
    const cut = Math.max(0, all.length - keep)
    this.#pending = [all.subarray(cut)]
    this.#pendingBytes = all.length - cut
    for (let at = 0; at < cut; ) at += (await this.handle.write(all, at, cut - at)).bytesWritten
  }

  #dropLastComma(): void {
    const all = Buffer.concat(this.#pending)
    this.#pending = [all.subarray(0, all.length - 2), Buffer.from('\n')]
    this.#pendingBytes = all.length - 1
    this.#position -= 1
  }
}

/** @throws SafeMigrateError `snapshot` */
export async function readDataTables(snapshot: Pick<Snapshot, 'id' | 'folder'>): Promise<readonly DataTable[]> {
  try {
    return z.object({ tables: z.array(dataTableSchema) }).parse(JSON.parse(await readFile(join(snapshot.folder, TABLES_FILE), 'utf8')))
      .tables
  } catch (error) {
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `The ${TABLES_FILE} of snapshot ${snapshot.id} cannot be read.`,
      why: messageOf(error),
      next: ['Use another snapshot: safe-migrate snapshot list'],
    })
  }
}

/** The rows of a table, some at a time, each as its JSON. @throws when there are more or fewer than there were */
export async function* readRows(folder: string, table: DataTable): AsyncGenerator<readonly string[]> {
  let rows = 0
  if (table.end > table.start) {
    const file = createReadStream(join(folder, DATA_FILE), { start: table.start, end: table.end - 1, highWaterMark: BUFFER })
    for await (const lines of readLines(file)) {
      rows += lines.length
      yield lines.map((line) => (line.endsWith(',') ? line.slice(0, -1) : line))
    }
  }
  if (rows !== table.rows) throw new Error(`${DATA_FILE} holds ${rows} rows of ${table.key}, and there were ${table.rows}`)
}

/** Whole lines, some at a time, without their ends. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  let held: Buffer[] = []
  for await (const chunk of chunks) {
    const last = chunk.lastIndexOf(NEWLINE)
    if (last === -1) {
      held.push(chunk)
      continue
    }
    const text = Buffer.concat([...held, chunk.subarray(0, last)]).toString('utf8')
    held = [chunk.subarray(last + 1)]
    yield text.split('\n')
  }
  const rest = Buffer.concat(held)
  if (rest.length > 0) yield [rest.toString('utf8')]
}
