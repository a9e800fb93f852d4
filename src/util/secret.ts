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

/** What somebody else printed, without this connection URL and its password, in whatever form. */
export function hideUrl(text: string, url: Secret): string {
  const whole = url.reveal()
  const parts = URL.canParse(whole) ? passwordForms(new URL(whole)) : []
  const hidden = [whole, ...parts].filter((part) => part !== '').sort((a, b) => b.length - a.length)
  return hidden.reduce((rest, part) => rest.replaceAll(part, HIDDEN), text)
}

function passwordForms({ password, searchParams }: URL): string[] {
  const decoded = /%[0-9a-f]{2}/i.test(password) ? decodeURIComponent(password) : password
  return [password, decoded, searchParams.get('password') ?? '', searchParams.get('sslpassword') ?? '']
}
