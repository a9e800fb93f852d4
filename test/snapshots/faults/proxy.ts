import { createServer, type Socket } from 'node:net'

export interface CutLine {
  readonly port: number
  /** All connections are cut as soon as so many bytes have gone through, from the server or to it; later ones are not cut. */
  cutAfter(bytes: number): void
  /** All connections are cut when the server has done this, before its answer comes through. */
  cutAtAnswerTo(text: string): void
  /** Bytes that have gone through since it was last asked. */
  take(): number
  readonly cuts: number
  close(): Promise<void>
}

/** Stands between us and a server, and cuts the line. */
export async function startProxy(host: string, port: number): Promise<CutLine> {
  const { connect } = await import('node:net')
  const open = new Set<Socket>()
  let left = Number.POSITIVE_INFINITY
  let asked: string | null = null
  let passed = 0
  let cuts = 0
  const cut = () => {
    left = Number.POSITIVE_INFINITY
    asked = null
    cuts++
    for (const socket of open) socket.resetAndDestroy()
  }
  const server = createServer((client) => {
    const upstream = connect(port, host)
    let isAsked = false
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from)
      from.on('data', (chunk) => {
        if (from === client && asked !== null && chunk.includes(asked)) isAsked = true
        passed += chunk.length
        left -= chunk.length
        if (left <= 0 || (isAsked && from === upstream)) cut()
        else if (!to.write(chunk)) {
          from.pause()
          to.once('drain', () => from.resume())
        }
      })
      from.on('error', () => {})
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    cutAfter: (bytes) => {
      left = bytes
    },
    cutAtAnswerTo: (text) => {
      asked = text
    },
    take: () => {
      const bytes = passed
      passed = 0
      return bytes
    },
    get cuts() {
      return cuts
    },
    close: () => {
      for (const socket of open) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
