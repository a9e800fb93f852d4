/** One step of long work, for a progress bar. `done` and `total` are in `unit`s; `total` is absent when it is not known. */
export interface Progress {
  readonly step: string
  readonly done?: number
  readonly total?: number
  readonly unit?: 'rows' | 'bytes' | 'tables' | 'files'
}

export type OnProgress = (progress: Progress) => void

export const ignoreProgress: OnProgress = () => {}
