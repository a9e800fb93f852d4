import { randomInt, randomUUID } from 'node:crypto'
import slugify from '@sindresorhus/slugify'
import type { FieldValue } from '../databases/field-value.js'
import type { Generator } from './resolve-mapping.js'

/** Without those that look alike. */
const CLEAR = 'abcdefghjkmnpqrstuvwxyz23456789'
const BASE_36 = '0123456789abcdefghijklmnopqrstuvwxyz'
const CUID_LENGTH = 25

/** A value that needs no look at the database; null for a slug, which does. */
export function generateValue(how: Generator, now: Date): FieldValue {
  if (how === 'now' || how === 'updatedAt') return { kind: 'time', time: now }
  if (how === 'uuid') return { kind: 'text', text: randomUUID() }
  // Of the form and the randomness of a cuid, so that Prisma's client takes it for one.
  if (how === 'cuid') return { kind: 'text', text: `c${randomText(CUID_LENGTH - 1, BASE_36)}` }
  return 'code' in how ? { kind: 'text', text: randomText(how.code, how.alphabet ?? CLEAR) } : null
}

function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}

/** `Zoë's Café & Bar` → `zoes-cafe-and-bar`. Never empty. */
export function makeSlug(text: string): string {
  return slugify(text, { decamelize: false }) || 'x'
}
