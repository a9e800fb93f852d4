import { defineConfig } from 'rolldown'

// A few files instead of hundreds: finding and reading modules was most of what a command cost before it began. Types are tsc's.
export default defineConfig({
  input: {
    'cli/main': 'src/cli/main.ts',
    index: 'src/index.ts',
    // A process of its own, found beside the chunk that starts it.
    'chunks/query-process': 'src/databases/sqlite/query-process.js',
  },
  platform: 'node',
  external: /^[^./]/,
  output: { dir: 'dist', sourcemap: true, chunkFileNames: 'chunks/[name].js' },
})
