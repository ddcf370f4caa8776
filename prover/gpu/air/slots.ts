// The parameters of circuits on the device: combinations of the transcript's elements with factors that are known when a
// proof is recorded. One dispatch evaluates those of all chips.
import type { Circuit, Param } from '../../../src/air/circuit.ts';
import { inv, neg } from '../../../src/core/field.ts';
import type { Buffers } from '../pool.ts';
import type { Recording, Slice } from '../recording.ts';
import type { Slot } from './circuit_graph.ts';

/** Where among the elements a chip's challenges are. */
export interface ParamPlaces {
  /** z; alpha^0, alpha^1 ... come after it. */
  readonly logup: number;
  /** The chip's first composition coefficient, its claimed sum and the height of its table; not for the LogUp circuit. */
  readonly constraints?: { readonly coefficients: number; readonly claimedSum: number; readonly logN: number };
}

/** Slots of one kernel in a table. */
export interface SlotRange {
  readonly first: number;
  readonly count: number;
}

/** Kernels' slots begin where a binding may: 64 words are 16 elements. */
const ALIGNMENT = 16;

/** Words that a kernel's slots take at most. */
export const slotsFor = (count: number): number => 4 * ALIGNMENT * Math.ceil((count + 1) / ALIGNMENT);

const termsOf = (param: Param, { logup, constraints }: ParamPlaces): (readonly [element: number, factor: number])[] => {
  if (param.kind === 'fingerprint') {
    const powers = param.terms.map(([power, factor]) => [logup + 1 + power, factor] as const);
    return param.z === 1 ? [[logup, 1], ...powers] : powers;
  }
  if (constraints === undefined) throw new Error(`slots: a ${param.kind} in a LogUp circuit`);
  const { coefficients, claimedSum, logN } = constraints;
  return param.kind === 'coefficient' ? [[coefficients + param.index, 1]] : [[claimedSum, inv(2 ** logN)]];
};

export class SlotTable {
  /** Terms of each slot, element and factor in turn. */
  readonly #slots: (readonly number[])[] = [];

  /** Adds a kernel's slots and one that is 0, which the interpreters read. */
  add(circuit: Circuit, slots: readonly Slot[], places: ParamPlaces): SlotRange {
    while (this.#slots.length % ALIGNMENT !== 0) this.#slots.push([]);
    const first = this.#slots.length;
    for (const { param, negative } of slots) {
      const terms = termsOf(circuit.params[param] as Param, places);
      this.#slots.push(terms.flatMap(([element, factor]) => [element, negative ? neg(factor) : factor]));
    }
    this.#slots.push([]);
    return { first, count: slots.length + 1 };
  }

  /** Evaluates all slots; the buffer is the caller's to release. */
  evaluate(recording: Recording, pool: Buffers, elements: GPUBuffer): GPUBuffer {
    const count = this.#slots.length;
    const out = pool.acquire(Math.max(4, 4 * count), 'slots');
    let at = count + 1;
    const starts = this.#slots.map((terms) => {
      const start = at;
      at += terms.length;
      return start;
    });
    const terms = recording.constant([...starts, at, ...this.#slots.flat()]);
    const groups = Math.ceil(count / 64);
    recording.dispatch({ kernel: { id: 'slots' }, params: [count], bindings: [terms, elements, out], groups });
    return out;
  }
}

/** A kernel's slots as evaluated. */
export const slotsIn = (buffer: GPUBuffer, { first, count }: SlotRange): Slice => ({
  slice: buffer,
  offset: 4 * first,
  words: 4 * count,
});
