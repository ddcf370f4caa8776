// Writes ELF32 RISC-V executables for tests.

export interface ElfSegmentSpec {
  readonly addr: number;
  readonly bytes: Uint8Array;
  /** Default: the length of bytes. */
  readonly memSize?: number;
  readonly executable?: boolean;
  readonly writable?: boolean;
}

export interface ElfSpec {
  readonly entry: number;
  readonly segments: readonly ElfSegmentSpec[];
  /** Symbols, all global, in the text section. Makes the file carry section headers. */
  readonly symbols?: readonly { readonly name: string; readonly addr: number }[];
  /** Places segments in the file as an operating system's page mapping needs it; default false. */
  readonly pageAligned?: boolean;
}

/** Default address of code given as bare words. */
export const TEXT_BASE = 0x10000;

export function bytesOfWords(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (const [i, w] of words.entries()) view.setUint32(4 * i, w >>> 0, true);
  return bytes;
}

/** An executable of the given segments, or of bare code words at TEXT_BASE with its entry at the first. */
export function makeElf(content: readonly number[] | ElfSpec): Uint8Array {
  const spec: ElfSpec = Array.isArray(content)
    ? { entry: TEXT_BASE, segments: [{ addr: TEXT_BASE, bytes: bytesOfWords(content), executable: true }] }
    : (content as ElfSpec);
  const { segments, symbols } = spec;
  const names = (symbols ?? []).map((s) => new TextEncoder().encode(`${s.name}\0`));
  const stringBytes = 1 + names.reduce((n, b) => n + b.length, 0);
  const dataAt = 52 + 32 * segments.length;
  let symAt = dataAt;
  const offsets = segments.map((s) => {
    if (spec.pageAligned) symAt += (s.addr - symAt) & 0xfff;
    symAt += s.bytes.length;
    return symAt - s.bytes.length;
  });
  const strAt = symAt + 16 * (names.length + 1);
  const sectionsAt = strAt + stringBytes;
  const texts = segments.filter((s) => s.executable);
  const nSections = texts.length + 3;
  const file = new Uint8Array(symbols ? sectionsAt + 40 * nSections : symAt);
  const view = new DataView(file.buffer);
  const words = (at: number, values: readonly number[]): void => {
    for (const [i, v] of values.entries()) view.setUint32(at + 4 * i, v >>> 0, true);
  };
  const halves = (at: number, values: readonly number[]): void => {
    for (const [i, v] of values.entries()) view.setUint16(at + 2 * i, v, true);
  };

  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  halves(16, [2, 243]);
  words(20, [1, spec.entry, 52, symbols ? sectionsAt : 0, 1]);
  halves(40, [52, 32, segments.length, 40, symbols ? nSections : 0, 0]);
  for (const [i, s] of segments.entries()) {
    const flags = 4 | (s.executable ? 1 : 0) | (s.writable ? 2 : 0);
    const align = spec.pageAligned ? 4096 : 4;
    words(52 + 32 * i, [1, offsets[i]!, s.addr, s.addr, s.bytes.length, s.memSize ?? s.bytes.length, flags, align]);
    file.set(s.bytes, offsets[i]!);
  }
  if (!symbols) return file;

  let nameAt = 1;
  for (const [i, name] of names.entries()) {
    const row = symAt + 16 * (i + 1);
    words(row, [nameAt, symbols[i]!.addr, 0]);
    file[row + 12] = 0x10;
    halves(row + 14, [1]);
    file.set(name, strAt + nameAt);
    nameAt += name.length;
  }
  // Section rows: name, type, flags, address, offset, size, link, info, alignment, entry size.
  for (const [i, s] of texts.entries()) {
    words(sectionsAt + 40 * (i + 1), [0, 1, 6, s.addr, offsets[segments.indexOf(s)]!, s.bytes.length, 0, 0, 2, 0]);
  }
  words(sectionsAt + 40 * (nSections - 2), [0, 2, 0, 0, symAt, strAt - symAt, nSections - 1, 1, 4, 16]);
  words(sectionsAt + 40 * (nSections - 1), [0, 3, 0, 0, strAt, stringBytes, 0, 0, 1, 0]);
  return file;
}
