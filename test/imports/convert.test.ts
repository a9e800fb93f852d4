import { describe, expect, it } from 'vitest'
import { countDecimals, type FieldValue } from '../../src/databases/field-value.js'
import { convertCell } from '../../src/imports/convert.js'
import type { ModelField } from '../../src/project/models.js'

const field = (type: string, more: Partial<ModelField> = {}): ModelField => ({
  name: 'f',
  column: 'f',
  type,
  isList: false,
  isRequired: true,
  clientDefault: null,
  isOptional: false,
  enumValues: null,
  ...more,
})
const time = (iso: string): FieldValue => ({ kind: 'time', time: new Date(iso) })

describe('convertCell', () => {
  it.each<[type: string, cell: string, value: FieldValue, options?: Parameters<typeof convertCell>[2]]>([
    ['String', ' as it is ', { kind: 'text', text: ' as it is ' }],
    ['Int', ' -2147483648 ', { kind: 'integer', integer: -2147483648n }],
    ['BigInt', '9223372036854775807', { kind: 'integer', integer: 9223372036854775807n }],
    ['Decimal', '123456789012345678901234567890.12', { kind: 'decimal', text: '123456789012345678901234567890.12' }],
    ['Float', '1e3', { kind: 'real', real: 1000 }],
    ['Boolean', 'Yes', { kind: 'boolean', truth: true }],
    ['DateTime', '2024-02-29', time('2024-02-29T00:00:00Z')],
    ['DateTime', '2024-02-29 23:59:59.5+02', time('2024-02-29T21:59:59.500Z')],
    ['DateTime', '2024-02-29 12:00:00 UTC', time('2024-02-29T12:00:00Z')],
    ['DateTime', '31/12/2024 08:30', time('2024-12-31T08:30:00Z'), { time: 'd/m/y' }],
    ['DateTime', '12/31/2024', time('2024-12-31T00:00:00Z'), { time: 'm/d/y' }],
    ['DateTime', '1700000000', time('2023-11-14T22:13:20Z'), { time: 'seconds' }],
    ['Json', '{"a":[1]}', { kind: 'json', text: '{"a":[1]}' }],
    ['Bytes', '\\x00ff', { kind: 'bytes', bytes: Buffer.from([0, 255]) }, { bytes: 'hex' }],
  ])('%s takes %s', (type, cell, value, options) => {
    expect(convertCell(cell, field(type), options)).toEqual(value)
  })

  it.each([
    ['Int', '2147483648'],
    ['Int', '1.0'],
    ['Int', '0x10'],
    ['BigInt', '9223372036854775808'],
    ['Decimal', '1,5'],
    ['Float', 'Infinity'],
    ['Boolean', 'maybe'],
    ['DateTime', '2024-02-30'],
    ['DateTime', '2024-01-01T25:00:00Z'],
    ['DateTime', '01/02/2024'],
    ['Json', '{a:1}'],
    ['Bytes', 'ä'],
  ])('%s does not take %s', (type, cell) => {
    expect(() => convertCell(cell, field(type))).toThrow(RangeError)
  })

  it('lists, first values, empty cells', () => {
    const list = field('String', { isList: true })
    expect(convertCell('a; b;', list, { separator: ';' })).toEqual({
      kind: 'list',
      items: [
        { kind: 'text', text: 'a' },
        { kind: 'text', text: 'b' },
      ],
    })
    expect(convertCell('["a,b"]', list)).toEqual({ kind: 'list', items: [{ kind: 'text', text: 'a,b' }] })
    expect(() => convertCell('a', list)).toThrow('takes JSON')
    expect(convertCell('  ', list)).toBeUndefined()
    expect(convertCell('', field('Int'), { whenEmpty: '0' })).toEqual({ kind: 'integer', integer: 0n })
    expect(convertCell('', field('Int'), { whenEmpty: null })).toBeNull()
  })
})

it.each([
  ['1', 0],
  ['1.50', 1],
  ['-0.001', 3],
  ['1.5e1', 0],
  ['15e-3', 3],
  ['1500e-2', 0],
  ['0.000', 0],
  ['1e-7', 7],
])('%s has %d decimals', (text, count) => {
  expect(countDecimals(text)).toBe(count)
})
