import { Readable } from 'node:stream'
import type { Connection } from 'pg'

const BATCH = 1 << 18
/** A message's type and its length, which counts itself: https://www.postgresql.org/docs/current/protocol-message-formats.html */
const HEADER = 5
const COPY_DATA = 'd'.charCodeAt(0)
const COPY_DONE = 'c'.charCodeAt(0)
const ERROR_RESPONSE = 'E'.charCodeAt(0)

/**
 * What `COPY … TO STDOUT` sends, in large pieces: give it to `client.query`. The server sends a message for each row; taking them apart
 * one by one costs more than compressing them, so this reads the connection itself until the last one.
 */
export class CopyOutput extends Readable {
  readonly #sql: string
  #connection: Connection | null = null
  /** The driver's own reader. */
  #driver: ((chunk: Buffer) => void) | null = null
  /** The beginning of a header that is still to come. */
  #head: Buffer = Buffer.alloc(0)
  /** Bytes that the present message still has. */
  #left = 0
  #isData = false
  #batch = Buffer.allocUnsafe(BATCH)
  #filled = 0
  #rows = 0
  #messages = 0
  #bytes = 0

  constructor(sql: string) {
    super({ highWaterMark: BATCH })
    this.#sql = sql
  }

  /** As the server counted them; complete when the stream has ended. */
  get rows(): number {
    return this.#rows
  }

  /** For progress: the server sends a message for each row. */
  get rowsSoFar(): number {
    return this.#messages
  }

  /** So far. */
  get bytes(): number {
    return this.#bytes
  }

  /** Called by the driver when it is this query's turn. */
  submit(connection: Connection): void {
    this.#connection = connection
    const { stream } = connection
    const [driver] = stream.listeners('data')
    this.#driver = driver as (chunk: Buffer) => void
    stream.removeListener('data', this.#driver)
    stream.on('data', this.#onData)
    connection.query(this.#sql)
  }

  /** Called by the driver. */
  handleError(error: Error): void {
    this.#giveBack()
    this.destroy(error)
  }

  /** Called by the driver. */
  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(/^COPY (\d+)/.exec(text)?.[1])
    this.push(null)
  }

  /** Called by the driver. */
  handleReadyForQuery(): void {}

  override _read(): void {
    if (this.#driver !== null) this.#connection?.stream.resume()
  }

  /** Rows that nobody reads any more cannot be skipped: the connection ends with them. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#driver !== null) this.#connection?.stream.destroy()
    done(error)
  }

  readonly #onData = (chunk: Buffer): void => {
    const rest = this.#takeRows(this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]))
    if (rest === null) return
    if (this.#filled > 0) this.push(this.#batch.subarray(0, this.#filled))
    this.#giveBack()?.(rest)
  }

  /** @returns what comes after the rows, for the driver; null while there may be more of them */
  #takeRows(chunk: Buffer): Buffer | null {
    this.#head = Buffer.alloc(0)
    let kept = 0
    let at = 0
    while (at < chunk.length) {
      if (this.#left === 0) {
        const type = chunk[at]
        if (type === ERROR_RESPONSE) return this.#endRows(chunk, kept, at)
        if (chunk.length - at < HEADER) {
          this.#head = chunk.subarray(at)
          break
        }
        this.#left = chunk.readUInt32BE(at + 1) - (HEADER - 1)
        at += HEADER
        if (type === COPY_DONE) return this.#endRows(chunk, kept, at)
        this.#isData = type === COPY_DATA
        if (this.#isData) this.#messages += 1
      }
      const end = Math.min(chunk.length, at + this.#left)
      if (this.#isData) {
        chunk.copyWithin(kept, at, end)
        kept += end - at
      }
      this.#left -= end - at
      at = end
    }
    this.#keep(chunk.subarray(0, kept))
    return null
  }

  #endRows(chunk: Buffer, kept: number, at: number): Buffer {
    this.#keep(chunk.subarray(0, kept))
    return chunk.subarray(at)
  }

  #keep(rows: Buffer): void {
    this.#bytes += rows.length
    for (let at = 0; at < rows.length; ) {
      const end = Math.min(rows.length, at + BATCH - this.#filled)
      this.#batch.set(rows.subarray(at, end), this.#filled)
      this.#filled += end - at
      at = end
      if (this.#filled === BATCH) this.#pass()
    }
  }

  #pass(): void {
    const wantsMore = this.push(this.#batch)
    this.#batch = Buffer.allocUnsafe(BATCH)
    this.#filled = 0
    if (!wantsMore) this.#connection?.stream.pause()
  }

  #giveBack(): ((chunk: Buffer) => void) | null {
    const driver = this.#driver
    if (driver === null || this.#connection === null) return null
    const { stream } = this.#connection
    stream.removeListener('data', this.#onData)
    stream.on('data', driver)
    stream.resume()
    this.#driver = null
    return driver
  }
}
