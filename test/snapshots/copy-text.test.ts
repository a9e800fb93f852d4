import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { CopyRows } from '../../src/snapshots/engines/postgresql/copy-text.js'

async function read(text: string, chunk: number): Promise<{ rows: number; text: string }> {
  const bytes = Buffer.from(text)
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += chunk) chunks.push(bytes.subarray(at, at + chunk))
  const rows = new CopyRows()
  const out: Buffer[] = []
  const collect = new Writable({
    write: (part: Buffer, _encoding, done) => {
      out.push(part)
      done()
    },
  })
  await pipeline(Readable.from(chunks), rows, collect)
  return { rows: rows.rows, text: Buffer.concat(out).toString() }
}

const CASES: [name: string, rows: string, count: number][] = [
  ['no rows', '', 0],
  ['one short row', '1\n', 1],
  ['rows of a table without columns', '\n\n\n', 3],
  ['a value that ends like the end mark', 'a\\\\.\n', 1],
  ['a value that is the end mark, as COPY writes it', '\\\\.\n\\\\.\n', 2],
  ['many rows', Array.from({ length: 500 }, (_, i) => `${i}\tünï\\n${'x'.repeat(i % 40)}\n`).join(''), 500],
]

test.each(CASES)('rows end where pg_dump says so: %s', async (_name, rows, count) => {
  for (const chunk of [1, 2, 3, 7, 15, 16, 17, 64, 1 << 16]) {
    for (const end of ['\\.\n', '\\.\n\n\n']) expect(await read(rows + end, chunk)).toEqual({ rows: count, text: rows })
  }
})

test.each([
  ['nothing at all', ''],
  ['no end mark', '1\ta\n2\tb\n'],
  ['cut off in the end mark', '1\ta\n\\'],
  ['cut off in a row', '1\ta\n2\tsome long text that'],
  ['a value that only looks like the end mark', '1\tsome long value\\\\.\n'],
])('rows that are cut off are an error: %s', async (_name, text) => {
  for (const chunk of [1, 5, 16, 1000]) await expect(read(text, chunk)).rejects.toThrow(/cut off/)
})
