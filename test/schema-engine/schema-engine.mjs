#!/usr/bin/env node
// Speaks the protocol of Prisma's native `schema-engine` over @prisma/schema-engine-wasm, so that the real Prisma CLI
// runs where the native binary cannot be downloaded. engine-environment.mjs says when it is used.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseArguments } from './arguments.mjs'
import { runCommand } from './commands.mjs'
import { log } from './engine-log.mjs'
import { splitsMigrations } from './engine-options.mjs'
import { MigrationRun } from './migration-run.mjs'
import { findPackages } from './packages.mjs'
import { createHandler } from './requests.mjs'
import { serveRequests } from './rpc-server.mjs'

const { schemaFiles, command, ...urls } = parseArguments(process.argv.slice(2), process.env)
const packages = findPackages(
  process.env.TEST_ENGINE_PRISMA_PACKAGE ?? dirname(createRequire(join(process.cwd(), 'x.js')).resolve('prisma/package.json')),
)

/** @param {(text: string) => void} print */
const createContext = (print) => ({
  ...urls,
  packages,
  method: '',
  isOffline: false,
  connections: new Set(),
  run: new MigrationRun(print),
  schemaFiles: schemaFiles.map((file) => /** @type {[string, string]} */ ([file, readFileSync(file, 'utf8')])),
  sendsStatementsOneByOne: splitsMigrations(packages.prismaVersion),
})

process.on('SIGTERM', () => process.exit(0))
process.on('uncaughtException', (error) => {
  log('ERROR', error.message, { is_panic: true, backtrace: error.stack })
  process.exit(101) // what the native engine exits with when it panics
})
if (process.argv[2] === '--version') console.log(`schema-engine-cli ${packages.enginesCommit}`)
else if (command)
  process.exitCode = await runCommand(
    createContext(() => {}),
    command,
  )
else await serveRequests((print) => createHandler(createContext(print)))
process.exit()
