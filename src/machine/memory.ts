// Paged word memory. Beside each word stands a mark of its last access: its clock, or only that there was one; 0 = none.

import { ADDRESS_LIMIT } from '../core/isa.ts';

/** Words per page: 2^12, 32 KiB with marks. */
export const PAGE_SHIFT = 12;
export const PAGE_WORDS: number = 1 << PAGE_SHIFT;
const PAGE_MASK: number = PAGE_WORDS - 1;
export const N_PAGES: number = Math.ceil(ADDRESS_LIMIT / 4 / PAGE_WORDS);

/** A page holds its words' values, then their marks. */
export type Page = Uint32Array;

export interface Memory {
  /** By word address >> PAGE_SHIFT: position in pages, 0 = not touched yet. A typed array, as its zeros cost nothing. */
  readonly index: Uint32Array;
  /** Touched pages behind an empty one, in order of their first touch. */
  readonly pages: Page[];
  /** Their numbers: word address >> PAGE_SHIFT. */
  readonly touched: number[];
  /** Zeroed storage of a new page. */
  readonly allocate: (pageNumber: number) => Page;
}

export function createMemory(allocate: Memory['allocate'] = () => new Uint32Array(2 * PAGE_WORDS)): Memory {
  return { index: new Uint32Array(N_PAGES), pages: [new Uint32Array(0)], touched: [], allocate };
}

/** Page of a word address below ADDRESS_LIMIT / 4. */
export function pageOf(memory: Memory, word: number): Page {
  const at = memory.index[word >>> PAGE_SHIFT]!;
  if (at !== 0) return memory.pages[at]!;
  const page = memory.allocate(word >>> PAGE_SHIFT);
  memory.index[word >>> PAGE_SHIFT] = memory.pages.push(page) - 1;
  memory.touched.push(word >>> PAGE_SHIFT);
  return page;
}

/** Position of a word's value in its page; its mark is PAGE_WORDS further. */
export function slotOf(word: number): number {
  return word & PAGE_MASK;
}

/** Value of a word, without an access. */
export function peek(memory: Memory, word: number): number {
  return memory.pages[memory.index[word >>> PAGE_SHIFT]!]?.[slotOf(word)] ?? 0;
}

/** Sets a word's initial value. */
export function poke(memory: Memory, word: number, value: number): void {
  pageOf(memory, word)[slotOf(word)] = value;
}

/** Calls back for the runs of equal pages among the first `length` of ascending word addresses: [from, to). */
export function forEachPage(
  memory: Memory,
  words: Uint32Array,
  length: number,
  visit: (page: Page, from: number, to: number) => void,
): void {
  for (let from = 0; from < length; ) {
    const page = words[from]! >>> PAGE_SHIFT;
    let to = from + 1;
    while (to < length && words[to]! >>> PAGE_SHIFT === page) to++;
    visit(pageOf(memory, words[from]!), from, to);
    from = to;
  }
}

/** Empties memory; `clear` zeroes the storage of its pages. */
export function resetMemory(memory: Memory, clear: () => void): void {
  for (const number of memory.touched) memory.index[number] = 0;
  memory.touched.length = 0;
  memory.pages.length = 1;
  clear();
}

/** Bytes [addr, addr + len), without accesses. */
export function peekBytes(memory: Memory, addr: number, len: number): Uint8Array {
  const bytes = new Uint8Array(len);
  for (let i = 0; i < len; i++) bytes[i] = peek(memory, (addr + i) >>> 2) >>> (8 * ((addr + i) & 3));
  return bytes;
}

/** Calls back for each accessed word, by ascending address. */
export function forEachTouched(memory: Memory, visit: (word: number, value: number, mark: number) => void): void {
  for (const number of memory.touched.toSorted((a, b) => a - b)) {
    const page = memory.pages[memory.index[number]!]!;
    for (let i = 0; i < PAGE_WORDS; i++) {
      const mark = page[i + PAGE_WORDS]!;
      if (mark !== 0) visit(number * PAGE_WORDS + i, page[i]!, mark);
    }
  }
}
