/** Lines shown before the one with the error. */
const CONTEXT_LINES = 5

/**
 * The text that the native engine prints for an error of the server: the message, the place in the script, and the
 * error with all its fields.
 *
 * @param {any} error a DatabaseError of `pg`
 * @param {string} script what was sent to the server
 * @returns {string}
 */
export function describeDatabaseError(error, script) {
  const detail = error.detail ? `\nDETAIL: ${error.detail}` : ''
  const hint = error.hint ? `\nHINT: ${error.hint}` : ''
  const position = error.position ? describePosition(Number(error.position), script) : ''
  return `${error.severity}: ${error.message}${detail}${hint}${position}\n\n${describeFields(error)}`
}

/**
 * @param {number} position characters from the start of the script, from 1
 * @param {string} script
 */
function describePosition(position, script) {
  const before = [...script].slice(0, position - 1).join('')
  const lineNumber = before.split('\n').length
  const lines = script.split('\n')
  const first = Math.max(1, lineNumber - CONTEXT_LINES)
  const context = lines.slice(first - 1, lineNumber - 1).map((line, i) => `\x1b[1m${pad(first + i)}\x1b[0m${line ? ` ${line}` : ''}`)
  const failed = `\x1b[1m${pad(lineNumber)}\x1b[1;31m ${lines[lineNumber - 1]}\x1b[0m`
  return ['\n\nPosition:', ...context, failed].join('\n')
}

/** @param {number} number */
const pad = (number) => String(number).padStart(3)

/** @param {any} error */
function describeFields(error) {
  const option = (/** @type {string | undefined} */ value) => (value === undefined ? 'None' : `Some(${JSON.stringify(value)})`)
  const fields = [
    `severity: ${JSON.stringify(error.severity)}`,
    'parsed_severity: Some(Error)',
    `code: SqlState(E${error.code})`,
    `message: ${JSON.stringify(error.message)}`,
    `detail: ${option(error.detail)}`,
    `hint: ${option(error.hint)}`,
    `position: ${error.position ? `Some(Original(${error.position}))` : 'None'}`,
    `where_: ${option(error.where)}`,
    `schema: ${option(error.schema)}`,
    `table: ${option(error.table)}`,
    `column: ${option(error.column)}`,
    `datatype: ${option(error.dataType)}`,
    `constraint: ${option(error.constraint)}`,
    `file: ${option(error.file)}`,
    `line: ${error.line ? `Some(${error.line})` : 'None'}`,
    `routine: ${option(error.routine)}`,
  ]
  return `DbError { ${fields.join(', ')} }`
}
