/**
 * What a database says of a value that it does not take, without the value: `invalid input syntax for type uuid: "…"`, `value "…" is out of
 * range`. Names stay, but for those in the quotes of other languages: there nothing tells the two apart.
 */
export function hideValues(message: string): string {
  return message
    .replace(/\s?: ?"[\s\S]*"$/, '')
    .replace(/ ?"[\s\S]*"(?= is out of range| is not a valid| not recognized)| ?"\s*[-+.\d][\s\S]*"/, '')
    .replace(/\s?:?\s?[«»„“][\s\S]*[«»“”]/, '')
    .trim()
}
