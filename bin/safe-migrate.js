#!/usr/bin/env node
import module from 'node:module'

module.enableCompileCache?.() // Node.js 22
import('../dist/cli/main.js').then(({ main }) => main(process.argv.slice(2)))
