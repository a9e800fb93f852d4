import type { Finding } from '../rules/finding.js'
import { offsetOf } from '../sql/location.js'
import type { SqlSource } from '../sql/statement.js'

/** Where the finding's statement stands in its file, in UTF-16 offsets. */
export function findStatementSpan(source: SqlSource, { statement, location, offset }: Pick<Finding, 'statement' | 'location' | 'offset'>) {
  const start = offsetOf(source, location.line, location.column) - offset
  return { start, end: start + statement.length }
}
