/** Whether all of the text is as the pattern says; `*` stands for any characters, none too. */
export function matchesWildcard(pattern: string, text: string, ignoreCase = false): boolean {
  const source = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${source.join('.*')}$`, ignoreCase ? 'is' : 's').test(text)
}
