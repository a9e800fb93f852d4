import { resolve } from 'node:path'

/**
 * The file that a `file:` URL names. Prisma starts the engine in the folder that relative paths are relative to: that
 * of the schema in Prisma 6, that of the configuration in Prisma 7.
 *
 * @param {string} url
 * @returns {string} absolute path, or ":memory:"
 */
export function databaseFile(url) {
  const path = url.replace(/^(file:|sqlite:)(\/\/(?=\/))?/, '').replace(/\?.*$/s, '')
  return path === ':memory:' ? path : resolve(path)
}
