import { createHash } from 'node:crypto'
import { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { CopyOutput } from '../../../src/databases/postgresql/copy-output.js'
import { postgresqlServer } from '../../helpers/postgresql-server.js'

const there = await postgresqlServer()

/** A connection on which the server's bytes come in pieces of this size, so that messages are cut anywhere. */
class ChoppedSocket extends Socket {
  constructor(private readonly size: number) {
    super()
  }

  override push(chunk: Buffer | null): boolean {
    if (chunk === null) return super.push(null)
    let wantsMore = true
    for (let at = 0; at < chunk.length; at += this.size) wantsMore = super.push(Buffer.from(chunk.subarray(at, at + this.size)))
    return wantsMore
  }
}

describe('what COPY sends', () => {
  async function withClient<T>(size: number, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: there.url('postgres'), stream: () => new ChoppedSocket(size) })
    client.on('error', () => {})
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end().catch(() => {})
    }
  }

  async function read(client: pg.Client, query: string): Promise<{ text: string; rows: number; bytes: number }> {
    const output = client.query(new CopyOutput(`COPY (${query}) TO STDOUT`))
    const batches: Buffer[] = []
    for await (const batch of output as AsyncIterable<Buffer>) batches.push(batch)
    expect(output.rowsSoFar).toBe(output.rows)
    return { text: Buffer.concat(batches).toString(), rows: output.rows, bytes: output.bytes }
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 64, 1 << 16])(
    'is read as it was sent, in pieces of %i bytes, and the connection goes on',
    async (size) => {
      await withClient(size, async (client) => {
        const numbers = await read(client, "SELECT i, repeat('x', i % 9) FROM generate_series(1, 500) i")
        const expected = Array.from({ length: 500 }, (_, i) => `${i + 1}\t${'x'.repeat((i + 1) % 9)}\n`).join('')
        expect(numbers).toEqual({ text: expected, rows: 500, bytes: expected.length })
        expect(await read(client, 'SELECT 1 WHERE false')).toEqual({ text: '', rows: 0, bytes: 0 })
        expect(await read(client, 'SELECT FROM generate_series(1, 3)')).toEqual({ text: '\n\n\n', rows: 3, bytes: 3 })
        expect((await client.query('SELECT 7 AS seven')).rows).toEqual([{ seven: 7 }])
      })
    },
  )

  test('rows that are larger than a piece, and many of them, arrive whole', async () => {
    await withClient(1 << 16, async (client) => {
      const query = 'SELECT i, repeat(md5(i::text), CASE WHEN i % 1000 = 0 THEN 40000 ELSE i % 5 END) FROM generate_series(1, 20000) i'
      const { text, rows } = await read(client, query)
      const digest = await client.query(
        `SELECT encode(sha256(string_agg(i || E'\\t' || t || E'\\n', '' ORDER BY i)::bytea), 'hex') AS digest FROM (${query}) AS q(i, t)`,
      )
      expect(rows).toBe(20000)
      expect(createHash('sha256').update(text).digest('hex')).toBe(digest.rows[0]?.digest)
    })
  })

  test('an error in the middle is thrown, and the connection goes on', async () => {
    await withClient(1000, async (client) => {
      await expect(read(client, 'SELECT 1 / (5000 - i) FROM generate_series(1, 9000) i')).rejects.toThrow('division by zero')
      await expect(read(client, 'SELECT * FROM no_such_table')).rejects.toThrow('no_such_table')
      expect((await client.query('SELECT 7 AS seven')).rows).toEqual([{ seven: 7 }])
    })
  })

  test('notices between rows are no rows', async () => {
    await withClient(50, async (client) => {
      await client.query(
        "CREATE FUNCTION pg_temp.noisy(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'row %', i; RETURN i; END $$",
      )
      expect((await read(client, 'SELECT pg_temp.noisy(i) FROM generate_series(1, 4) i')).text).toBe('1\n2\n3\n4\n')
    })
  })

  test('a slow reader holds the server up, not memory', async () => {
    await withClient(1 << 16, async (client) => {
      const output = client.query(new CopyOutput("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 100000)) TO STDOUT"))
      let bytes = 0
      for await (const batch of output as AsyncIterable<Buffer>) {
        if (bytes === 0) await wait(300)
        bytes += batch.length
        expect(output.bytes - bytes).toBeLessThan(4 << 20)
      }
      expect(bytes).toBe(100_100_000)
    })
  })

  test('when nobody reads on, the connection ends', async () => {
    await withClient(1 << 16, async (client) => {
      const output = client.query(new CopyOutput("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 100000)) TO STDOUT"))
      for await (const _batch of output) break
      await expect(client.query('SELECT 1')).rejects.toThrow()
    })
  })

  test('a connection that the server closes is an error, not an end', async () => {
    await withClient(1 << 16, async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      const output = client.query(new CopyOutput("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 100000)) TO STDOUT"))
      const ended = (async () => {
        for await (const _batch of output) await there.query('postgres', 'SELECT pg_terminate_backend($1)', [rows[0]?.pid])
      })()
      await expect(ended).rejects.toThrow(/terminat|closed|reset/i)
    })
  })
})
