import { open, stat } from 'node:fs/promises'
import { z } from 'zod'
import type { ChangeEvidence } from '../change-evidence.js'
import type { Connection } from '../database.js'

const fileSchema = z.object({
  /** Device, inode, size, nanoseconds of the last write. Not of the inode's last change: SQLite sets the WAL's owner whenever root opens it. */
  stamp: z.string(),
  /** Its first bytes, as hexadecimal digits. */
  head: z.string(),
})
const evidenceSchema = z.object({
  /** With the file change counter and the schema cookie in its head. https://www.sqlite.org/fileformat.html#the_database_header */
  file: fileSchema,
  /** With its salts, which change whenever it begins anew. https://www.sqlite.org/fileformat.html#the_wal_file */
  wal: fileSchema.nullable(),
  /** Of the WAL: a counter of transactions, the last frame and its checksum. https://www.sqlite.org/walformat.html#the_wal_index_header */
  index: z.string().nullable(),
  /** Written so shortly before that another write could bear the same times. */
  isRecent: z.boolean(),
  /** What stands outside of tables and schema. */
  marks: z.string(),
})
type Evidence = z.infer<typeof evidenceSchema>

const [FILE_HEAD, WAL_HEAD, INDEX_HEAD] = [100, 32, 48]
/** Milliseconds; the coarsest file system stamps every two seconds. */
const RECENT = 2500

/** The files themselves tell: a write shows in the counters of their heads and in their times. */
export const changeEvidence: ChangeEvidence = {
  read: async (connection) => JSON.stringify(await readEvidence(connection)),
  compare: (then, now) => compare(then === null ? null : parse(then), parse(now)),
}

async function readEvidence(connection: Connection): Promise<Evidence> {
  const { name } = connection.target
  const file = await readFileStamp(name, FILE_HEAD)
  const wal = await readFileStamp(`${name}-wal`, WAL_HEAD)
  const index = await readFileStamp(`${name}-shm`, INDEX_HEAD)
  const marks = await Promise.all(['user_version', 'application_id'].map((pragma) => connection.query(`PRAGMA ${pragma}`)))
  const latest = Math.max(file?.latest ?? Number.POSITIVE_INFINITY, wal?.latest ?? 0)
  return {
    file: { stamp: file?.stamp ?? '', head: file?.head ?? '' },
    wal: wal === null ? null : { stamp: wal.stamp, head: wal.head },
    index: wal === null ? null : (index?.head ?? null),
    isRecent: Date.now() - latest < RECENT,
    marks: marks.map(([row]) => Object.values(row ?? {}).join()).join(' '),
  }
}

/** @returns null when it is not there or empty, as the WAL of a database that was only read */
async function readFileStamp(path: string, bytes: number) {
  const stats = await stat(path, { bigint: true }).catch(() => null)
  if (stats === null || stats.size === 0n) return null
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0)
    const { dev, ino, size, mtimeNs } = stats
    return {
      stamp: [dev, ino, size, mtimeNs].join('/'),
      head: buffer.subarray(0, bytesRead).toString('hex'),
      latest: Number(mtimeNs / 1_000_000n),
    }
  } finally {
    await handle.close()
  }
}

function compare(then: Evidence | null, now: Evidence | null): 'unchanged' | 'changed' | 'unknown' {
  if (then === null || now === null) return 'unknown'
  if (then.marks !== now.marks) return 'changed'
  const stateOf = ({ file, wal, index }: Evidence) => JSON.stringify([file, wal, index])
  return !then.isRecent && then.file.stamp !== '' && stateOf(then) === stateOf(now) ? 'unchanged' : 'unknown'
}

function parse(text: string): Evidence | null {
  try {
    return evidenceSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}
