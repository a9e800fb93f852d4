import type { Report } from '../run/report.js'
import { toolVersion } from '../snapshots/tool-version.js'
import { makePrintable } from './printable.js'

export type Reporter = (report: Report) => string

/** Every format that a report can be written in; each renders every report. Loaded when it is asked for. */
export const reporters = {
  text: async (): Promise<Reporter> => printing((await import('./text.js')).renderText),
  json: async (): Promise<Reporter> => (await import('./json.js')).renderJson,
  github: async (): Promise<Reporter> => printing((await import('./github.js')).renderGithub),
  sarif: loadSarif,
  markdown: async (): Promise<Reporter> => printing((await import('./markdown.js')).renderMarkdown),
} as const

/** JSON escapes what cannot be printed; other formats are shown as they are. */
function printing(render: Reporter): Reporter {
  return (report) => render(makePrintable(report))
}

async function loadSarif(): Promise<Reporter> {
  const { renderSarif } = await import('./sarif.js')
  return (report) => renderSarif(report, toolVersion())
}

export type ReportFormat = keyof typeof reporters

export function isReportFormat(name: string): name is ReportFormat {
  return Object.hasOwn(reporters, name)
}
