// Precompiles: host calls from 0x100 whose operands lie in memory and whose work has chips of its own.

/**
 * Words behind a0 to a3: as many pointers as sizes. Only the words behind a0 are written. Each word is accessed once a
 * pointer, those behind a3 at clk, a2 at clk + 1, a1 at clk + 2, a0 at clk + 3: all are read before any is written, so
 * operands may overlap as they like.
 */
export interface PrecompileForm {
  readonly number: number;
  readonly words: readonly number[];
  /** Words that the row of the call needs besides operands and results. */
  readonly extra: number;
}

export type PrecompileName =
  | 'blake3'
  | 'sha256'
  | 'keccak'
  | 'modmul'
  | 'secp256k1'
  | 'qm31_dot'
  | 'm31_dot'
  | 'wide_modmul';

export const PRECOMPILES: Readonly<Record<PrecompileName, PrecompileForm>> = {
  /** a0: 8 words out; a1: chaining value, counter (low, high), block length, flags; a2: the block. */
  blake3: { number: 0x100, words: [8, 12, 16], extra: 16 },
  /** a0: the state, in and out; a1: the block, each word with its first byte on top. */
  sha256: { number: 0x101, words: [8, 16], extra: 24 },
  /** a0: 25 lanes, in and out, low word first, lane x + 5 y. */
  keccak: { number: 0x102, words: [50], extra: 0 },
  /** a0: 8 words out, x y + c mod m; a1: x; a2: y; a3: m, c. Lowest word first. */
  modmul: { number: 0x103, words: [8, 8, 8, 16], extra: 47 },
  /** a0: a point of secp256k1, x, then y, in and out; a1: a point added to it. */
  secp256k1: { number: 0x104, words: [16, 16], extra: 128 },
  /**
   * a0: a QM31, to which the sum of x_k y_k is added; a1: x_k of four words, or of one; a2: y_k of four words; a3: bytes
   * of x. Operand words count mod p, results are below p. Rows of their own access x and y.
   */
  qm31_dot: { number: 0x106, words: [4, 0, 0, 0], extra: 0 },
  m31_dot: { number: 0x107, words: [4, 0, 0, 0], extra: 0 },
  /** `modmul` of 12 words a number. */
  wide_modmul: { number: 0x108, words: [12, 12, 12, 24], extra: 71 },
};

/** Words of the numbers of a modular product, and what is added to its carries in the row of the call. */
export interface ModmulSize {
  readonly words: number;
  readonly carryOffset: number;
}
export const MODMUL: ModmulSize = { words: 8, carryOffset: 2 ** 13 };
export const WIDE_MODMUL: ModmulSize = { words: 12, carryOffset: 2 ** 14 };

/** Added to the carries of a sum of points in its row; the second of a doubling's slope. */
export const SECP256K1: { readonly carryOffset: number; readonly doublingOffset: number } = {
  carryOffset: 2 ** 14,
  doublingOffset: 4000,
};

/** Words of x in a row of `m31_dot`'s terms, and the most that a call of either may have. */
export const M31_DOT_TERMS = 4;
export const MAX_DOT_WORDS: number = 2 ** 16;

/** Clock of the accesses behind pointer k, and of the access to its register, after the call's. */
export const operandSlot = (k: number): number => 3 - k;
export const pointerSlot = (k: number): number => (k + 1) % 4;

/**
 * Record of the row that takes a call: per pointer its word address, the words behind it and the clocks of their previous
 * accesses; then the words that those behind a0 become, and the extra ones.
 */
export const precompileRecord = ({ words, extra }: PrecompileForm): string[] => [
  'clk',
  ...words.flatMap((count, k) => [
    `at${k}`,
    ...Array.from({ length: count }, (_, i) => `x${k}_${i}`),
    ...Array.from({ length: count }, (_, i) => `p${k}_${i}`),
  ]),
  ...Array.from({ length: words[0] as number }, (_, i) => `y${i}`),
  ...Array.from({ length: extra }, (_, i) => `z${i}`),
];
