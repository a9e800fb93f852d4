import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import S3rver from 's3rver'

export interface S3Server {
  readonly endpoint: string
  readonly bucket: string
  /** What it keeps, as files: to be damaged. */
  readonly folder: string
  /** Says `true` for a request whose connection is to be cut; null: none. */
  cut: ((request: IncomingMessage) => boolean) | null
  /** Answers to requests whose URL holds the key: s3rver does not know them. */
  readonly answers: Map<string, string>
  /** Method and URL of every request. */
  readonly seen: string[]
  close(): Promise<void>
}

/** What it takes as credentials. */
export const S3_ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER', AWS_REGION: 'eu-central-1' }

/** A server that speaks S3, with one bucket. https://github.com/jamhall/s3rver */
export async function startS3Server(folder: string): Promise<S3Server> {
  const bucket = 'backups'
  const options = { directory: folder, silent: true, vhostBuckets: false, configureBuckets: [{ name: bucket, configs: [] }] }
  const s3rver = new S3rver(options)
  await s3rver.configureBuckets()
  const answer = s3rver.callback() as (request: IncomingMessage, response: ServerResponse) => void
  const server = createServer((request, response) => {
    if (running.cut?.(request) === true) {
      // In the middle of what is sent.
      request.once('data', () => request.destroy())
      response.write = () => {
        response.destroy()
        return false
      }
      if (request.method === 'GET') setTimeout(() => response.destroy(), 1)
    }
    running.seen.push(`${request.method} ${request.url}`)
    const canned = [...running.answers].find(([key]) => request.url?.includes(key))
    if (canned === undefined) return answer(request, response)
    response.writeHead(canned[1] === '' ? 204 : 200, { 'content-type': 'application/xml' }).end(canned[1])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const running: S3Server = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bucket,
    folder,
    cut: null,
    answers: new Map(),
    seen: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return running
}
