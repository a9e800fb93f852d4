/** How SQLite treats values of a column. https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
export type Affinity = 'integer' | 'text' | 'blob' | 'real' | 'numeric'

export function affinityOf(declaredType: string): Affinity {
  const type = declaredType.toUpperCase()
  if (type.includes('INT')) return 'integer'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'text'
  if (type === '' || type.includes('BLOB')) return 'blob'
  if (/REAL|FLOA|DOUB/.test(type)) return 'real'
  return 'numeric'
}

export type StorageClass = 'integer' | 'real' | 'text' | 'blob'
export const STORAGE_CLASSES: readonly StorageClass[] = ['integer', 'real', 'text', 'blob']

/** Whether Prisma's client fails on a value of this class in such a column; SQLite itself takes it. Dates and decimals may be text. */
export function isMisfit(declaredType: string, storage: StorageClass): boolean {
  const affinity = affinityOf(declaredType)
  if (affinity === 'integer') return storage !== 'integer'
  return affinity === 'real' && (storage === 'text' || storage === 'blob')
}

/** The column was declared anew: then 12 and '12' are one value, because SQLite itself converts them. */
export function hasOtherType(before: string, after: string): boolean {
  return before.toUpperCase() !== after.toUpperCase()
}

/** Whether 1 and 1.0 can both be stored: every affinity but none at all converts the one to the other. In a STRICT table ANY has none. */
export function mayHoldRealIntegers(declaredType: string): boolean {
  return affinityOf(declaredType) === 'blob' || declaredType.toUpperCase() === 'ANY'
}
