import type { Report } from '../run/report.js'
import { toolVersion } from '../snapshots/tool-version.js'
import { makePrintable } from './printable.js'

/** @param mostBytes where the text goes takes no more; only Markdown can be cut */
export type Reporter = (report: Report, mostBytes?: number) => string

/** Every format that a report can be written in; each renders every report. Loaded when it is asked for. */
export const reporters = {
  text: async (): Promise<Reporter> => printing((await import('./text.js')).renderText),
  json: async (): Promise<Reporter> => (await import('./json.js')).renderJson,
  github: async (): Promise<Reporter> => printing((await import('./github.js')).renderGithub),
  sarif: loadSarif,
  markdown: async (): Promise<Reporter> => printing((await import('./markdown.js')).renderMarkdown),
  html: async (): Promise<Reporter> => printing((await import('./html.js')).renderHtml),
} as const

/** JSON escapes what cannot be printed; other formats are shown as they are. */
function printing(render: Reporter): Reporter {
  return (report, mostBytes) => render(makePrintable(report), mostBytes)
}

async function loadSarif(): Promise<Reporter> {
  const { renderSarif } = await import('./sarif.js')
  return (report) => renderSarif(report, toolVersion())
}

export type ReportFormat = keyof typeof reporters

export function isReportFormat(name: string): name is ReportFormat {
  return Object.hasOwn(reporters, name)
}
