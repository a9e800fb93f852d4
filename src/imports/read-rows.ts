import { open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { messageOf, SafeMigrateError } from '../errors.js'

const DELIMITERS = [',', '\t', ';', '|']
const SAMPLE_BYTES = 65_536
const CHUNK_BYTES = 262_144

export interface FileRow {
  /** Line of the file on which the row begins, from 1. */
  readonly line: number
  readonly cells: readonly string[]
  /** Read of the file until its end. */
  readonly bytes: number
}

export interface RowFile {
  readonly header: readonly string[]
  readonly rows: AsyncIterable<FileRow>
  /** Of the whole file. */
  readonly bytes: number
}

/**
 * Reads a CSV or TSV file row by row; the first row names the columns. UTF-8, or UTF-16 with its mark. RFC 4180.
 * @param delimiter one character; found out from the header when null
 * @throws SafeMigrateError `usage` with the line where the file cannot be read
 */
export async function openRowFile(file: string, delimiter: string | null): Promise<RowFile> {
  const sample = await readSample(file)
  const encoding = sample[0] === 0xff && sample[1] === 0xfe ? 'utf-16le' : 'utf-8'
  const separator = delimiter ?? findDelimiter(new TextDecoder(encoding).decode(sample))
  const rows = readRows(file, encoding, separator)[Symbol.asyncIterator]()
  const first = await rows.next()
  if (first.done === true) throw unreadable(file, 'It is empty.')
  const header = first.value.cells.map((cell) => cell.trim())
  return { header, bytes: (await stat(file)).size, rows: { [Symbol.asyncIterator]: () => rows } }
}

async function readSample(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw unreadable(file, `${messageOf(error)}.`)
  }
}

/** The one that the header has most of, outside quotes. */
function findDelimiter(sample: string): string {
  const header = /^\s*(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(sample)?.[0].replace(/"(?:[^"]|"")*"/g, '') ?? ''
  const counts = DELIMITERS.map((one) => ({ one, count: header.split(one).length }))
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).one
}

async function* readRows(file: string, encoding: string, delimiter: string): AsyncGenerator<FileRow> {
  const parser = parse({ delimiter, bom: true, info: true, skip_empty_lines: true, relax_column_count: true })
  const source = Readable.from(decode(file, encoding))
  source.on('error', (error) => parser.destroy(error))
  source.pipe(parser)
  let line = 1
  try {
    for await (const { info, record } of parser as AsyncIterable<{ info: { lines: number; bytes: number }; record: string[] }>) {
      yield { line, cells: record, bytes: info.bytes }
      line = info.lines + 1
    }
  } catch (error) {
    if (error instanceof SafeMigrateError) throw error
    throw unreadable(file, `${messageOf(error)} (near line ${line}).`)
  } finally {
    source.destroy()
  }
}

async function* decode(file: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const handle = await open(file)
  let at = 0
  try {
    for (;;) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at)
      at += bytesRead
      const text = decoder.decode(buffer.subarray(0, bytesRead), { stream: bytesRead > 0 })
      if (text !== '') yield text
      if (bytesRead === 0) return
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw unreadable(file, `It is not ${encoding.toUpperCase()} (after byte ${at - CHUNK_BYTES > 0 ? at - CHUNK_BYTES : 0}).`, [
      `Convert it, for example: iconv -f WINDOWS-1252 -t UTF-8 ${file} > converted.csv`,
    ])
  } finally {
    await handle.close()
  }
}

function unreadable(
  file: string,
  why: string,
  next: readonly string[] = ['Give a CSV or TSV file whose first row names the columns.'],
): SafeMigrateError {
  return new SafeMigrateError({ code: 'usage', message: `${file} cannot be imported.`, why: `${why} Nothing was changed.`, next })
}
