/** The text of an expression or a query in the tree of a PL/pgSQL body; null where there is none. */
export function readQuery(value: unknown): string | null {
  const query = readProperty(readProperty(value, 'PLpgSQL_expr'), 'query')
  return typeof query === 'string' ? query : null
}

/** One property of a node, whatever the node is. */
export function readProperty(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined
}
