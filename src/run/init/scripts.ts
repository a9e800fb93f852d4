import path from 'node:path'
import { findObject } from './json-object.js'
import { type InitContext, lineEndOf, type PlannedFile, planFile } from './planned-file.js'

/** The scripts that people and pipelines call. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  'db:migrate': 'safe-migrate dev',
  'db:migrate-deploy': 'safe-migrate deploy',
  'db:check': 'safe-migrate check',
  'db:plan': 'safe-migrate plan',
  'db:status': 'safe-migrate status',
  'db:snapshot': 'safe-migrate snapshot create',
  'db:restore': 'safe-migrate restore',
}

/** Adds the scripts that are not there; never changes one that is. Everything else stays to the byte. */
export function planScripts(context: InitContext, existing: Readonly<Record<string, string>>): PlannedFile {
  return planFile(context, path.join(context.root, 'package.json'), (before) => {
    const missing = Object.entries(SCRIPTS).filter(([name]) => !Object.hasOwn(existing, name))
    return { after: addScripts(before ?? '{}\n', missing), notes: [...keptNotes(existing), ...bypassNotes(existing)] }
  })
}

function keptNotes(existing: Readonly<Record<string, string>>): string[] {
  return Object.entries(SCRIPTS).flatMap(([name, command]) => {
    const now = existing[name]
    if (now === undefined || now.includes(command) || /\bsafe-migrate\b/.test(now)) return []
    return [`The script ${name} stays as it is (${now}). To have it checked: "${name}": "${command}"`]
  })
}

/** Scripts that migrate past safe-migrate. */
function bypassNotes(existing: Readonly<Record<string, string>>): string[] {
  return Object.entries(existing).flatMap(([name, command]) => {
    const verb = Object.hasOwn(SCRIPTS, name) ? undefined : /\bprisma migrate (dev|deploy)\b/.exec(command)?.[1]
    return verb === undefined ? [] : [`The script ${name} runs prisma migrate ${verb} by itself; safe-migrate ${verb} takes its place.`]
  })
}

function addScripts(json: string, missing: readonly (readonly [string, string])[]): string {
  if (missing.length === 0) return json
  const end = lineEndOf(json)
  const unit = /^([ \t]+)"/m.exec(json)?.[1] ?? '  '
  const members = missing.map(([name, command]) => `${JSON.stringify(name)}: ${JSON.stringify(command)}`)
  const scripts = findObject(json, 'scripts')
  if (scripts !== null) return insertMembers(json, scripts, members, unit, 2)
  const whole = findObject(json, null)
  if (whole === null) return json
  const body = members.map((member) => `${unit}${unit}${member}`).join(`,${end}`)
  return insertMembers(json, whole, [`"scripts": {${end}${body}${end}${unit}}`], unit, 1)
}

function insertMembers(
  json: string,
  span: NonNullable<ReturnType<typeof findObject>>,
  members: readonly string[],
  unit: string,
  depth: number,
) {
  const end = lineEndOf(json)
  const { open, close, lastEnd } = span
  const isOneLine = lastEnd !== null && !json.slice(open, close).includes('\n')
  const before = isOneLine ? ' ' : end + unit.repeat(depth)
  const added = members.map((member) => before + member).join(',')
  if (lastEnd !== null) return `${json.slice(0, lastEnd)},${added}${json.slice(lastEnd)}`
  return `${json.slice(0, open + 1)}${added}${end}${unit.repeat(depth - 1)}${json.slice(close)}`
}
