import type { CustomTypesConfig } from 'pg'

/** OIDs of the types that JavaScript can hold exactly: bool, bytea, int2, int4, oid, float4, float8 and arrays of these, of text and of names. */
const PARSED = new Set([16, 17, 21, 23, 26, 700, 701, 1000, 1001, 1005, 1007, 1009, 1015, 1021, 1022, 1028])
const NAME_ARRAY = 1003
const TEXT_ARRAY = 1009

/** Everything that JavaScript would round or reinterpret (int8, numeric, dates, intervals, json, geometry) stays the text that the server sent. */
export async function typeParsers(): Promise<CustomTypesConfig> {
  const { types } = (await import('pg')).default
  // Its types know the numbers by a list of names only.
  const parserOf = types.getTypeParser as (oid: number) => (text: string) => unknown
  const getTypeParser = (oid: number): ((text: string) => unknown) => {
    if (oid === NAME_ARRAY) return parserOf(TEXT_ARRAY)
    return PARSED.has(oid) ? parserOf(oid) : (text) => text
  }
  // The package types only its own overloads of this function.
  return { getTypeParser: getTypeParser as CustomTypesConfig['getTypeParser'] }
}
