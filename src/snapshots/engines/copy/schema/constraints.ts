import { isUsers, optionsSql, type SchemaReader } from './reader.js'

const isUsersTable = `c.relpersistence <> 't' AND ${isUsers('pg_class', 'c.oid', 'c.relnamespace')}`
const add = `format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid))`
/** Those that a plain unique index can become at once. Temporal ones (18) are of another kind. */
const USES_INDEX = `(k.contype IN ('p', 'u') AND c.relkind = 'r' AND coalesce(to_jsonb(k)->>'conperiod', 'false') = 'false')`
const DEFERRABLE = `CASE WHEN k.condeferrable THEN ' DEFERRABLE' || CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END ELSE '' END`
const ATTACH = `(SELECT format('; ALTER INDEX %s ATTACH PARTITION %s', h.inhparent::regclass, i.oid::regclass) FROM pg_inherits h WHERE h.inhrelid = i.oid)`
/** What the definition of an index does not say. attstattarget is null from 17 on where it was -1. */
const INDEX_SETTINGS = `concat((SELECT format('; ALTER INDEX %s SET TABLESPACE %I', i.oid::regclass, s.spcname) FROM pg_tablespace s WHERE s.oid = i.reltablespace),
  (SELECT string_agg(format('; ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', i.oid::regclass, a.attnum, to_jsonb(a)->>'attstattarget'), '' ORDER BY a.attnum)
   FROM pg_attribute a WHERE a.attrelid = i.oid AND (to_jsonb(a)->>'attstattarget')::int >= 0))`

/** Indexes and constraints. Unique indexes are built with all others, at once; then they become the constraints that they belong to. */
export const constraintReaders: readonly SchemaReader[] = [
  {
    kind: 'index',
    catalog: 'pg_class',
    stage: 'index',
    // One that is invalid is what CREATE INDEX CONCURRENTLY left when it failed: nothing uses it, and it may not be possible to build it.
    query: `SELECT i.oid, i.oid::regclass::text AS name, concat(pg_get_indexdef(i.oid), ${INDEX_SETTINGS}, ${ATTACH}) AS sql, -c.relpages AS priority
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x')
      WHERE k.oid IS NULL AND c.relkind IN ('r', 'p') AND (x.indisvalid OR i.relkind = 'I') AND ${isUsersTable}`,
  },
  {
    kind: 'index',
    catalog: null,
    stage: 'index',
    // To others it is a part of its constraint.
    query: `SELECT i.oid, i.oid::regclass::text AS name, concat(pg_get_indexdef(i.oid), ${INDEX_SETTINGS}) AS sql, -c.relpages AS priority
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class i ON i.oid = k.conindid WHERE ${USES_INDEX} AND ${isUsersTable}`,
  },
  {
    kind: 'constraint',
    catalog: 'pg_constraint',
    stage: 'constraint',
    query: `SELECT k.oid, format('%I of %s', k.conname, c.oid::regclass) AS name, ARRAY[c.oid] AS tables,
        concat(CASE WHEN ${USES_INDEX} THEN format('ALTER TABLE %s ADD CONSTRAINT %I %s USING INDEX %I%s', c.oid::regclass, k.conname, CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, i.relname, ${DEFERRABLE})
          ELSE replace(${add}, 'ALTER TABLE ', 'ALTER TABLE ONLY ') || coalesce(format('; ALTER INDEX %s SET (', i.oid::regclass) || ${optionsSql('i.reloptions')} || ')', '') || ${INDEX_SETTINGS} END, ${ATTACH}) AS sql
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class i ON i.oid = k.conindid WHERE k.contype IN ('p', 'u', 'x') AND ${isUsersTable}`,
  },
  {
    kind: 'check constraint',
    catalog: 'pg_constraint',
    stage: 'constraint',
    // From 18 on NOT NULL is one too; here those that rows from before may break, the others are made with their table. One that a table has by itself and from its parent comes first: the parent's then joins it.
    query: `SELECT k.oid, format('%I of %s', k.conname, c.oid::regclass) AS name, ${add} AS sql,
        ARRAY(WITH RECURSIVE tree (id) AS (SELECT c.oid UNION SELECT i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.id) SELECT id FROM tree) AS tables,
        ARRAY(SELECT o.oid FROM pg_inherits i JOIN pg_constraint o ON o.conrelid = i.inhrelid AND o.conname = k.conname AND o.contype = k.contype AND o.conislocal WHERE i.inhparent = c.oid) AS after
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE (k.contype = 'c' OR k.contype = 'n' AND NOT k.convalidated) AND (k.conislocal OR k.coninhcount = 0) AND ${isUsersTable}`,
  },
  {
    kind: 'validated constraint',
    catalog: null,
    stage: 'late',
    // What came to a child from a parent that has not checked its own rows.
    query: `SELECT k.oid, format('%I of %s', k.conname, c.oid::regclass) AS name, format('ALTER TABLE %s VALIDATE CONSTRAINT %I', c.oid::regclass, k.conname) AS sql
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype IN ('c', 'n') AND k.convalidated AND NOT k.conislocal AND ${isUsersTable}
        AND EXISTS (SELECT FROM pg_inherits i JOIN pg_constraint o ON o.conrelid = i.inhparent AND o.conname = k.conname AND o.contype = k.contype WHERE i.inhrelid = c.oid AND NOT o.convalidated AND coalesce(to_jsonb(o)->>'conenforced', 'true') = 'true')`,
  },
  {
    kind: 'foreign key',
    catalog: 'pg_constraint',
    stage: 'constraint',
    query: `SELECT k.oid, format('%I of %s', k.conname, c.oid::regclass) AS name, ${add} AS sql, -c.relpages AS priority,
        ARRAY(WITH RECURSIVE tree (id) AS (SELECT unnest(ARRAY[c.oid, k.confrelid]) UNION SELECT i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.id) SELECT id FROM tree) AS tables,
        ARRAY(SELECT o.oid FROM pg_constraint o WHERE o.conindid = k.conindid AND o.contype IN ('p', 'u')) AS after
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype = 'f' AND k.conparentid = 0 AND ${isUsersTable}`,
  },
]
