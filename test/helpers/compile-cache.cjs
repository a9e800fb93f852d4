// Node.js 20 has no compile cache: the Prisma CLI spends more than half of its time compiling itself, in every test again. Preloaded
// (`node -r`) this keeps V8's code of every CommonJS file in SAFE_MIGRATE_TEST_COMPILE_CACHE, as `module.enableCompileCache` of Node.js 22.
const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const Module = /** @type {any} */ (require('node:module')) // its loader is not among Node's types
const { dirname, join } = require('node:path')
const vm = require('node:vm')

const folder = process.env.SAFE_MIGRATE_TEST_COMPILE_CACHE ?? ''
/** @type {Map<string, vm.Script>} by the file to write */
const compiled = new Map()

if (folder !== '' && !Module.enableCompileCache) {
  mkdirSync(folder, { recursive: true })
  const compile = Module.prototype._compile
  Module.prototype._compile = function (
    /** @type {string} */ content,
    /** @type {string} */ filename,
    /** @type {string | undefined} */ format,
  ) {
    const script = format === 'module' ? null : load(content, filename)
    if (script === null) return compile.call(this, content, filename, format)
    return script.runInThisContext().call(this.exports, this.exports, requireOf(this), this, filename, dirname(filename))
  }
  process.once('exit', () => {
    for (const [file, script] of compiled) keep(file, script.createCachedData())
  })
}

/** Null for what is to be left to Node.js: ECMAScript modules, and what imports, which code from a cache may not. */
function load(/** @type {string} */ content, /** @type {string} */ filename) {
  if (/\bimport\s*\(/.test(content)) return null
  const text = Module.wrap(content.replace(/^#!.*/, ''))
  const file = join(folder, createHash('sha1').update(filename).update(text).digest('hex'))
  const cachedData = read(file)
  try {
    const script = new vm.Script(text, { filename, cachedData })
    if (!cachedData || script.cachedDataRejected) compiled.set(file, script)
    return script
  } catch {
    return null
  }
}

function keep(/** @type {string} */ file, /** @type {Buffer} */ code) {
  try {
    writeFileSync(`${file}.${process.pid}`, code)
    renameSync(`${file}.${process.pid}`, file)
  } catch {
    // The next command compiles it again.
  }
}

/** What Node.js gives to a module as `require`. */
function requireOf(/** @type {any} */ mod) {
  const resolve = (/** @type {string} */ id, /** @type {any} */ options) => Module._resolveFilename(id, mod, false, options)
  resolve.paths = (/** @type {string} */ id) => Module._resolveLookupPaths(id, mod)
  return Object.assign((/** @type {string} */ id) => mod.require(id), {
    resolve,
    main: process.mainModule,
    extensions: Module._extensions,
    cache: Module._cache,
  })
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}
