// Runs that call a precompile twice, on different operands.
import { PRECOMPILES, type PrecompileName } from '../../src/core/precompiles.ts';
import { type Segment, segment } from './harness.ts';

/** Any words, all bits of which vary. */
export const someWords = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.imul(i + 1 + 64 * seed, 0x9e3779b1) >>> 0);

export type Operands = readonly (readonly number[])[];

/** Words behind each pointer in the calls here; the last argument of a dot product is a length instead. */
export const sizesOf = (name: PrecompileName): readonly number[] => {
  if (name === 'qm31_dot') return [4, 12, 12];
  return name === 'm31_dot' ? [4, 8, 32] : PRECOMPILES[name].words;
};

/** Points the registers at the operands. */
const argumentsOf = (name: PrecompileName, operands: Operands, labels: readonly string[]): string => {
  const pointers = labels.map((label, k) => `la a${k}, ${label}`);
  const isDot = name === 'qm31_dot' || name === 'm31_dot';
  return [...pointers, ...(isDot ? [`li a3, ${4 * (operands[1] ?? []).length}`] : [])].join('; ');
};

/** A modulus is made large: quotients have at most 256 bits then. Of two sums of points one is a doubling. */
export const someOperands = (name: PrecompileName, seed: number): Operands =>
  sizesOf(name).map((count, k) => {
    const words = someWords(count, 4 * seed + (name === 'secp256k1' && seed === 1 ? 0 : k));
    return /modmul$/.test(name) && k === 3 ? words.with(words.length / 2 - 1, 0xfffffffe - seed) : words;
  });

/** A call for each list of operands, in order; the words behind the pointers are labelled x<call>_<pointer>. */
export const callsOf = (name: PrecompileName, calls: readonly Operands[]): Segment => {
  const body = calls.map((operands, c) => {
    const labels = operands.map((_, k) => `x${c}_${k}`);
    return `${argumentsOf(name, operands, labels)}; li a7, ${PRECOMPILES[name].number}; ecall`;
  });
  const data = calls.flatMap((operands, c) =>
    operands.map((words, k) => `x${c}_${k}: ${words.length > 0 ? `.word ${words.join(', ')}` : ''}`),
  );
  return segment(body.join('\n'), data.join('\n'));
};

const made = new Map<PrecompileName, Segment>();

export const twoCalls = (name: PrecompileName): Segment => {
  const s = made.get(name) ?? callsOf(name, [someOperands(name, 0), someOperands(name, 1)]);
  made.set(name, s);
  return s;
};
