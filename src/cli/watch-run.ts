import { findPathInRepository } from '../project/repository.js'
import type { RunEvent, RunInterface } from '../run/interface.js'
import type { ErrorReport } from '../run/report.js'

type Known = NonNullable<ErrorReport['known']>

/** Keeps what a run has told, for the report of one that ends with an error. `known` is undefined while none has begun. */
export function watchRun(ui: RunInterface): { readonly ui: RunInterface; readonly known: () => Known | undefined } {
  let known: Known | undefined
  const show = (event: RunEvent) => {
    known = addEvent(known, event)
    ui.show(event)
  }
  return { ui: { ...ui, show }, known: () => known }
}

function addEvent(known: Known | undefined, event: RunEvent): Known | undefined {
  if (event.type === 'started') {
    const { project } = event
    return { project, pathInRepository: findPathInRepository(project.root), pending: [], findings: [], snapshot: null, differences: [] }
  }
  if (known === undefined) return known
  switch (event.type) {
    case 'plan':
      return { ...known, pending: event.plan.pending, findings: event.plan.findings }
    case 'snapshot-taken': {
      const { id, folder, manifest } = event.snapshot
      return { ...known, snapshot: { id, engine: manifest.engine, folder, bytes: manifest.bytes, why: '' } }
    }
    case 'compared':
      return { ...known, differences: event.differences }
    default:
      return known
  }
}
