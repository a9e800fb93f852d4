import { createReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { decompressorOf } from '../../../util/compression.js'
import { formatCount } from '../../../util/format.js'

const BUFFER = 1 << 18

/** Reads a compressed file to its end. @param bytes as many as were written, before compression @throws when there are others, or the file cannot be read */
export async function readBack(file: string, bytes: number, signal?: AbortSignal): Promise<void> {
  let read = 0
  const counted = new Writable({
    highWaterMark: BUFFER,
    write: (chunk: Buffer, _encoding, done) => {
      read += chunk.length
      done()
    },
  })
  const source = createReadStream(file, { highWaterMark: BUFFER })
  await pipeline(source, decompressorOf(file), counted, signal ? { signal } : {})
  if (read !== bytes) throw new Error(`${file} gives back ${formatCount(read)} bytes of the ${formatCount(bytes)} that were written`)
}
