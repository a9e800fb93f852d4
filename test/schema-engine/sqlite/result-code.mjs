/** Primary codes by name: https://www.sqlite.org/rescode.html @type {Record<string, number>} */
const PRIMARY = {
  ERROR: 1,
  INTERNAL: 2,
  PERM: 3,
  ABORT: 4,
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  INTERRUPT: 9,
  IOERR: 10,
  CORRUPT: 11,
  NOTFOUND: 12,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  SCHEMA: 17,
  TOOBIG: 18,
  CONSTRAINT: 19,
  MISMATCH: 20,
  MISUSE: 21,
  AUTH: 23,
  RANGE: 25,
  NOTADB: 26,
}

/** Second byte of the extended codes of SQLITE_CONSTRAINT. @type {Record<string, number>} */
const CONSTRAINT = {
  CHECK: 1,
  COMMITHOOK: 2,
  FOREIGNKEY: 3,
  FUNCTION: 4,
  NOTNULL: 5,
  PRIMARYKEY: 6,
  TRIGGER: 7,
  UNIQUE: 8,
  VTAB: 9,
  ROWID: 10,
  PINNED: 11,
  DATATYPE: 12,
}

/**
 * @param {string | undefined} name the code as better-sqlite3 names it, such as "SQLITE_CONSTRAINT_UNIQUE"
 * @returns {string} the extended result code that the native engine prints, such as "2067"
 */
export function resultCode(name) {
  const [, primary = '', detail = ''] = /^SQLITE_([A-Z]+)(?:_([A-Z0-9]+))?$/.exec(name ?? '') ?? []
  const code = PRIMARY[primary]
  if (code === undefined) return 'none'
  const extension = primary === 'CONSTRAINT' ? (CONSTRAINT[detail] ?? 0) : 0
  return String(code + extension * 256)
}
