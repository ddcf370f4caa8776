// Rust's symbol names for people: the legacy scheme, and v0 (RFC 2603). Names of other kinds stay as they are.

/** The name without hashes; the name itself where it is not mangled, or not as it should be. */
export function demangle(name: string): string {
  if (name.startsWith('_ZN')) return demangleLegacy(name) ?? name;
  if (name.startsWith('_R')) return demangleV0(name) ?? name;
  return name;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ SP: '@', BP: '*', RF: '&', LT: '<', GT: '>', LP: '(', RP: ')', C: ',' },
};

function demangleLegacy(name: string): string | undefined {
  const parts: string[] = [];
  let at = 3;
  while (name[at] !== 'E') {
    const digits = /^\d{1,4}/.exec(name.slice(at, at + 4))?.[0];
    if (digits === undefined) return undefined;
    at += digits.length;
    const part = name.slice(at, at + Number(digits));
    if (part.length < Number(digits)) return undefined;
    parts.push(part);
    at += part.length;
  }
  if (/^h[0-9a-f]{16}$/.test(parts.at(-1) ?? '')) parts.pop();
  return parts.map(unescapePart).join('::') || undefined;
}

const unescapePart = (part: string): string =>
  part
    .replace(/^_(?=\$)/, '')
    .replaceAll(/\$(\w+?)\$/g, (whole, code: string) => {
      if (/^u[0-9a-f]{1,6}$/.test(code)) return codePoint(Number.parseInt(code.slice(1), 16)) ?? whole;
      return ESCAPES[code] ?? whole;
    })
    .replaceAll('..', '::');

const codePoint = (code: number): string | undefined => (code <= 0x10ffff ? String.fromCodePoint(code) : undefined);

const BASIC: Readonly<Record<string, string>> = {
  ...{ a: 'i8', b: 'bool', c: 'char', d: 'f64', e: 'str', f: 'f32', h: 'u8', i: 'isize', j: 'usize', l: 'i32' },
  ...{ m: 'u32', n: 'i128', o: 'u128', s: 'i16', t: 'u16', u: '()', v: '...', x: 'i64', y: 'u64', z: '!', p: '_' },
};

/** A name that does not follow the scheme; caught at its border. */
class Malformed extends Error {}

/** Backward references may double a name's length at each step. */
const MAX_DEPTH = 64;
const MAX_STEPS = 4096;

function demangleV0(name: string): string | undefined {
  try {
    return new V0(name.slice(2)).path(0) || undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class V0 {
  readonly #text: string;
  #at = 0;
  #steps = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #next(): string {
    const c = this.#text[this.#at++];
    if (c === undefined) throw new Malformed();
    return c;
  }

  #take(c: string): boolean {
    if (this.#text[this.#at] !== c) return false;
    this.#at++;
    return true;
  }

  #base62(): number {
    if (this.#take('_')) return 0;
    let value = 0;
    for (let c = this.#next(); c !== '_'; c = this.#next()) {
      const digit = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(c);
      if (digit < 0) throw new Malformed();
      value = value * 62 + digit;
    }
    return value + 1;
  }

  #disambiguator(): number {
    return this.#take('s') ? this.#base62() + 1 : 0;
  }

  #identifier(): string {
    // Punycode (after u) is shown as it is.
    this.#take('u');
    const digits = /^\d{1,4}/.exec(this.#text.slice(this.#at, this.#at + 4))?.[0];
    if (digits === undefined) throw new Malformed();
    this.#at += digits.length;
    this.#take('_');
    const text = this.#text.slice(this.#at, this.#at + Number(digits));
    if (text.length < Number(digits)) throw new Malformed();
    this.#at += text.length;
    return text;
  }

  /** What an earlier position says. */
  #back(read: () => string): string {
    const start = this.#at - 1;
    const to = this.#base62();
    if (to >= start) throw new Malformed();
    const here = this.#at;
    this.#at = to;
    const text = read();
    this.#at = here;
    return text;
  }

  #bound(depth: number): number {
    if (depth > MAX_DEPTH || ++this.#steps > MAX_STEPS) throw new Malformed();
    return depth + 1;
  }

  path(outer: number): string {
    const depth = this.#bound(outer);
    switch (this.#next()) {
      case 'C':
        this.#disambiguator();
        return this.#identifier();
      case 'M':
        this.#disambiguator();
        this.path(depth);
        return `<${this.#type(depth)}>`;
      case 'X':
        this.#disambiguator();
        this.path(depth);
        return `<${this.#type(depth)} as ${this.path(depth)}>`;
      case 'Y':
        return `<${this.#type(depth)} as ${this.path(depth)}>`;
      case 'N': {
        const space = this.#next();
        const parent = this.path(depth);
        const number = this.#disambiguator();
        const own = this.#identifier();
        if (space === 'C') return `${parent}::{closure#${number}}`;
        return own === '' ? parent : `${parent}::${own}`;
      }
      case 'I':
        return `${this.path(depth)}<${this.#list(() => this.#argument(depth)).join(', ')}>`;
      case 'B':
        return this.#back(() => this.path(depth));
      default:
        throw new Malformed();
    }
  }

  #list(read: () => string): string[] {
    const items: string[] = [];
    while (!this.#take('E')) items.push(read());
    return items;
  }

  #argument(depth: number): string {
    if (this.#take('L')) {
      this.#base62();
      return "'_";
    }
    return this.#take('K') ? this.#constant(depth) : this.#type(depth);
  }

  #constant(outer: number): string {
    const depth = this.#bound(outer);
    if (this.#take('B')) return this.#back(() => this.#constant(depth));
    if (this.#take('p')) return '_';
    this.#type(depth);
    const sign = this.#take('n') ? '-' : '';
    let digits = '';
    for (let c = this.#next(); c !== '_'; c = this.#next()) digits += c;
    if (!/^[0-9a-f]*$/.test(digits)) throw new Malformed();
    return digits.length > 13 ? `${sign}0x${digits}` : `${sign}${Number.parseInt(digits || '0', 16)}`;
  }

  #type(outer: number): string {
    const depth = this.#bound(outer);
    const tag = this.#next();
    const basic = BASIC[tag];
    if (basic !== undefined) return basic;
    switch (tag) {
      case 'A':
        return `[${this.#type(depth)}; ${this.#constant(depth)}]`;
      case 'S':
        return `[${this.#type(depth)}]`;
      case 'T':
        return `(${this.#list(() => this.#type(depth)).join(', ')})`;
      case 'R':
      case 'Q':
        if (this.#take('L')) this.#base62();
        return `${tag === 'R' ? '&' : '&mut '}${this.#type(depth)}`;
      case 'P':
      case 'O':
        return `${tag === 'P' ? '*const ' : '*mut '}${this.#type(depth)}`;
      case 'F':
        return this.#function(depth);
      case 'D':
        return this.#dyn(depth);
      case 'B':
        return this.#back(() => this.#type(depth));
      default:
        this.#at--;
        return this.path(depth);
    }
  }

  #function(depth: number): string {
    if (this.#take('G')) this.#base62();
    this.#take('U');
    if (this.#take('K') && !this.#take('C')) this.#identifier();
    const parameters = this.#list(() => this.#type(depth)).join(', ');
    const result = this.#type(depth);
    return `fn(${parameters})${result === '()' ? '' : ` -> ${result}`}`;
  }

  #dyn(depth: number): string {
    if (this.#take('G')) this.#base62();
    const traits = this.#list(() => {
      let bound = this.path(depth);
      while (this.#take('p')) bound += `<${this.#identifier()} = ${this.#type(depth)}>`;
      return bound;
    });
    if (this.#take('L')) this.#base62();
    return `dyn ${traits.join(' + ')}`;
  }
}
