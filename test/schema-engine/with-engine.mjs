#!/usr/bin/env node
// Runs a command so that Prisma finds a schema engine: `node test/schema-engine/with-engine.mjs prisma migrate status`.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { engineEnvironment, quietEnvironment } from './engine-environment.mjs'

const [command, ...args] = process.argv.slice(2)
if (!command) {
  console.error('usage: with-engine.mjs <command> [arguments…]')
  process.exit(2)
}

// Before the command starts: a signal that comes with its first words must not find this process without handlers.
// A terminal sends Ctrl-C to the whole process group; staying alive lets the command decide how it ends.
process.on('SIGINT', () => {})
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP', 'SIGQUIT'])) process.on(signal, () => child.kill(signal))

const prisma = dirname(createRequire(join(process.cwd(), 'package.json')).resolve('prisma/package.json'))
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...quietEnvironment, ...engineEnvironment(prisma) } })

child.on('error', (error) => {
  console.error(`cannot run ${command}: ${error.message}`)
  process.exit(127)
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)))
