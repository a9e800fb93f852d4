/** The passphrase opens this one, and the identity in it the others: a passphrase is slow to try, and once is enough. */
export const KEY_FILE = 'key.age'

const ENDING = '.age'

export function encryptedName(path: string): string {
  return `${path}${ENDING}`
}
