import { createReadStream } from 'node:fs'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { decompressorOf } from '../../../util/compression.js'

/** Follows the rows of a table in its file, so that one that was cut off is seen; psql reads it too. */
export const END_MARK = '\\.\n'
const NEWLINE = 0x0a
/** How pg_dump and our own copies end the rows of a table; in a row, a backslash is always doubled or part of an escape. */
const END = /(^|\n)\\\.\n+$/
/** Longer than any end pg_dump writes. */
const TAIL = 16

/** Cuts off the end mark, so that only rows go on. Counts them: COPY text writes a newline inside a value as `\n`, so a line is a row. */
export class CopyRows extends Transform {
  #held: Buffer = Buffer.alloc(0)
  #rows = 0
  readonly #onRows: (rows: number) => void

  constructor(onRows: (rows: number) => void = () => {}) {
    super()
    this.#onRows = onRows
  }

  /** Complete when the stream has ended. */
  get rows(): number {
    return this.#rows
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (chunk.length >= TAIL) {
      this.#pass(this.#held)
      this.#pass(chunk.subarray(0, -TAIL))
      // A copy: the chunk is large, and can go.
      this.#held = Buffer.from(chunk.subarray(-TAIL))
    } else {
      const all = Buffer.concat([this.#held, chunk])
      const cut = Math.max(0, all.length - TAIL)
      this.#pass(all.subarray(0, cut))
      this.#held = all.subarray(cut)
    }
    done()
  }

  override _flush(done: TransformCallback): void {
    const end = END.exec(this.#held.toString('latin1'))
    // At the very beginning of a full tail it could be the end of a value.
    const isCutOff = end === null || (end.index === 0 && end[1] === '' && this.#held.length === TAIL)
    if (!isCutOff) this.#pass(this.#held.subarray(0, end.index + (end[1] ?? '').length))
    done(isCutOff ? new Error('the rows are cut off: their end mark is missing') : null)
  }

  #pass(rows: Buffer): void {
    if (rows.length === 0) return
    let lines = 0
    for (let at = rows.indexOf(NEWLINE); at !== -1; at = rows.indexOf(NEWLINE, at + 1)) lines++
    this.#rows += lines
    this.#onRows(lines)
    this.push(rows)
  }
}

/**
 * The rows of one table from its file in a dump. @throws when the file is damaged or cut off
 * @param onRows called with the rows that came since
 */
export async function pipeRows(file: string, destination: NodeJS.WritableStream, onRows?: (rows: number) => void): Promise<number> {
  const rows = new CopyRows(onRows)
  await pipeline(createReadStream(file, { highWaterMark: 1 << 18 }), decompressorOf(file), rows, destination)
  return rows.rows
}

/** Writes rows in COPY's text format. @param onRows may be called with those that came since @returns how many */
export type WriteRows = (destination: NodeJS.WritableStream, onRows?: (rows: number) => void) => Promise<number>

export const rowsOfFile =
  (file: string): WriteRows =>
  (destination, onRows) =>
    pipeRows(file, destination, onRows)
