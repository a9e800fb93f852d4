/**
 * Stands in for a connection where the wasm engine asks for one without need: the native engine compares two Prisma
 * schemas without a database. Only the question about the server's version, asked on connecting, is answered.
 *
 * @param {any} adapter an adapter that was never connected
 * @param {string} schema
 */
export function answerOffline(adapter, schema) {
  adapter.queryRaw = async (/** @type {{ sql: string }} */ { sql }) => {
    if (!sql.includes('server_version_num')) throw new Error(`no database to ask: ${sql}`)
    return { columnNames: ['exists', 'version', 'numeric_version'], columnTypes: [5, 7, 0], rows: [[true, 'PostgreSQL 16.0', 160000]] }
  }
  adapter.getConnectionInfo = () => ({ schemaName: schema, supportsRelationJoins: true })
  return adapter
}
