import type { Report } from '../run/report.js'
import { renderJson } from './json.js'
import { renderText } from './text.js'

export type ReportFormat = 'text' | 'json'

/** Every format that a report can be written in. */
export const reporters: Readonly<Record<ReportFormat, (report: Report) => string>> = { text: renderText, json: renderJson }
