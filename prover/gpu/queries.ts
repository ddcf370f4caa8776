// From answers by query, drawn with repetition, to openings, which are by sorted position and have no digest twice.
import { shiftedPositions, siblingPlan } from '../../src/core/merkle.ts';

export class QueryAnswers {
  readonly #drawn: readonly number[];
  readonly #byShift = new Map<number, ReadonlyMap<number, number>>();

  /** `drawn` in the order of the trees: commit indices, or storage indices of FRI. */
  constructor(drawn: readonly number[]) {
    this.#drawn = drawn;
  }

  /** The rows of `width` words at the positions shifted right, sorted. */
  rows(words: Uint32Array, width: number, shift: number): Uint32Array {
    const positions = shiftedPositions(this.#sorted(), shift);
    const out = new Uint32Array(width * positions.length);
    positions.forEach((position, i) => {
      const from = width * this.#queryAt(shift, position);
      out.set(words.subarray(from, from + width), width * i);
    });
    return out;
  }

  /** The digests that open a tree of 2^logN leaves at the positions shifted right, out of their paths. */
  siblings(paths: Uint32Array, logN: number, shift: number): Uint32Array {
    const plan = siblingPlan(shiftedPositions(this.#sorted(), shift), logN);
    const out = new Uint32Array(8 * plan.length);
    plan.forEach(({ logN: log, index }, i) => {
      const up = logN - log;
      const from = 8 * (logN * this.#queryAt(shift + up, index ^ 1) + up);
      out.set(paths.subarray(from, from + 8), 8 * i);
    });
    return out;
  }

  #sorted(): number[] {
    return [...this.#at(0).keys()].sort((a, b) => a - b);
  }

  #queryAt(shift: number, position: number): number {
    return this.#at(shift).get(position) as number;
  }

  /** A query for each shifted position. */
  #at(shift: number): ReadonlyMap<number, number> {
    const known = this.#byShift.get(shift);
    if (known !== undefined) return known;
    const made = new Map(this.#drawn.map((position, query) => [position >>> shift, query]));
    this.#byShift.set(shift, made);
    return made;
  }
}
