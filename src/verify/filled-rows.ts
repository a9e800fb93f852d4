/** What is not among the commonest stays a row that was replaced. */
const MOST_PATTERNS = 20

/** Query: which of the columns are NULL together in rows that are left over from before (`n<index>` is 1), those with the fewest first. */
export function selectPatterns(leftovers: string, nullable: readonly number[]): string {
  const flags = nullable.map((index) => `CASE WHEN c${index} IS NULL THEN 1 ELSE 0 END`)
  const names = nullable.map((index) => `n${index}`)
  const rows = `SELECT d, ${flags.map((flag, at) => `${flag} AS ${names[at]}`).join(', ')} FROM (${leftovers}) AS leftovers WHERE d > 0`
  const most = `SELECT ${names.join(', ')} FROM (${rows}) AS flags WHERE ${names.map((name) => `${name} = 1`).join(' OR ')} GROUP BY ${names.join(', ')} ORDER BY sum(d) DESC LIMIT ${MOST_PATTERNS}`
  return `SELECT * FROM (${most}) AS patterns ORDER BY ${names.join(' + ')}`
}

/**
 * Query: the left over rows of a table without a key, less the pairs of which the later row has what the earlier had, and values where that
 * had NULL: filling is no loss. Each row is used up by one pair only, so that what is really gone is never hidden by this.
 */
export function cancelFilled(leftovers: string, columns: number, patterns: readonly (readonly number[])[]): string {
  return patterns.reduce((query, pattern, step) => cancelPattern(query, columns, pattern, step), leftovers)
}

function cancelPattern(leftovers: string, columns: number, pattern: readonly number[], step: number): string {
  const all = Array.from({ length: columns }, (_, index) => index)
  const others = all.filter((index) => !pattern.includes(index))
  const names = all.map((index) => `c${index}`).join(', ')
  const isOld = ['d > 0', ...pattern.map((index) => `c${index} IS NULL`), ...others.map((index) => `c${index} IS NOT NULL`)].join(' AND ')
  const alike = others.length === 0 ? '' : `PARTITION BY ${others.map((index) => `c${index}`).join(', ')}`
  const inOrder = `${alike} ORDER BY ${pattern.map((index) => `c${index}`).join(', ')} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING`
  const isNew = 'CASE WHEN d < 0 THEN -d ELSE 0 END'
  const counted = `SELECT ${names}, d, CASE WHEN ${isOld} THEN 1 ELSE 0 END AS is_old, sum(CASE WHEN ${isOld} THEN d ELSE 0 END) OVER (${alike}) AS olds, sum(${isNew}) OVER (${alike}) AS news, coalesce(sum(${isNew}) OVER (${inOrder}), 0) AS taken FROM (${leftovers}) AS left${step}`
  const old = 'CASE WHEN news < d THEN d - news ELSE 0 END'
  const later = 'CASE WHEN olds <= taken THEN d WHEN olds - taken < -d THEN d + olds - taken ELSE 0 END'
  return `SELECT ${names}, CASE WHEN is_old = 1 THEN ${old} WHEN d < 0 THEN ${later} ELSE d END AS d FROM (${counted}) AS counted${step}`
}
