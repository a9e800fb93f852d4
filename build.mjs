// Makes dist, but for the types, which are tsc's: `npm run build`. Says nothing unless something is wrong.
import { rmSync, writeFileSync } from 'node:fs'
import { build } from 'rolldown'
import config from './rolldown.config.mjs'

rmSync('dist', { recursive: true, force: true })
await build(config)
const { reportJsonSchema } = await import('./dist/index.js')
writeFileSync('dist/report.schema.json', JSON.stringify(reportJsonSchema(), null, 2))
