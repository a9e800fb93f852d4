/** SQL condition: the schema is not the server's own. The prefix `pg_` is reserved. https://www.postgresql.org/docs/current/ddl-schemas.html */
export function isUserSchema(expression: string): string {
  return `(${expression} !~ '^pg_' AND ${expression} <> 'information_schema')`
}

/** SQL: array of the names of those columns of `relation` whose numbers are in the array `numbers`, in its order. */
export function columnNames(relation: string, numbers: string): string {
  return `ARRAY(SELECT a.attname FROM unnest(${numbers}) WITH ORDINALITY AS k(number, position)
         JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.number ORDER BY k.position)`
}

/** SQL condition: the object does not belong to an extension, which is listed itself. */
export function isNotOfExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`
}
