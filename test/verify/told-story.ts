/** A migration on a database with rows, and what is to be said of it once it ran with every finding accepted. */
export interface ToldStory {
  /** Where it is a line of the taxonomy of losses, its id first. */
  readonly name: string
  readonly setup: string
  readonly migration: readonly string[]
  readonly meanwhile?: readonly string[]
  /** Rules of the findings that foretold something. */
  readonly rules: readonly string[]
  /** Where it says "as predicted" the numbers were those of the findings. */
  readonly losses: readonly string[]
  /** What else is told. */
  readonly notices?: readonly string[]
  /** Whether somebody must agree, where it is not just that something is lost. */
  readonly mustBeAccepted?: boolean
  /** What no finding could foretell is an alarm. */
  readonly verdict?: 'lost-kept'
}

export type HarmlessStory = Pick<ToldStory, 'name' | 'migration'> & Partial<ToldStory>
