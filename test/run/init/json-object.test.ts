import { describe, expect, it } from 'vitest'
import { findObject } from '../../../src/run/init/json-object.js'

/** The text between the braces, and where it is to go on. */
const find = (json: string, key: string | null) => {
  const span = findObject(json, key)
  return span && [json.slice(span.open, span.close + 1), span.lastEnd === null ? null : json.slice(span.open + 1, span.lastEnd).trim()]
}

describe('findObject', () => {
  it('finds the object at a key of the outermost object, and no other', () => {
    expect(find('{ "wireit": { "scripts": { "a": 1 } }, "scripts": { "b": "c" } }', 'scripts')).toEqual(['{ "b": "c" }', '"b": "c"'])
    expect(find('{ "scripts": "none", "x": ["scripts", { "a": 1 }] }', 'scripts')).toBeNull()
  })

  it('braces, quotes and commas in texts are texts; members may be objects and lists', () => {
    const json = '{ "scripts": { "a": "echo \\"}\\" {", "b": { "c": [1, { "d": 2 }] } }, "z": 1 }'
    expect(find(json, 'scripts')).toEqual([
      '{ "a": "echo \\"}\\" {", "b": { "c": [1, { "d": 2 }] } }',
      '"a": "echo \\"}\\" {", "b": { "c": [1, { "d": 2 }] }',
    ])
  })

  it('an empty one has no last member; null is the outermost', () => {
    expect(find('{ "scripts": {} }', 'scripts')).toEqual(['{}', null])
    expect(find('{}', null)).toEqual(['{}', null])
    expect(find('{ "a": 1 }', null)).toEqual(['{ "a": 1 }', '"a": 1'])
  })
})
