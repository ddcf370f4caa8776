// Which memory words a segment of a cut run touches, with what they held before and which segment left it there.

import { N_REGISTERS, REGISTER_SPACE } from '../core/isa.ts';
import type { Program } from './lower.ts';
import { forEachPage, type Memory, N_PAGES, PAGE_SHIFT, PAGE_WORDS, peek, slotOf } from './memory.ts';
import type { ChipRecords } from './records.ts';

/** Cells of one segment: touched words by ascending address, then all registers, whose addresses are above. */
export interface SegmentCells {
  /** Memory-relation address: word address, or REGISTER_SPACE + register. */
  readonly address: Uint32Array;
  readonly valueIn: Uint32Array;
  /** Number (index + 1) of the segment that the value comes from; 0 = initial. */
  readonly segmentIn: Uint32Array;
  readonly valueOut: Uint32Array;
}

export const FIRST_CELL_FIELDS: readonly string[] = [
  'image',
  'chained',
  'address',
  'initial',
  'lastnext',
  'final',
  'finalseg',
];

/** Words per page from which on looking through the pages is faster than sorting. */
const DENSE = 32;

/** Per memory page, beside its values and marks: what each word held at the segment's start, and its last segment. */
type History = Uint32Array;

export class CellLog {
  /** By a page's position in memory. */
  readonly #history: (History | undefined)[] = [];
  #words = new Uint32Array(1024);
  #length = 0;
  /** Pages of the noted words. */
  #pages: number[] = [];
  readonly #pageNoted = new Uint8Array(N_PAGES);
  #segments = 0;

  /** The first access to a word in this segment, while it still holds `value`. */
  note(memory: Memory, word: number, value: number): void {
    this.#historyOf(memory, word)[slotOf(word)] = value;
    if (this.#length === this.#words.length) {
      const grown = new Uint32Array(2 * this.#length);
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[this.#length++] = word;
    const page = word >>> PAGE_SHIFT;
    if (this.#pageNoted[page] === 1) return;
    this.#pageNoted[page] = 1;
    this.#pages.push(page);
  }

  /** Ends the segment: its cells, and no word counts as touched any more. */
  cut(memory: Memory, regsIn: Uint32Array, regsOut: Uint32Array): SegmentCells {
    const nWords = this.#length;
    const n = nWords + N_REGISTERS;
    const number = ++this.#segments;
    const cells = {
      address: new Uint32Array(n),
      valueIn: new Uint32Array(n),
      segmentIn: new Uint32Array(n),
      valueOut: new Uint32Array(n),
    };
    this.#sortedWords(memory, cells.address);
    forEachPage(memory, cells.address, nWords, (page, from, to) => {
      const history = this.#historyOf(memory, cells.address[from]!);
      for (let i = from; i < to; i++) {
        const slot = slotOf(cells.address[i]!);
        cells.valueIn[i] = history[slot]!;
        cells.segmentIn[i] = history[slot + PAGE_WORDS]!;
        cells.valueOut[i] = page[slot]!;
        history[slot + PAGE_WORDS] = number;
        page[slot + PAGE_WORDS] = 0;
      }
    });
    for (let r = 0; r < N_REGISTERS; r++) cells.address[nWords + r] = REGISTER_SPACE + r;
    cells.valueIn.set(regsIn, nWords);
    cells.segmentIn.fill(number - 1, nWords);
    cells.valueOut.set(regsOut, nWords);
    this.#length = 0;
    for (const page of this.#pages) this.#pageNoted[page] = 0;
    this.#pages = [];
    return cells;
  }

  /** Writes the noted words in ascending order: sorted, or found by their marks where many share a page. */
  #sortedWords(memory: Memory, to: Uint32Array): void {
    const words = this.#words.subarray(0, this.#length);
    if (words.length < DENSE * this.#pages.length) {
      to.set(words.sort());
      return;
    }
    let at = 0;
    for (const number of this.#pages.sort((a, b) => a - b)) {
      const page = memory.pages[memory.index[number]!]!;
      for (let i = 0; i < PAGE_WORDS; i++) {
        if (page[i + PAGE_WORDS] !== 0) to[at++] = number * PAGE_WORDS + i;
      }
    }
  }

  /**
   * First and last values of all cells of the run: registers; then words by ascending address, those of the image and
   * those touched. `lastnext` is the previous word's address + 1, 0 for the first word and for registers.
   */
  firstCells(program: Program, memory: Memory, regs: Uint32Array): ChipRecords {
    let nRows = N_REGISTERS;
    this.#forEachWord(program, memory, () => nRows++);
    // A long run touches more words than an array that grows can hold values.
    const data = new Uint32Array(nRows * FIRST_CELL_FIELDS.length);
    for (let r = 0; r < N_REGISTERS; r++) data.set([1, 0, REGISTER_SPACE + r, 0, 0, regs[r]!, this.#segments], 7 * r);
    let at = 7 * N_REGISTERS;
    let last = 0;
    this.#forEachWord(program, memory, (word, segment, initial) => {
      data[at++] = initial === undefined ? 0 : 1;
      data[at++] = 1;
      data[at++] = word;
      data[at++] = initial ?? 0;
      data[at++] = last;
      data[at++] = peek(memory, word);
      data[at++] = segment;
      last = word + 1;
    });
    return { fields: FIRST_CELL_FIELDS, nRows, data };
  }

  /** Words of the image and those touched, ascending: with the last segment that touched each, and what the image has. */
  #forEachWord(
    program: Program,
    memory: Memory,
    visit: (word: number, segment: number, initial: number | undefined) => void,
  ): void {
    const { addr, value } = program.elf.image;
    let next = 0;
    for (const number of memory.touched.toSorted((a, b) => a - b)) {
      const history = this.#history[memory.index[number]!];
      for (let i = 0; history !== undefined && i < PAGE_WORDS; i++) {
        const segment = history[i + PAGE_WORDS]!;
        if (segment === 0) continue;
        const word = number * PAGE_WORDS + i;
        for (; next < addr.length && addr[next]! < word; next++) visit(addr[next]!, 0, value[next]!);
        visit(word, segment, addr[next] === word ? value[next++]! : undefined);
      }
    }
    for (; next < addr.length; next++) visit(addr[next]!, 0, value[next]!);
  }

  #historyOf(memory: Memory, word: number): History {
    const at = memory.index[word >>> PAGE_SHIFT]!;
    let history = this.#history[at];
    if (history === undefined) {
      history = new Uint32Array(2 * PAGE_WORDS);
      this.#history[at] = history;
    }
    return history;
  }
}
