import type { Transform } from 'node:stream'
import zlib from 'node:zlib'

/** What snapshots are written with; those of earlier versions are read too. */
export type Compression = 'brotli' | 'gzip' | 'zstd'

const CHUNK = 1 << 18
/** Ending of a compressed file's name. */
export const COMPRESSED_EXTENSION: Readonly<Record<Compression, string>> = { brotli: '.br', gzip: '.gz', zstd: '.zst' }

/** At its lowest levels brotli is three times as fast as gzip's lowest in Node, smaller, and in every version of it (measured: test/bench/snapshots.mjs). */
export const BEST_COMPRESSION: Compression = 'brotli'
const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = zlib.constants
const QUALITY = 1
/** Logarithm of the window's bytes. */
const WINDOW = 18

/** Best fed with large pieces: each costs a trip to the thread pool. */
export function createCompressor(): Transform {
  return zlib.createBrotliCompress({ chunkSize: CHUNK, params: { [BROTLI_PARAM_QUALITY]: QUALITY, [BROTLI_PARAM_LGWIN]: WINDOW } })
}

/** Reads a file by the ending of its name. @throws when this Node cannot read zstd */
export function decompressorOf(file: string): Transform {
  if (file.endsWith(COMPRESSED_EXTENSION.brotli)) return zlib.createBrotliDecompress({ chunkSize: CHUNK })
  if (!file.endsWith(COMPRESSED_EXTENSION.zstd)) return zlib.createGunzip({ chunkSize: CHUNK })
  const createZstd: unknown = Reflect.get(zlib, 'createZstdDecompress')
  if (typeof createZstd !== 'function') throw new Error('it is compressed with zstd, which needs Node 22.15 or later')
  return createZstd({ chunkSize: CHUNK })
}
