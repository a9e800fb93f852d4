import { SafeMigrateError } from '../errors.js'
import type { Model } from '../project/models.js'
import { formatCount, formatQuantity } from '../util/format.js'
import { displayName } from '../util/names.js'
import { suggestNearest } from '../util/nearest.js'
import type { Difference } from './difference.js'
import type { Pairing } from './pairs.js'

/** A table that may never lose rows, as the configuration calls it. */
export interface CriticalTable {
  readonly word: string
  /** Null where it is not known. */
  readonly schema: string | null
  readonly name: string
}

interface Named {
  readonly schema: string | null
  readonly name: string
}

/** The tables of models and of names; a model may have none yet. @throws SafeMigrateError `config` for what is neither */
export function findCriticalTables(
  words: readonly string[],
  {
    models,
    tables,
    defaultSchema,
  }: { readonly models: readonly Model[]; readonly tables: readonly Named[]; readonly defaultSchema: string | null },
): readonly CriticalTable[] {
  return words.map((word) => {
    const model = models.find(({ name }) => name === word)
    if (model !== undefined) return { word, schema: model.schema ?? defaultSchema, name: model.table }
    const table = tables.find(({ schema, name }) => name === word || `${schema ?? ''}.${name}` === word)
    if (table !== undefined) return { word, schema: table.schema, name: table.name }
    throw new SafeMigrateError({
      code: 'config',
      message: `criticalModels names "${word}", and there is no such model or table${
        suggestNearest(
          word,
          [...models, ...tables].map(({ name }) => name),
        ) || '.'
      }`,
      why: 'What is not there cannot be watched over. Nothing was changed.',
      next: ['Correct criticalModels in safe-migrate.config.'],
    })
  })
}

/** Critical tables that hold fewer rows than before, whatever was predicted and accepted. Found under their old names and their new ones. */
export function compareCriticalTables(
  critical: readonly CriticalTable[],
  { pairs, gone }: Pairing,
  isTouched: (table: Named) => boolean,
  defaultSchema: string | null,
): Difference[] {
  return critical.flatMap((wanted) => {
    const is = ({ schema, name }: Named): boolean =>
      name === wanted.name && (wanted.schema === null || schema === null || schema === wanted.schema)
    const found = [
      ...gone.filter(is).map((before) => ({ before, now: 0, touched: true })),
      ...pairs
        .filter(({ before, after }) => is(before) || is(after))
        .map(({ before, after }) => ({ before, now: after.rows, touched: isTouched(before) })),
    ]
    return found.flatMap(({ before, now, touched }): Difference[] =>
      now >= before.rows ? [] : [fewerRows(wanted, before, now, touched, defaultSchema)],
    )
  })
}

const NOT_TOUCHED = '; the migrations do not touch it, so somebody else removed the others'

function fewerRows(
  { word }: CriticalTable,
  { schema, name, rows }: Named & { readonly rows: number },
  now: number,
  touched: boolean,
  defaultSchema: string | null,
): Difference {
  return {
    kind: 'invariant-broken',
    schema,
    table: name,
    column: null,
    name: word,
    count: rows - now,
    weight: touched ? 'loss' : 'notice',
    cause: touched ? 'unpredicted' : 'others',
    message: `${displayName(schema, name, null, defaultSchema)}: it may never lose rows (criticalModels), and holds ${formatCount(now)} of ${formatQuantity(rows, 'row')}${touched ? '' : NOT_TOUCHED}`,
    keys: [],
  }
}
