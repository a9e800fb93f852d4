import { existsSync } from 'node:fs'
import path from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The environment as Prisma 6 sees it without a prisma.config file: its own, then the root's .env, then the one beside the schema
 * (or in prisma/). What is set already wins. Source: prisma 6, packages/internals/src/utils/getEnvPaths.ts.
 */
export async function readEnvironment(environment: Environment, root: string, schemaPath: string, isFolder: boolean): Promise<Environment> {
  const folder = isFolder ? schemaPath : path.dirname(schemaPath)
  const beside = [path.join(folder, '.env'), path.join(root, 'prisma', '.env')].find((file) => existsSync(file))
  const files = [...new Set([path.join(root, '.env'), ...(beside ? [beside] : [])])].filter((file) => existsSync(file))
  if (files.length === 0) return environment
  const { loadDotenv } = await import('c12')
  let merged: Record<string, string | undefined> = { ...environment }
  for (const file of files) {
    const loaded: Record<string, string | undefined> = await loadDotenv({
      cwd: path.dirname(file),
      fileName: path.basename(file),
      interpolate: true,
      env: { ...merged } as Record<string, string>,
    })
    merged = { ...loaded, ...merged }
  }
  return merged
}
