import { expect, it } from 'vitest'
import { matchesWildcard } from '../../src/util/wildcard.js'

it.each([
  ['*.example.com', 'db.example.com', true],
  ['*.example.com', 'db.eu.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'dbXexample.com', false],
  ['*.example.com', 'db.example.com.evil.org', false],
  ['shop', 'shop', true],
  ['shop', 'shop_test', false],
  ['shop*', 'shop', true],
  ['*prod*', 'the\nprod', true],
  ['a(b)[c]', 'a(b)[c]', true],
  ['Shop', 'shop', false],
])('%s and %s', (pattern, text, expected) => {
  expect(matchesWildcard(pattern, text)).toBe(expected)
})

it('ignores letter case where asked to', () => {
  expect(matchesWildcard('DB.*', 'db.example.com', true)).toBe(true)
})
