// Run by lock.test.ts in a process of its own: `<database> <url>`. Takes the run lock, prints it, and holds it.
import { databases } from '../../src/databases/index.js'

const [id, url = ''] = process.argv.slice(2)
const database = databases.find((one) => one.id === id)
if (database === undefined) throw new Error(`no database "${id}"`)
const held = await database.lock(database.readTarget(url, { fileBase: '/', root: '/' }), 0)
console.log(JSON.stringify(held))
setInterval(() => held, 1000)
