/** One step of long work, for a progress bar. `done` and `total` are in `unit`s; `total` is absent when it is not known. */
export interface Progress {
  readonly step: string
  /** The table, query or file at hand. */
  readonly detail?: string
  readonly done?: number
  /** Never less than `done`; it may be an estimate, and change. */
  readonly total?: number
  readonly unit?: ProgressUnit
  /** So far, counted in another unit. */
  readonly also?: { readonly done: number; readonly unit: ProgressUnit }
  /** Nothing else can run until it is over, so it must be shown now or never. */
  readonly isBlocking?: true
}

export type ProgressUnit = 'rows' | 'bytes' | 'tables' | 'findings' | 'snapshots'

export type OnProgress = (progress: Progress) => void

export const ignoreProgress: OnProgress = () => {}

export interface ProgressStep {
  readonly add: (amount: number, detail?: string) => void
  /** All of it is done, whatever was added. */
  end(): void
}

/** Counts one step whose total is known, and reports it: from nothing to the total, and never past it. */
export function startStep(onProgress: OnProgress, step: string, total: number, unit: ProgressUnit): ProgressStep {
  let done = 0
  let at: { readonly detail?: string } = {}
  const report = () => onProgress({ step, ...at, done, total, unit })
  report()
  return {
    add: (amount, detail) => {
      done = Math.min(total, done + amount)
      if (detail !== undefined) at = { detail }
      report()
    },
    end: () => {
      done = total
      report()
    },
  }
}

/** For a step that goes on beside another: it is shown once that one is over. */
export function holdProgress(onProgress: OnProgress): { readonly onProgress: OnProgress; release(): void } {
  let last: Progress | null = null
  let isHeld = true
  return {
    onProgress: (progress) => {
      last = progress
      if (!isHeld) onProgress(progress)
    },
    release: () => {
      isHeld = false
      if (last !== null) onProgress(last)
    },
  }
}
