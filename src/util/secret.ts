import { inspect } from 'node:util'

const HIDDEN = '[hidden]'

/** A value that no log, error, manifest or JSON can show by accident. Only `reveal` gives it back. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return HIDDEN
  }
  toJSON(): string {
    return HIDDEN
  }
  [inspect.custom](): string {
    return HIDDEN
  }
}
