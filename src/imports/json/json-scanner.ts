/** A row of a table in a JSON file, as it is written. */
export interface ScannedRow {
  readonly table: string
  /** Where it begins, from 1. */
  readonly line: number
  readonly json: string
}

type Mode = 'start' | 'name' | 'colon' | 'value' | 'element' | 'end'

/** Reads `{ "metadata": …, "data": { "User": [ row, … ] } }` piece by piece, however it is laid out; never more than one row is held. */
export class JsonScanner {
  readonly rows: ScannedRow[] = []
  readonly tables: string[] = []
  metadata: string | null = null
  #mode: Mode = 'start'
  /** 1: in the whole object, 2: in `data`. */
  #level = 0
  #name = ''
  #table = ''
  #line = 1
  #held: { parts: string[]; line: number; depth: number; inText: boolean; escaped: boolean } | null = null

  /** @throws RangeError with the line where it is not such JSON */
  feed(text: string): void {
    let at = 0
    while (at < text.length) at = this.#held === null ? this.#step(text, at) : this.#capture(text, at)
  }

  finish(): void {
    if (this.#mode !== 'end') throw new RangeError(`line ${this.#line}: the file ends in the middle`)
  }

  #step(text: string, at: number): number {
    const one = text[at] ?? ''
    if (one === '\n') this.#line++
    if (one === '\n' || one === ' ' || one === '\t' || one === '\r' || (at === 0 && one === '\uFEFF')) return at + 1
    if (one === ',' && (this.#mode === 'name' || this.#mode === 'element')) return at + 1
    switch (this.#mode) {
      case 'start':
        return this.#enter(one, '{', 'name', at)
      case 'name':
        return one === '}' ? this.#leave(at) : one === '"' ? this.#begin(at) : this.#refuse('a name')
      case 'colon':
        return one === ':' ? this.#go('value', at + 1) : this.#refuse('":"')
      case 'value':
        if (this.#level === 2) {
          this.tables.push(this.#name)
          this.#table = this.#name
          return one === '[' ? this.#go('element', at + 1) : this.#refuse('a list of rows')
        }
        return this.#name === 'data' ? this.#enter(one, '{', 'name', at) : this.#begin(at)
      case 'element':
        return one === ']' ? this.#go('name', at + 1) : one === '{' ? this.#begin(at) : this.#refuse('a row, which is an object')
      case 'end':
        return this.#refuse('nothing more')
    }
  }

  #go(mode: Mode, at: number): number {
    this.#mode = mode
    return at
  }

  #enter(one: string, wanted: string, mode: Mode, at: number): number {
    if (one !== wanted) return this.#refuse(`"${wanted}"`)
    this.#level++
    return this.#go(mode, at + 1)
  }

  #leave(at: number): number {
    this.#level--
    return this.#go(this.#level === 0 ? 'end' : 'name', at + 1)
  }

  #begin(at: number): number {
    this.#held = { parts: [], line: this.#line, depth: 0, inText: false, escaped: false }
    return at
  }

  #capture(text: string, from: number): number {
    const held = this.#held
    if (held === null) return from
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === 10) this.#line++
      if (held.inText) {
        if (held.escaped) held.escaped = false
        else if (code === 92) held.escaped = true
        else if (code === 34) {
          held.inText = false
          if (held.depth === 0) return this.#end(text, from, at + 1)
        }
      } else if (code === 34) held.inText = true
      else if (code === 123 || code === 91) held.depth++
      else if (code === 125 || code === 93) {
        // The end of what a number or a word is in.
        if (held.depth === 0) return this.#end(text, from, at)
        held.depth--
        if (held.depth === 0) return this.#end(text, from, at + 1)
      } else if (held.depth === 0 && code === 44) return this.#end(text, from, at)
    }
    held.parts.push(text.slice(from))
    return text.length
  }

  #end(text: string, from: number, to: number): number {
    const held = this.#held
    if (held === null) return to
    const json = [...held.parts, text.slice(from, to)].join('')
    this.#held = null
    if (this.#mode === 'element') this.rows.push({ table: this.#table, line: held.line, json })
    else if (this.#mode === 'name') {
      this.#name = String(JSON.parse(json))
      this.#mode = 'colon'
    } else {
      if (this.#name === 'metadata') this.metadata = json
      this.#mode = 'name'
    }
    return to
  }

  #refuse(wanted: string): never {
    throw new RangeError(`line ${this.#line}: ${wanted} should be here`)
  }
}
