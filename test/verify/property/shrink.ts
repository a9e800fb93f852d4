import type { Case } from './model.js'

/** Takes away what is not needed for the problem to stay: statements, other sessions, objects, rows, tables. */
export async function shrink(one: Case, stillFails: (smaller: Case) => Promise<boolean>): Promise<Case> {
  let current = one
  for (let changed = true, left = 200; changed && left > 0; ) {
    changed = false
    for (const smaller of candidates(current)) {
      if (left-- <= 0) break
      if (!(await stillFails(smaller))) continue
      current = smaller
      changed = true
      break
    }
  }
  return current
}

function* candidates(one: Case): Generator<Case> {
  const without = <T>(list: readonly T[], index: number): T[] => list.filter((_, at) => at !== index)
  for (const index of one.migration.keys()) yield { ...one, migration: without(one.migration, index) }
  if (one.concurrent.length > 0) yield { ...one, concurrent: [] }
  for (const index of one.objects.keys()) yield { ...one, objects: without(one.objects, index) }
  for (const { name } of one.model.tables) {
    const rows = one.rows[name] ?? []
    if (rows.length > 0) yield { ...one, rows: { ...one.rows, [name]: [] } }
    if (rows.length > 1) yield { ...one, rows: { ...one.rows, [name]: rows.slice(0, rows.length >> 1) } }
    if (rows.length > 1) yield { ...one, rows: { ...one.rows, [name]: rows.slice(rows.length >> 1) } }
  }
  for (const [index, table] of one.model.tables.entries()) {
    const { [table.name]: _gone, ...rows } = one.rows
    yield { ...one, rows, model: { ...one.model, tables: without(one.model.tables, index) } }
  }
  for (const [index, step] of one.migration.entries()) {
    if (step.length < 2) continue
    for (const at of step.keys())
      yield { ...one, migration: one.migration.map((steps, place) => (place === index ? without(steps, at) : steps)) }
  }
  for (const { name } of one.model.tables) {
    const rows = one.rows[name] ?? []
    if (rows.length < 5) for (const index of rows.keys()) yield { ...one, rows: { ...one.rows, [name]: without(rows, index) } }
  }
}
