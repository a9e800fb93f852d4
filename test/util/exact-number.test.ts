import { expect, it } from 'vitest'
import { compareNumbers } from '../../src/util/exact-number.js'

it.each([
  ['9007199254740993', '9007199254740992', 1],
  ['9223372036854775807', '9223372036854775808', -1],
  ['1.10', '1.1', 0],
  ['12', '12.0', 0],
  ['-0', '0', 0],
  ['0.1', '0.10000000000000001', -1],
  ['12345678901234567890.123456789012345678901', '12345678901234567890.1234567890123456789', 1],
  ['1e+308', '1e308', 0],
  ['1.5e3', '1500', 0],
  ['2.5e-3', '0.0025', 0],
  ['-5', '3', -1],
  ['NaN', '1e308', 1],
  ['NaN', 'NaN', 0],
  ['Infinity', '1e308', 1],
  ['-Infinity', '-1e308', -1],
  ['2024-01-01', '1', null],
  ['12a', '12', null],
  ['', '0', null],
  ['1e999999', '0', null],
])('%s beside %s: %s', (a, b, expected) => {
  expect(compareNumbers(a, b)).toBe(expected)
  expect(compareNumbers(b, a)).toBe(expected === null || expected === 0 ? expected : -expected)
})
