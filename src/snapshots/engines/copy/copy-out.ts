import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { CopyOutput } from '../../../databases/postgresql/copy-output.js'
import { createCompressor } from '../../../util/compression.js'
import { PRIVATE_FILE } from '../../../util/durable-files.js'
import { Sha256Stream } from '../../../util/sha256.js'
import { END_MARK } from '../postgresql/copy-text.js'

const BUFFER = 1 << 20

export interface CopiedRows {
  readonly rows: number
  /** Before compression. */
  readonly bytes: number
  /** Of the file, as it was written. `plain`: bytes before compression, with what ends the rows. */
  readonly written: { readonly bytes: number; readonly sha256: string; readonly plain: number }
}

/**
 * Writes what COPY reads from `source` (quoted) into a new compressed file, in the text format and in the given encoding.
 * @param onRows called with the rows (about: those on their way count already) and the bytes that came since, uncompressed
 */
export async function copyOut(
  connection: PostgresqlConnection,
  source: string,
  file: string,
  options: {
    readonly encoding: string
    readonly onRows: (rows: number, bytes: number) => void
    readonly signal?: AbortSignal | undefined
  },
): Promise<CopiedRows> {
  const rows = connection.client.query(new CopyOutput(`COPY ${source} TO STDOUT WITH (ENCODING '${options.encoding}')`))
  let seen = 0
  const withEnd = async function* () {
    for await (const batch of rows as AsyncIterable<Buffer>) {
      options.onRows(rows.rowsSoFar - seen, batch.length)
      seen = rows.rowsSoFar
      yield batch
    }
    yield END_MARK
  }
  const hashed = new Sha256Stream()
  const destination = createWriteStream(file, { flags: 'wx', mode: PRIVATE_FILE, highWaterMark: BUFFER })
  await pipeline(withEnd, createCompressor(), hashed, destination, options.signal ? { signal: options.signal } : {})
  return {
    rows: rows.rows,
    bytes: rows.bytes,
    written: { bytes: hashed.bytes, sha256: hashed.digest(), plain: rows.bytes + END_MARK.length },
  }
}
