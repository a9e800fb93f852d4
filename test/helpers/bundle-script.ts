import { basename, join } from 'node:path'
import { rolldown } from 'rolldown'
import { repositoryRoot } from './paths.js'
import { once, runDir, takeNote } from './test-run.js'

/**
 * TypeScript, with the sources it imports, made into something that a process of its own can run at once.
 *
 * @param file absolute path
 * @returns absolute path of a module
 */
export function bundleScript(file: string): Promise<string> {
  const name = basename(file, '.ts')
  return once(`bundle-${name}`, async () => {
    const dir = join(repositoryRoot, 'dist', basename(runDir())) // inside of the package, which the sources ask for its version
    takeNote({ kind: 'remove-dir', path: dir })
    const bundle = await rolldown({
      input: { [name]: file, 'query-process': join(repositoryRoot, 'src/databases/sqlite/query-process.js') },
      platform: 'node',
      external: /^[^./]/,
    })
    await bundle.write({ dir: join(dir, name), entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' })
    await bundle.close()
    return join(dir, name, `${name}.mjs`)
  })
}
