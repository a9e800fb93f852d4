import { describe, expect, test } from 'vitest'
import type { Prediction } from '../../src/rules/finding.js'
import { alarms, experiment, openPostgresql, openSqlite } from './lab.js'

const KINDS = [
  ['PostgreSQL', openPostgresql, 'public'],
  ['SQLite', openSqlite, null],
] as const

/** The same SQL and the same answers on every database. */
describe.each(KINDS)('comparing on %s', (_name, open, schema) => {
  const setup = `CREATE TABLE "Order" (id integer PRIMARY KEY, total integer, note text); CREATE TABLE "Other" (id integer PRIMARY KEY, v text);
    INSERT INTO "Order" VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, NULL), (4, 40, 'd'); INSERT INTO "Other" VALUES (1, 'x'), (2, 'y')`
  const predict = (effect: Prediction['effect'], column: string | null, count: number | null): Prediction => ({
    effect,
    schema,
    table: 'Order',
    column,
    count,
  })

  test('nothing changed is no difference', async () => {
    const { differences } = await experiment(open, { setup, migration: 'SELECT 1' })
    expect(differences).toEqual([])
  })

  test('a predicted loss is no alarm; what exceeds it is', async () => {
    const migration = 'DELETE FROM "Order" WHERE id > 1'
    const exact = await experiment(open, { setup, migration, predictions: [predict('rows-lost', null, 3)] })
    expect(exact.differences).toEqual([
      expect.objectContaining({
        kind: 'rows-lost',
        cause: 'predicted',
        count: 3,
        message: 'Order: 3 of 4 rows are gone, as predicted (id 2, 3, 4)',
        keys: ['2', '3', '4'],
      }),
    ])
    const more = await experiment(open, { setup, migration, predictions: [predict('rows-lost', null, 1)] })
    expect(more.differences.map(({ cause, count }) => [cause, count])).toEqual([
      ['predicted', 1],
      ['unpredicted', 2],
    ])
    expect(alarms(more.differences)).toEqual(['Order: 3 of 4 rows are gone, 2 more than predicted (id 2, 3, 4)'])
    const unmeasured = await experiment(open, { setup, migration, predictions: [predict('rows-lost', null, null)] })
    expect(alarms(unmeasured.differences)).toEqual([])
    const elsewhere = await experiment(open, { setup, migration, predictions: [{ ...predict('rows-lost', null, 3), table: 'Other' }] })
    expect(alarms(elsewhere.differences)).toHaveLength(1)
  })

  test('values: counted by column, with what they were', async () => {
    const migration = `UPDATE "Order" SET total = 0; UPDATE "Order" SET note = NULL WHERE id = 1; UPDATE "Order" SET note = 'new' WHERE id = 3`
    const { differences } = await experiment(open, { setup, migration, predictions: [predict('values-changed', 'total', 4)] })
    expect(differences.map(({ kind, column, cause, count, values }) => ({ kind, column, cause, count, values }))).toEqual([
      {
        kind: 'values-changed',
        column: 'total',
        cause: 'predicted',
        count: 4,
        values: ['10', '20', '30', '40'].map((before) => ({ before, after: '0' })),
      },
      { kind: 'values-lost', column: 'note', cause: 'unpredicted', count: 1, values: [{ before: 'a', after: null }] },
    ])
  })

  test('lost rows and changed values are told apart in one table', async () => {
    const migration = `DELETE FROM "Order" WHERE id = 4; UPDATE "Order" SET note = 'B' WHERE id = 2; INSERT INTO "Order" VALUES (5, 50, 'e'), (6, 60, 'f')`
    const { differences, digestsOnly } = await experiment(open, { setup, migration })
    expect(differences.map((one) => one.message)).toEqual([
      'Order: 1 of 4 rows is gone (id 4)',
      'Order: 2 rows were added',
      'Order.note: 1 of 3 values changed (id 2)',
    ])
    expect(alarms(digestsOnly)).toContain('Order: the rows differ, and could not be compared one by one')
  })

  test('a column that is gone: a loss with values, a notice without', async () => {
    const dropped = await experiment(open, { setup, migration: 'ALTER TABLE "Order" DROP COLUMN note' })
    expect(alarms(dropped.differences)).toEqual(['Order.note: the column is gone, with 3 values'])
    const predicted = await experiment(open, {
      setup,
      migration: 'ALTER TABLE "Order" DROP COLUMN note',
      predictions: [predict('column-gone', 'note', 3)],
    })
    expect(alarms(predicted.differences)).toEqual([])
    const empty = await experiment(open, {
      setup: `${setup}; UPDATE "Order" SET note = NULL`,
      migration: 'ALTER TABLE "Order" DROP COLUMN note',
    })
    expect(empty.differences).toEqual([expect.objectContaining({ kind: 'column-gone', weight: 'notice', count: 0 })])
  })

  test('what others wrote is not blamed on the migrations', async () => {
    const { differences } = await experiment(open, { setup, migration: 'DELETE FROM "Other" WHERE id = 1', touched: ['Order'] })
    expect(differences).toEqual([
      expect.objectContaining({ kind: 'rows-lost', table: 'Other', weight: 'notice', cause: 'others', count: 1 }),
    ])
    const changed = await experiment(open, { setup, migration: `UPDATE "Other" SET v = 'z'`, touched: ['Order'] })
    expect(changed.differences).toEqual([
      expect.objectContaining({ kind: 'values-changed', column: 'v', weight: 'notice', cause: 'others' }),
    ])
    const dropped = await experiment(open, { setup, migration: 'DROP TABLE "Other"', touched: ['Order'] })
    expect(alarms(dropped.differences)).toEqual(['Other: the table is gone, with 2 rows'])
  })

  test('objects that are gone are noticed, and known when a statement names them', async () => {
    const withIndex = `${setup}; CREATE INDEX "Order_total_idx" ON "Order" (total); CREATE INDEX "Other_v_idx" ON "Other" (v); CREATE VIEW "Big" AS SELECT id FROM "Order"`
    const { differences } = await experiment(open, {
      setup: withIndex,
      migration: 'DROP INDEX "Order_total_idx"; DROP VIEW "Big"; CREATE VIEW "Big" AS SELECT total FROM "Order"',
    })
    expect(differences.map(({ kind, name, cause, weight }) => [kind, name, cause, weight])).toEqual(
      expect.arrayContaining([
        ['object-gone', 'Order_total_idx', 'predicted', 'notice'],
        ['object-changed', 'Big', 'predicted', 'notice'],
      ]),
    )
    expect(differences).toHaveLength(2)
  })

  test('names with quotes, dots, blanks, newlines and other alphabets', async () => {
    const table = 'Ta"b.l e\n表'
    const sql = `"${table.replaceAll('"', '""')}"`
    const column = '"sel""ect.x"'
    const { differences } = await experiment(open, {
      setup: `CREATE TABLE ${sql} ("k.e""y" text PRIMARY KEY, ${column} text); INSERT INTO ${sql} VALUES ('a''b', 'x'), ('c', 'y')`,
      migration: `UPDATE ${sql} SET ${column} = NULL WHERE "k.e""y" = 'a''b'`,
    })
    expect(alarms(differences)).toEqual([`${table}.sel"ect.x: 1 of 2 values is gone (now NULL) (k.e"y a'b)`])
  })

  test('Prisma may write to its own table', async () => {
    const { differences } = await experiment(open, {
      setup: `CREATE TABLE "_prisma_migrations" (id text PRIMARY KEY, logs text); INSERT INTO "_prisma_migrations" VALUES ('1', 'x')`,
      migration: `UPDATE "_prisma_migrations" SET logs = NULL; INSERT INTO "_prisma_migrations" VALUES ('2', NULL)`,
    })
    expect(differences).toEqual([])
  })
})
