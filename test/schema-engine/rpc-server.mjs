import readline from 'node:readline'

/**
 * @typedef {(method: string, params: any) => Promise<unknown>} RequestHandler
 */

/**
 * Answers JSON-RPC requests, one a line, until the input ends. Requests are answered in order: they share a connection.
 *
 * @param {(print: (text: string) => void) => RequestHandler} createHandler
 * @returns {Promise<void>}
 */
export async function serveRequests(createHandler) {
  const send = (/** @type {object} */ message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  let printed = 0
  const handle = createHandler((content) => send({ id: `print-${printed++}`, method: 'print', params: { content } }))
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line)
    if (!method) continue // the client's answer to a request of ours
    try {
      send({ id, result: (await handle(method, params)) ?? null })
    } catch (error) {
      send({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data: describe(error) } })
    }
  }
}

/** @param {any} error */
function describe(error) {
  return { is_panic: false, message: error.message, error_code: error.code || null, meta: error.meta ?? null }
}
