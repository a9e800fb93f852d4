import type { Transform } from 'node:stream'
import zlib from 'node:zlib'

export type Compression = 'gzip' | 'zstd'

const CHUNK = 1 << 18
/** ZSTD_c_compressionLevel of zstd.h; Node 20 has no name for it. */
const ZSTD_LEVEL = 100
/** Ending of a compressed file's name. */
export const COMPRESSED_EXTENSION: Readonly<Record<Compression, string>> = { gzip: '.gz', zstd: '.zst' }

/** zstd came with Node 22.15; it is better and faster. https://nodejs.org/api/zlib.html#zlibcreatezstdcompressoptions */
function findZstd(name: 'createZstdCompress' | 'createZstdDecompress'): ((options: object) => Transform) | null {
  const found: unknown = Reflect.get(zlib, name)
  return typeof found === 'function' ? (options) => found(options) : null
}

const compressZstd = findZstd('createZstdCompress')
const decompressZstd = findZstd('createZstdDecompress')

export const BEST_COMPRESSION: Compression = compressZstd === null ? 'gzip' : 'zstd'

/** Level 1 of both: a snapshot is waited for. */
export function compressorOf(compression: Compression): Transform {
  if (compression === 'gzip') return zlib.createGzip({ level: 1, memLevel: 9, chunkSize: CHUNK })
  if (compressZstd === null) throw new Error('this version of Node cannot write zstd')
  return compressZstd({ chunkSize: CHUNK, params: { [ZSTD_LEVEL]: 1 } })
}

/** Reads a file by the ending of its name. @throws when this Node cannot read zstd */
export function decompressorOf(file: string): Transform {
  if (!file.endsWith(COMPRESSED_EXTENSION.zstd)) return zlib.createGunzip({ chunkSize: CHUNK })
  if (decompressZstd === null) throw new Error('it is compressed with zstd, which needs Node 22.15 or later')
  return decompressZstd({ chunkSize: CHUNK })
}
