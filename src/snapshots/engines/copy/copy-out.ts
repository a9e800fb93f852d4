import { createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { to as copyTo } from 'pg-copy-streams'
import type { PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { type Compression, compressorOf } from '../../../util/compression.js'
import { PRIVATE_FILE } from '../../../util/durable-files.js'
import { END_MARK } from '../postgresql/copy-text.js'

const BUFFER = 1 << 20

export interface CopiedRows {
  readonly rows: number
  /** Before compression. */
  readonly bytes: number
}

/**
 * Writes what COPY reads from `source` (quoted) into a new compressed file, in the text format and in the given encoding.
 * @param onBytes called with the bytes that came since, uncompressed
 */
export async function copyOut(
  connection: PostgresqlConnection,
  source: string,
  file: string,
  options: {
    readonly encoding: string
    readonly compression: Compression
    readonly onBytes: (bytes: number) => void
    readonly signal?: AbortSignal | undefined
  },
): Promise<CopiedRows> {
  const rows = connection.client.query(copyTo(`COPY ${source} TO STDOUT WITH (ENCODING '${options.encoding}')`))
  let bytes = 0
  const marked = new Transform({
    readableHighWaterMark: BUFFER,
    writableHighWaterMark: BUFFER,
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length
      options.onBytes(chunk.length)
      done(null, chunk)
    },
    flush: (done) => done(null, END_MARK),
  })
  const destination = createWriteStream(file, { flags: 'wx', mode: PRIVATE_FILE, highWaterMark: BUFFER })
  await pipeline([rows, marked, compressorOf(options.compression), destination], options.signal ? { signal: options.signal } : {})
  return { rows: rows.rowCount, bytes }
}
