const NAME = /("(?:[^"]|"")+"|[^.("[]+)((?:\(.*\))?(?:\[\])*)$/

/** `public."Mood"[]` → `Mood`, `geometry(Point,4326)` → `geometry` */
export function bareType(type: string): string {
  const name = NAME.exec(type)?.[1] ?? type
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.trim()
}

/** The same type under another name: `public."Mood_new"[]` → `public."Mood"[]` */
export function renameType(type: string, to: string): string {
  return type.replace(NAME, (_all, _name, rest: string) => `"${to.replaceAll('"', '""')}"${rest}`)
}
