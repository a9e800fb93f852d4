import type { Report } from '../run/report.js'

/** One JSON document, as described by report.schema.json. */
export function renderJson(report: Report): string {
  return JSON.stringify(report, null, 2)
}
