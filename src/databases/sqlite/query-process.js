// What bounded-queries.ts starts: answers one query after the other, so that whoever started it can end it amid one.
import Sqlite from 'better-sqlite3'

const handle = new Sqlite(process.argv[2] ?? '', { fileMustExist: true, readonly: true })
handle.defaultSafeIntegers(true)
// Every query sees the same.
handle.exec('BEGIN')

process.on('message', (sql) => {
  try {
    process.send?.({ rows: handle.prepare(String(sql)).all() })
  } catch (error) {
    const { message, code } = /** @type {Error & { code?: string }} */ (error)
    process.send?.({ error: { message, code } })
  }
})
process.on('disconnect', () => process.exit())
process.send?.({ ready: true })
