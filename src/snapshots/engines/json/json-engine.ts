import type { SnapshotContext, SnapshotEngine } from '../../snapshot.js'

/** The part of the engine json that differs from one database to the next. */
export interface JsonEngine
  extends Required<
    Pick<SnapshotEngine, 'checkAvailability' | 'take' | 'verify' | 'keepsReplaced' | 'restore' | 'openTable' | 'makeScratch'>
  > {
  /** About how many bytes the rows take as text. */
  estimateText(context: SnapshotContext): Promise<number>
}
