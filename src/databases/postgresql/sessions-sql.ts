/**
 * Condition: a session of a program's. What other users' are is hidden from a role without pg_read_all_stats; the server's own have no user.
 * https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
 * @param alias of pg_stat_activity
 */
export function isClient(alias: string): string {
  return `(${alias}.backend_type = 'client backend' OR ${alias}.backend_type IS NULL AND ${alias}.usename IS NOT NULL)`
}
