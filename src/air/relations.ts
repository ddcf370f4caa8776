/**
 * The relations that connect the chips: each a multiset of tuples whose signed sum over all chips and the public
 * boundary terms must vanish (LogUp, Haböck, ePrint 2022/1530). A tuple's fingerprint is
 * z - (tag + sum over j of alpha^(j+1) v_j), the tag being distinct for each relation.
 *
 * Relations backed by a preprocessed table say how a used tuple maps to the table's row, so that multiplicities are
 * counted from the very expressions the constraints use.
 */
import { type W, w } from './witness.ts';

export interface CountingRule {
  /** Chip that owns the table, and its multiplicity column. */
  readonly chip: string;
  readonly column: string;
  /** Row of the tuple, an expression over its elements as arguments. */
  readonly row: W;
  /** Counts only where this is not 0. */
  readonly when?: W;
}

export interface Relation {
  readonly name: string;
  readonly tag: number;
  readonly arity: number;
  readonly counted?: readonly CountingRule[];
}

const a = w.argument;

/** Key 2^16 of the range relation: 16-bit values. Keys 2^e, e < 16, are the narrower ranges. */
export const RANGE_16 = 65536;

const define = (tag: number, name: string, arity: number, counted?: readonly CountingRule[]): Relation =>
  counted ? { name, tag, arity, counted } : { name, tag, arity };

/** (idx, clk): the micro-op about to run and its clock. */
export const STATE: Relation = define(1, 'state', 2);
/** (idx, op, rd, rs1, rs2, k0, k1, k2, k3). */
export const PROGRAM: Relation = define(2, 'program', 9, [{ chip: 'program', column: 'uses', row: a(0) }]);
/** (addr_lo, addr_hi, idx): instruction starts that an indirect jump may reach. */
export const JUMP: Relation = define(3, 'jump', 3, [{ chip: 'program', column: 'jumps', row: a(2) }]);
/** (address, value lo, value hi, clk). Registers live at 2^30 + number, memory words at byte address / 4. */
export const MEMORY: Relation = define(4, 'memory', 4);
/** (2^e, v): v < 2^e, e in [0, 16]. */
export const RANGE: Relation = define(5, 'range', 2, [
  { chip: 'range', column: 'uses16', row: a(1), when: w.eq(a(0), RANGE_16) },
  { chip: 'range', column: 'uses_narrow', row: w.add(w.sub(a(0), 1), a(1)), when: w.xor(w.eq(a(0), RANGE_16), 1) },
]);
/** (op, a, b, a op b) over bytes; op 0 xor, 1 or, 2 and. */
export const BITWISE: Relation = define(
  6,
  'bitwise',
  4,
  ['uses_xor', 'uses_or', 'uses_and'].map((column, op) => ({
    chip: 'bitwise_table',
    column,
    row: w.add(w.shl(a(1), 8), a(2)),
    when: w.eq(a(0), op),
  })),
);
/** (amount, 2^(amount mod 16), amount >> 4): shift amounts in [0, 31]. */
export const SHIFT: Relation = define(7, 'shift', 3, [{ chip: 'shift_table', column: 'uses', row: a(0) }]);
/** (next address): the strictly increasing chain of first memory tuples. */
export const CHAIN: Relation = define(8, 'chain', 1);
/** (clk, word address, words left) of a `read` host call in progress. */
export const HOST_READ: Relation = define(9, 'host_read', 3);
/** (exit lo, exit hi, 16 digest limbs): what the run leaves behind. */
export const OUTPUT: Relation = define(10, 'output', 18);
/** (address, value lo, value hi, segment): a cell between segments, as `segment` left it; 0 before the first. */
export const CELL: Relation = define(11, 'cell', 4);
/** (address, value lo, value hi, chained): the words and registers of the image, once each in a run of segments. */
export const IMAGE: Relation = define(12, 'image', 4);
/** (segment): the number of the segment that a proof is of, from 1. */
export const SEGMENT: Relation = define(13, 'segment', 1);
/** (number, pointers, clk, word address behind a0 to a3; 0 for what the call does not have): a precompile to be run. */
export const CALL: Relation = define(14, 'call', 7);
/** (bits, a, b, lo, hi): bytes a and b with a xor b = lo + 2^bits hi, lo < 2^bits; bits is 4 or 7. */
export const XOR_CUT: Relation = define(
  15,
  'xor_cut',
  5,
  [4, 7].map((bits) => ({
    chip: 'xor_cut_table',
    column: `uses_cut${bits}`,
    row: w.add(w.shl(a(1), 8), a(2)),
    when: w.eq(a(0), bits),
  })),
);
/** (clk, rounds done, limbs of 16 state words, of 16 message words): a BLAKE3 compression in progress. */
export const BLAKE3_ROUND: Relation = define(16, 'blake3_round', 66);
/** (group, whether its words are the message's, limbs of four constants): rounds 4 group to 4 group + 3 of SHA-256. */
export const SHA256_CONSTANTS: Relation = define(17, 'sha256_constants', 10, [
  { chip: 'sha256_table', column: 'uses', row: a(0) },
]);
/** (clk, group, limbs of four message words). */
export const SHA256_MESSAGE: Relation = define(18, 'sha256_message', 10);
/** (clk, groups done, limbs of the state, of sixteen sums): a SHA-256 compression in progress. */
export const SHA256_ROUNDS: Relation = define(19, 'sha256_rounds', 50);
/** (round, seven bits of its constant) of Keccak-f. */
export const KECCAK_CONSTANTS: Relation = define(20, 'keccak_constants', 8, [
  { chip: 'keccak_table', column: 'uses', row: a(0) },
]);
/** (clk, rounds done, half, 50 limbs of 25 lanes): half of a Keccak-f in progress. */
export const KECCAK_ROUND: Relation = define(21, 'keccak_round', 53);
/** (clk, words left, word addresses of both operands, sum): a dot product over QM31 in progress, by the first operand. */
export const QM31_DOT: Relation = define(22, 'qm31_dot', 8);
export const M31_DOT: Relation = define(23, 'm31_dot', 8);

export const RELATIONS: readonly Relation[] = [
  STATE,
  PROGRAM,
  JUMP,
  MEMORY,
  RANGE,
  BITWISE,
  SHIFT,
  CHAIN,
  HOST_READ,
  OUTPUT,
  CELL,
  IMAGE,
  SEGMENT,
  CALL,
  XOR_CUT,
  BLAKE3_ROUND,
  SHA256_CONSTANTS,
  SHA256_MESSAGE,
  SHA256_ROUNDS,
  KECCAK_CONSTANTS,
  KECCAK_ROUND,
  QM31_DOT,
  M31_DOT,
];

/** Width of the widest fingerprint, tag included. */
export const MAX_TUPLE_WIDTH: number = 1 + Math.max(...RELATIONS.map((r) => r.arity));
