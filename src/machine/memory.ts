// Paged word memory. Each word is stored beside the clock of its last access, 0 = not yet accessed.

import { ADDRESS_LIMIT } from '../core/isa.ts';

/** Words per page: 2^12, 32 KiB with clocks. */
export const PAGE_SHIFT = 12;
const PAGE_MASK: number = (1 << PAGE_SHIFT) - 1;
const N_PAGES: number = Math.ceil(ADDRESS_LIMIT / 4 / 2 ** PAGE_SHIFT);

/** A page interleaves value (even positions) and last clock (odd positions) of its words. */
export type Page = Uint32Array;

export interface Memory {
  /** By word address >> PAGE_SHIFT: position in pages, 0 = not touched yet. A typed array, as its zeros cost nothing. */
  readonly index: Uint32Array;
  /** Touched pages behind an empty one, in order of their first touch. */
  readonly pages: Page[];
  /** Their numbers: word address >> PAGE_SHIFT. */
  readonly touched: number[];
}

export function createMemory(): Memory {
  return { index: new Uint32Array(N_PAGES), pages: [new Uint32Array(0)], touched: [] };
}

/** Page of a word address below ADDRESS_LIMIT / 4. */
export function pageOf(memory: Memory, word: number): Page {
  const at = memory.index[word >>> PAGE_SHIFT]!;
  if (at !== 0) return memory.pages[at]!;
  const page = new Uint32Array(2 << PAGE_SHIFT);
  memory.index[word >>> PAGE_SHIFT] = memory.pages.push(page) - 1;
  memory.touched.push(word >>> PAGE_SHIFT);
  return page;
}

/** Position of a word's value in its page; its clock is one further. */
export function slotOf(word: number): number {
  return (word & PAGE_MASK) << 1;
}

/** Value of a word, without an access. */
export function peek(memory: Memory, word: number): number {
  return memory.pages[memory.index[word >>> PAGE_SHIFT]!]?.[slotOf(word)] ?? 0;
}

/** Sets a word's initial value. */
export function poke(memory: Memory, word: number, value: number): void {
  pageOf(memory, word)[slotOf(word)] = value;
}

/** Bytes [addr, addr + len), without accesses. */
export function peekBytes(memory: Memory, addr: number, len: number): Uint8Array {
  const bytes = new Uint8Array(len);
  for (let i = 0; i < len; i++) bytes[i] = peek(memory, (addr + i) >>> 2) >>> (8 * ((addr + i) & 3));
  return bytes;
}

/** Calls back for each accessed word, by ascending address. */
export function forEachTouched(memory: Memory, visit: (word: number, value: number, clk: number) => void): void {
  for (const number of memory.touched.toSorted((a, b) => a - b)) {
    const page = memory.pages[memory.index[number]!]!;
    for (let i = 0; i < page.length; i += 2) {
      if (page[i + 1] !== 0) visit((number << PAGE_SHIFT) + (i >>> 1), page[i]!, page[i + 1]!);
    }
  }
}
