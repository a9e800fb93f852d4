import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** SHA-256 of a file, hex. Flat memory. @param onBytes called with the bytes that were read since */
export async function sha256OfFile(file: string, onBytes?: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256')
  const source = createReadStream(file, { highWaterMark: 1 << 20 })
  if (onBytes !== undefined) source.on('data', (chunk) => onBytes(chunk.length))
  await pipeline(source, hash)
  return hash.digest('hex')
}

/** SHA-256 of a text as UTF-8, hex. */
export function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Lets everything through, and knows its SHA-256 and length when it has ended. */
export class Sha256Stream extends Transform {
  readonly #hash = createHash('sha256')
  readonly #onBytes: (bytes: number) => void
  #bytes = 0

  /** @param onBytes called with the bytes that came since; what it throws ends the stream */
  constructor(onBytes: (bytes: number) => void = () => {}) {
    super()
    this.#onBytes = onBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Hex; once. */
  digest(): string {
    return this.#hash.digest('hex')
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk)
    this.#bytes += chunk.length
    try {
      this.#onBytes(chunk.length)
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
      return
    }
    done(null, chunk)
  }
}
