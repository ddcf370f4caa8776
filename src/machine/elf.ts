// Loader of static ELF32 little-endian RISC-V executables. The file is not trusted to be well formed: every offset is
// checked against its length, and nothing is allocated by a size that the file only claims.
// Layout: "System V ABI, generic ABI", chapters 4 and 5; EM_RISCV and mapping symbols: "RISC-V ELF psABI" 1.0.

import { WispError } from '../core/errors.ts';
import { ADDRESS_LIMIT } from '../core/isa.ts';

export type ElfErrorCode =
  | 'elf_not_elf'
  | 'elf_class'
  | 'elf_machine'
  | 'elf_type'
  | 'elf_truncated'
  | 'elf_malformed'
  | 'elf_overlap'
  | 'elf_address'
  | 'elf_entry'
  | 'elf_too_large';

export class ElfError extends WispError {
  declare readonly code: ElfErrorCode;

  constructor(code: ElfErrorCode, message: string) {
    super(code, message);
  }
}

export interface Segment {
  readonly addr: number;
  readonly memSize: number;
  /** File content; the rest up to memSize is zero. */
  readonly data: Uint8Array;
  readonly executable: boolean;
  readonly writable: boolean;
}

export interface ElfSymbol {
  readonly addr: number;
  readonly size: number;
  readonly name: string;
}

/** Bytes [start, end) of the address space. */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

export interface Elf {
  readonly entry: number;
  /** Loadable segments by ascending address, disjoint. */
  readonly segments: readonly Segment[];
  /** Where instructions are: executable sections if the file lists sections, else whole executable segments. */
  readonly code: readonly AddressRange[];
  /** Stores there are refused: code, and segments that are executable but not writable. */
  readonly readOnly: readonly AddressRange[];
  /** Addresses that start an instruction whatever precedes them (labels in code), ascending. */
  readonly anchors: readonly number[];
  /** Parts of code that mapping symbols mark as data, ascending. */
  readonly codeData: readonly AddressRange[];
  /** Named code and data symbols, by ascending address. */
  readonly symbols: readonly ElfSymbol[];
  /** Initial memory: word addresses (byte address >> 2), strictly ascending, and their values. */
  readonly image: { readonly addr: Uint32Array; readonly value: Uint32Array };
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const PF_X = 1;
const PF_W = 2;
const SHT_PROGBITS = 1;
const SHT_SYMTAB = 2;
const SHF_ALLOC_EXEC = 2 | 4;
const STT_SECTION = 3;
const STT_FILE = 4;
const SHN_ABS = 0xfff1;
/** Bound on the initial memory image, in bytes: 2^24 words is more than one proof's tables hold. */
const MAX_IMAGE_BYTES = 2 ** 26;
const MAX_NAME_BYTES = 512;

interface Section {
  readonly type: number;
  readonly flags: number;
  readonly addr: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

const hex = (n: number): string => `0x${n.toString(16)}`;

/** Parses an executable; throws `ElfError`. */
export function loadElf(bytes: Uint8Array): Elf {
  if (bytes.length < 4 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    throw new ElfError('elf_not_elf', 'not an ELF file: the magic bytes 7f 45 4c 46 are missing');
  }
  if (bytes.length < 52) throw new ElfError('elf_truncated', `ELF header needs 52 bytes, the file has ${bytes.length}`);
  if (bytes[4] === 2) throw new ElfError('elf_class', '64-bit ELF: build for riscv32imac, not riscv64');
  if (bytes[4] !== 1) throw new ElfError('elf_class', `unknown ELF class ${bytes[4]}`);
  if (bytes[5] !== 1) throw new ElfError('elf_class', 'big-endian ELF: a little-endian one is needed');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine = view.getUint16(18, true);
  if (machine !== 243) throw new ElfError('elf_machine', `ELF machine ${machine}: expected 243 (RISC-V)`);
  const type = view.getUint16(16, true);
  if (type !== 2) {
    throw new ElfError('elf_type', `ELF type ${type}: expected 2, a static executable (no PIE, object or library)`);
  }

  const segments = readSegments(bytes, view);
  const sections = readSections(bytes, view);
  const code = codeRanges(segments, sections);
  const entry = view.getUint32(24, true);
  if (entry % 2 !== 0 || !code.some((r) => entry >= r.start && entry < r.end)) {
    throw new ElfError('elf_entry', `the entry point ${hex(entry)} is not in executable code`);
  }
  const readOnly = [
    ...code,
    ...segments.filter((s) => s.executable && !s.writable).map((s) => ({ start: s.addr, end: s.addr + s.memSize })),
  ];
  return { entry, segments, code, readOnly, ...readSymbols(bytes, view, sections, code), image: buildImage(segments) };
}

/** Rows of a table in the file, as byte offsets, after checking that all of it is there. */
function tableRows(
  bytes: Uint8Array,
  what: string,
  offset: number,
  count: number,
  size: number,
  min: number,
): number[] {
  if (count === 0) return [];
  if (size < min) throw new ElfError('elf_malformed', `${what} entries of ${size} bytes: at least ${min} expected`);
  if (offset + count * size > bytes.length) {
    throw new ElfError(
      'elf_truncated',
      `${what} at ${hex(offset)} ends past the end of the file (${bytes.length} bytes)`,
    );
  }
  return Array.from({ length: count }, (_, i) => offset + i * size);
}

function readSegments(bytes: Uint8Array, view: DataView): Segment[] {
  const u16 = (at: number): number => view.getUint16(at, true);
  const u32 = (at: number): number => view.getUint32(at, true);
  const segments: Segment[] = [];
  let total = 0;
  for (const row of tableRows(bytes, 'program header table', u32(28), u16(44), u16(42), 32)) {
    const type = u32(row);
    if (type === PT_DYNAMIC || type === PT_INTERP) {
      throw new ElfError('elf_type', 'dynamically linked ELF: link statically');
    }
    const [offset, addr, fileSize, memSize, flags] = [4, 8, 16, 20, 24].map((o) => u32(row + o)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (type !== PT_LOAD || memSize === 0) continue;
    const at = `segment at ${hex(addr)}`;
    if (offset + fileSize > bytes.length) {
      throw new ElfError('elf_truncated', `${at}: its ${fileSize} bytes end past the end of the file`);
    }
    if (fileSize > memSize)
      throw new ElfError('elf_malformed', `${at}: file size ${fileSize} above ${memSize} in memory`);
    if (addr + memSize > ADDRESS_LIMIT) {
      throw new ElfError('elf_address', `${at}: its ${memSize} bytes reach ${hex(ADDRESS_LIMIT)} or beyond`);
    }
    total += fileSize;
    if (total > MAX_IMAGE_BYTES) {
      throw new ElfError('elf_too_large', `loadable content above ${MAX_IMAGE_BYTES} bytes`);
    }
    const data = bytes.subarray(offset, offset + fileSize);
    segments.push({ addr, memSize, data, executable: (flags & PF_X) !== 0, writable: (flags & PF_W) !== 0 });
  }
  segments.sort((a, b) => a.addr - b.addr);
  for (let i = 1; i < segments.length; i++) {
    const [before, after] = [segments[i - 1]!, segments[i]!];
    if (before.addr + before.memSize > after.addr) {
      throw new ElfError('elf_overlap', `segments at ${hex(before.addr)} and ${hex(after.addr)} overlap`);
    }
  }
  return segments;
}

function readSections(bytes: Uint8Array, view: DataView): Section[] {
  const u32 = (at: number): number => view.getUint32(at, true);
  const offset = u32(32);
  if (offset === 0) return [];
  const rows = tableRows(bytes, 'section header table', offset, view.getUint16(48, true), view.getUint16(46, true), 40);
  return rows.map((row) => ({
    type: u32(row + 4),
    flags: u32(row + 8),
    addr: u32(row + 12),
    offset: u32(row + 16),
    size: u32(row + 20),
    link: u32(row + 24),
  }));
}

/** Executable sections cut to the file content of executable segments; without sections, those segments whole. */
function codeRanges(segments: readonly Segment[], sections: readonly Section[]): AddressRange[] {
  const executable = sections.filter((s) => s.type === SHT_PROGBITS && (s.flags & SHF_ALLOC_EXEC) === SHF_ALLOC_EXEC);
  const whole: AddressRange[] = [];
  const named: AddressRange[] = [];
  for (const segment of segments) {
    const end = segment.addr + segment.data.length;
    if (!segment.executable || end === segment.addr) continue;
    whole.push({ start: segment.addr, end });
    // Adjoining sections of a segment are one range: code may run from one into the next.
    let last: { start: number; end: number } | undefined;
    for (const s of executable.toSorted((a, b) => a.addr - b.addr)) {
      const part = { start: Math.max(s.addr, segment.addr), end: Math.min(s.addr + s.size, end) };
      if (part.start >= part.end) continue;
      if (last && part.start <= last.end) last.end = Math.max(last.end, part.end);
      else {
        last = part;
        named.push(part);
      }
    }
  }
  return named.length > 0 ? named : whole;
}

function readSymbols(
  bytes: Uint8Array,
  view: DataView,
  sections: readonly Section[],
  code: readonly AddressRange[],
): Pick<Elf, 'anchors' | 'codeData' | 'symbols'> {
  const symbols: ElfSymbol[] = [];
  const anchors = new Set<number>();
  /** Mapping symbols: address and whether data ($d) or code ($x) starts there. */
  const mapping: { addr: number; data: boolean }[] = [];
  const table = sections.find((s) => s.type === SHT_SYMTAB);
  const strings = table && sections[table.link];
  if (table && strings) {
    if (strings.offset + strings.size > bytes.length) {
      throw new ElfError('elf_truncated', 'the symbol name table ends past the end of the file');
    }
    const names = bytes.subarray(strings.offset, strings.offset + strings.size);
    for (const row of tableRows(bytes, 'symbol table', table.offset, Math.floor(table.size / 16), 16, 16)) {
      const section = view.getUint16(row + 14, true);
      const type = view.getUint8(row + 12) & 15;
      if (section === 0 || section === SHN_ABS || type === STT_SECTION || type === STT_FILE) continue;
      const addr = view.getUint32(row + 4, true);
      const name = readName(names, view.getUint32(row, true));
      const inCode = code.some((r) => addr >= r.start && addr < r.end);
      if (/^\$[dx]/.test(name)) {
        if (inCode) mapping.push({ addr, data: name[1] === 'd' });
        continue;
      }
      if (inCode && addr % 2 === 0) anchors.add(addr);
      if (name !== '' && !name.startsWith('.L')) symbols.push({ addr, size: view.getUint32(row + 8, true), name });
    }
  }
  symbols.sort((a, b) => a.addr - b.addr || b.size - a.size);
  mapping.sort((a, b) => a.addr - b.addr || Number(a.data) - Number(b.data));
  const codeData: AddressRange[] = [];
  for (const [i, m] of mapping.entries()) {
    if (!m.data) {
      if (m.addr % 2 === 0) anchors.add(m.addr);
      continue;
    }
    const next = mapping[i + 1]?.addr ?? Number.POSITIVE_INFINITY;
    const end = Math.min(next, code.find((r) => m.addr < r.end)?.end ?? m.addr);
    if (end > m.addr) codeData.push({ start: m.addr, end });
  }
  return { anchors: [...anchors].sort((a, b) => a - b), codeData, symbols };
}

/** A NUL-terminated name, kept to printable ASCII and a bounded length: it goes into one-line messages. */
function readName(names: Uint8Array, offset: number): string {
  let text = '';
  for (let i = offset; i < names.length && i < offset + MAX_NAME_BYTES && names[i] !== 0; i++) {
    const c = names[i]!;
    text += c > 0x20 && c < 0x7f ? String.fromCharCode(c) : '?';
  }
  return text;
}

/** Words with any byte of file content; bytes that no segment gives are zero. */
function buildImage(segments: readonly Segment[]): Elf['image'] {
  let bound = 0;
  for (const s of segments) bound += s.data.length === 0 ? 0 : (s.data.length >>> 2) + 2;
  const addr = new Uint32Array(bound);
  const value = new Uint32Array(bound);
  let n = 0;
  for (const { addr: base, data } of segments) {
    for (let i = 0; i < data.length; i++) {
      const at = base + i;
      const word = Math.floor(at / 4);
      if (n === 0 || addr[n - 1] !== word) addr[n++] = word;
      value[n - 1] = value[n - 1]! | (data[i]! << (8 * (at & 3)));
    }
  }
  return { addr: addr.slice(0, n), value: value.slice(0, n) };
}

/** `name+0x12` of the nearest symbol at or below the address, or undefined. */
export function symbolAt(elf: Elf, addr: number): string | undefined {
  let lo = 0;
  let hi = elf.symbols.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (elf.symbols[mid]!.addr <= addr) lo = mid + 1;
    else hi = mid;
  }
  const found = elf.symbols[lo - 1];
  if (!found) return undefined;
  // Of several names for one address, the first sorted one covers the most.
  let first = lo - 1;
  while (first > 0 && elf.symbols[first - 1]!.addr === found.addr) first--;
  const { name, addr: base } = elf.symbols[first]!;
  return addr === base ? name : `${name}+0x${(addr - base).toString(16)}`;
}
