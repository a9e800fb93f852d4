import type { Change, ObjectName } from '../sql/change.js'
import { findFilled, findRowCopy, type RowCopyFound } from './copies.js'
import { describeCascade, describeRefusal } from './dependents.js'
import type { Cascades, LiveTable, RowEffect } from './measure.js'
import { findTableRename, isSameTable } from './rename-candidates.js'
import type { Draft, JudgeContext, Rule, TableView } from './rule.js'
import { isHistoryTable, nowCalled, readCascades, refTo, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-droptable.html, https://www.sqlite.org/lang_droptable.html */
export const dropTable: Rule = {
  id: 'drop-table',
  kind: 'loss',
  severity: 'S1',
  summary: 'A table is dropped, with all its rows.',
  examples: {
    unsafe: [
      { sql: 'CREATE TABLE "User2" AS SELECT * FROM "User"; UPDATE "User2" SET "name" = NULL; DROP TABLE "User";' },
      { sql: 'DROP TABLE "User";' },
      { sql: 'ALTER TABLE "User" RENAME TO "User_old"; DROP TABLE "User_old";' },
      { sql: 'DROP TABLE "User"; CREATE TABLE "User" ("id" INTEGER NOT NULL);' },
      { sql: 'DROP TABLE IF EXISTS a, "b c" CASCADE;', databases: ['postgresql'] },
      { sql: "DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'User'); END $$;", databases: ['postgresql'] },
      {
        sql: 'DROP TABLE "User"; CREATE TABLE "Person" ("id" INTEGER, "name" TEXT);',
        before: 'CREATE TABLE "User" ("id" INTEGER, "name" TEXT);',
      },
    ],
    safe: [
      { sql: 'CREATE TABLE "User2" AS SELECT * FROM "User"; DROP TABLE "User";' },
      { sql: 'CREATE TABLE "Draft" ("id" INTEGER); DROP TABLE "Draft";' },
      { sql: 'CREATE TEMP TABLE "Draft" ("id" INTEGER); DROP TABLE "Draft";' },
      { sql: 'CREATE TABLE a ("id" INTEGER); ALTER TABLE a RENAME TO b; DROP TABLE b;' },
      { sql: 'DROP TABLE "User";', before: 'CREATE TABLE "User" (id INTEGER); DROP TABLE "User";' },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'drop-table') return []
    const table = context.table(change.table)
    if (table === null || isHistoryTable(table.live)) return []
    if (change.foreign === true) return [draftForeign(table, context)]
    const cascades = change.deletesRows || change.foreignKeysOff ? readCascades(change) : null
    const draft = draftDrop(table, change.table, cascades, context)
    const dropped = { kind: 'relation', name: table.live } as const
    const more = change.cascade ? describeCascade(dropped, context) : describeRefusal(change, dropped, context)
    return [{ ...draft, why: `${draft.why}${more}` }]
  },
}

/** https://www.postgresql.org/docs/current/sql-dropforeigntable.html */
function draftForeign(table: TableView, context: JudgeContext): Draft {
  return {
    severity: 'info',
    message: `Foreign table ${context.display(table.live)} is dropped; its rows stay where they are.`,
    why: 'It only shows rows that are kept elsewhere.',
    instead: 'Nothing needs to be changed.',
    objects: [refTo(table.live)],
    measures: [],
    inconclusive: null,
  }
}

/** A new table takes the name of the dropped one, at once or by a rename. */
function takesName(change: Change, name: ObjectName, context: JudgeContext): boolean {
  if (change.kind === 'create-table') return isSameTable(change.table, name)
  return change.kind === 'rename-table' && change.to === name.name && context.table(change.table) === null && context.isTable(change.table)
}

type Words = Pick<Draft, 'severity' | 'message' | 'why' | 'instead'>

function describeCopied(shown: string, { name, kept, lost }: RowCopyFound): Words & Pick<Draft, 'kept'> {
  switch (lost) {
    case 'nothing':
      return {
        severity: 'info',
        message: `${shown} is dropped after its rows were copied to ${name}.`,
        why: 'The copy has every row and every column.',
        instead: 'Nothing needs to be changed.',
        kept,
      }
    case 'form':
      return {
        severity: 'S2',
        message: `${shown} is dropped after its rows were copied to ${name} with other values.`,
        why: `${name} has every row, but expressions or other types may not hold all values as they are.`,
        instead: 'Drop it in a later release, when the new values are known to be right.',
      }
    case 'rows':
      return {
        severity: 'S2',
        message: `${shown} is dropped; rows whose key ${name} had already were not copied.`,
        why: `The copying INSERT leaves out in silence what has the key of a row of ${name}.`,
        instead: 'Copy with a plain INSERT, which fails instead, and resolve these rows in a statement of its own before.',
      }
  }
}

function isReferenced({ live }: TableView, { foreignKeys }: JudgeContext): boolean {
  const isOwn = ({ schema, name }: LiveTable) => name === live.name && schema === live.schema
  return foreignKeys.some((key) => isOwn(key.references) && !isOwn(key.table))
}

/** The rows are kept, but to the tables that reference them they are deleted. */
function describeReferenced(shown: string, { name, kept }: RowCopyFound): Omit<Words, 'severity'> & Pick<Draft, 'kept'> {
  return {
    message: `${shown} is dropped after its rows were copied to ${name}: rows that reference it are not.`,
    why: 'They still reference the old table, and are deleted, cleared or left without what they reference.',
    instead: `Let them reference ${name} before the table is dropped.`,
    kept,
  }
}

function describeRead(shown: string, filled: string): Words {
  return {
    severity: 'S2',
    message: `Dropping table ${shown} loses the rows of it that were not copied to ${filled}.`,
    why: `An earlier UPDATE fills ${filled} from it: rows that match none, or of which several match one, are in no other table.`,
    instead: 'Drop it in a later release, when nothing of it is missing.',
  }
}

function draftDrop(table: TableView, name: ObjectName, cascades: Cascades | 'off' | null, context: JudgeContext): Draft {
  const shown = context.display(table.live)
  const isRecreated = context.laterOn(name.name).some((later) => takesName(later, name, context))
  const renamed = isRecreated ? null : findTableRename(table, context)
  const effects: readonly RowEffect[] = ['table-gone']
  const rows = [table.live, ...table.children].map((one) => ({ what: 'rows' as const, table: one, effects, cascades }))
  const common = { objects: [refTo(table.live)], measures: rows, inconclusive: null }
  const copy = findRowCopy(table, context)
  if (copy !== null && copy.lost === 'nothing' && cascades !== null && isReferenced(table, context))
    return {
      ...common,
      ...describeReferenced(shown, copy),
      // What is left without what it references is not counted: then there is no number that says that nothing is lost.
      measures: cascades === 'off' ? rows : rows.map((one) => ({ ...one, areKept: true as const })),
    }
  if (copy !== null) return { ...common, ...describeCopied(shown, copy) }
  const filled = findFilled(table, name, context)
  if (filled !== null) return { ...common, ...describeRead(shown, filled.name) }
  if (renamed !== null) {
    return {
      ...common,
      message: `Dropping ${shown} loses all its rows; it looks like a rename to ${renamed.table.name}.`,
      why: `${renamed.table.name} is created with the same columns, but empty. A rename keeps the rows.${nowCalled(table)}`,
      instead: `ALTER TABLE ${sqlName(context, name)} RENAME TO ${context.dialect.quoteName(renamed.table.name)};`,
    }
  }
  if (isRecreated) {
    return {
      ...common,
      message: `${shown} is dropped, and a new table takes its name: its rows are lost.`,
      why: `The new table has the same name and not all that is in the old one.${nowCalled(table)}`,
      instead: 'Change the table with ALTER TABLE, column by column, or copy the rows into the new table before the old one is dropped.',
    }
  }
  return {
    ...common,
    message: `Dropping table ${shown} loses all its rows.`,
    why: `The rows go with the table, and nothing in these migrations copies them elsewhere.${nowCalled(table)}`,
    instead: `ALTER TABLE ${sqlName(context, name)} RENAME TO ${context.dialect.quoteName(`${name.name}_old`)};  -- and drop it in a later release`,
  }
}
