import { hostname, userInfo } from 'node:os'

/** `ada@host`; the host alone for a user without an entry in the system's list, as in some containers. */
export function whoAmI(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    return hostname()
  }
}
