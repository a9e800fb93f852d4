import fs from 'node:fs'
import { join } from 'node:path'

const OF_A_RUNNING_SERVER = /^(?:postmaster\.pid|\.s\.PGSQL\..*)$/

/**
 * Makes one folder the same as another, with owners and times. What has not changed, by size and time, is left as it is; or linked to the
 * same in a third one, which nobody may write to then.
 *
 * @param {string} from @param {string} to @param {string | null} [same]
 */
export function mirror(from, to, same = null) {
  const { mode, uid, gid } = fs.statSync(from)
  if (!fs.existsSync(to)) {
    fs.mkdirSync(to, { mode })
    fs.chownSync(to, uid, gid)
  }
  const entries = fs.readdirSync(from, { withFileTypes: true }).filter(({ name }) => !OF_A_RUNNING_SERVER.test(name))
  const names = new Set(entries.map(({ name }) => name))
  for (const name of fs.readdirSync(to)) if (!names.has(name)) fs.rmSync(join(to, name), { recursive: true })
  for (const entry of entries) {
    const [source, target, known] = [join(from, entry.name), join(to, entry.name), same === null ? null : join(same, entry.name)]
    if (entry.isDirectory()) mirror(source, target, known !== null && fs.existsSync(known) ? known : null)
    else if (entry.isFile()) mirrorFile(source, target, known)
  }
}

/** @param {string} source @param {string} target @param {string | null} known */
function mirrorFile(source, target, known) {
  const wanted = fs.statSync(source)
  const isSame = (/** @type {string} */ file) => {
    const found = fs.statSync(file, { throwIfNoEntry: false })
    return found !== undefined && found.size === wanted.size && Math.abs(found.mtimeMs - wanted.mtimeMs) < 0.01
  }
  if (isSame(target)) return
  fs.rmSync(target, { force: true })
  if (known !== null && isSame(known)) return fs.linkSync(known, target)
  fs.copyFileSync(source, target)
  fs.chownSync(target, wanted.uid, wanted.gid)
  fs.utimesSync(target, wanted.atimeMs / 1000, wanted.mtimeMs / 1000)
}
