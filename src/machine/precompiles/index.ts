// Host calls from 0x100: operands in memory, accessed as src/core/precompiles.ts says. A precompile is a plain function of
// its operands here; what is common to all is done once.

import type { ChipName } from '../../core/isa.ts';
import {
  operandSlot,
  PRECOMPILES,
  type PrecompileForm,
  type PrecompileName,
  pointerSlot,
} from '../../core/precompiles.ts';
import { peek, poke } from '../memory.ts';
import { push } from '../records.ts';
import { checkedWord, checkWritable, fail, type MachineState, touchRegister, touchWord } from '../state.ts';
import { blake3 } from './blake3.ts';
import { m31Dot, qm31Dot } from './dot.ts';
import { keccak } from './keccak.ts';
import { modmul, wideModmul } from './modmul.ts';
import { secp256k1 } from './secp256k1.ts';
import { sha256 } from './sha256.ts';

/** Appends a row to one of the precompile's own chips; the call's clock comes first by itself. */
export type Emit = (chip: ChipName, row: readonly number[]) => void;

/** Operands behind each pointer: where, what, and when each word was last accessed. */
export interface Accessed {
  readonly at: readonly number[];
  readonly operands: readonly Uint32Array[];
  readonly previous: readonly (readonly number[])[];
}

export interface Precompile {
  /** What a call counts for in a segment's micro-ops: committed cells of its rows by those of an average micro-op. */
  readonly steps: number | ((regs: Uint32Array) => number);
  /** The words that those behind a0 become and the extra words of the call's row, or why there are none. */
  readonly run: (operands: readonly Uint32Array[], emit: Emit) => ArrayLike<number> | string;
  /** The words that those behind a0 become alone, sooner: for runs that are not recorded. Equal to the first of `run`. */
  readonly output?: (operands: readonly Uint32Array[]) => ArrayLike<number> | string;
  /** Of a call whose own rows access operands of any length: words behind each pointer, or why there are none. */
  readonly reach?: (pointers: readonly number[]) => readonly number[] | string;
  /** And these rows, in any order. */
  readonly rows?: (accessed: Accessed, emit: Emit) => void;
}

export const IMPLEMENTATIONS: Readonly<Record<PrecompileName, Precompile>> = {
  blake3,
  sha256,
  keccak,
  modmul,
  secp256k1,
  qm31_dot: qm31Dot,
  m31_dot: m31Dot,
  wide_modmul: wideModmul,
};

interface Entry extends Precompile, PrecompileForm {
  readonly name: PrecompileName;
}

const byNumber = new Map<number, Entry>(
  Object.entries(PRECOMPILES).map(([key, form]) => {
    const name = key as PrecompileName;
    return [form.number, { name, ...form, ...IMPLEMENTATIONS[name] }];
  }),
);

/** What a call counts for in a segment beside its ecall. */
export const precompileSteps = (number: number, regs: Uint32Array): number => {
  const steps = byNumber.get(number)?.steps ?? 0;
  return typeof steps === 'number' ? steps : steps(regs);
};

export const precompileOf = (number: number): Entry | undefined => byNumber.get(number);

const [A0, A7] = [10, 17];
const CALLS = ['call1', 'call2', 'call3', 'call4'] as const;

export function runPrecompile(state: MachineState, idx: number, clk: number, entry: Entry): void {
  const { regs, memory, buffers, recording } = state;
  const pointers = entry.words.map((_, k) => regs[A0 + k]!);
  const at = entry.words.map((count, k) => checkedWord(state, pointers[k]!, 4 * count, 4, idx));
  checkWritable(state, pointers[0]!, 4 * entry.words[0]!, idx);
  const counts = entry.reach?.(pointers) ?? entry.words;
  if (typeof counts === 'string') fail(state, 'bad_operand', `${entry.name}: ${counts}`, idx);
  if (counts !== entry.words) counts.forEach((n, k) => void checkedWord(state, pointers[k]!, 4 * n, 4, idx));
  const operands = counts.map((n, k) => {
    const operand = new Uint32Array(n);
    for (let i = 0; i < n; i++) operand[i] = peek(memory, at[k]! + i);
    return operand;
  });
  const emit: Emit = (chip, row) => {
    if (recording) push(buffers[chip], [clk, ...row]);
  };
  const result = recording || entry.output === undefined ? entry.run(operands, emit) : entry.output(operands);
  if (typeof result === 'string') fail(state, 'bad_operand', `${entry.name}: ${result}`, idx);

  const prev17 = touchRegister(state, A7, clk);
  const registers = pointers.flatMap((pointer, k) => [pointer, touchRegister(state, A0 + k, clk + pointerSlot(k))]);
  const previous: number[][] = [];
  for (let k = at.length - 1; k >= 0; k--) {
    previous[k] = Array.from(operands[k]!, (_, i) => touchWord(state, at[k]! + i, clk + operandSlot(k)));
  }
  for (let i = 0; i < entry.words[0]!; i++) poke(memory, at[0]! + i, result[i]!);
  if (!recording) return;
  push(buffers[CALLS[at.length - 1]!], [idx, clk, entry.number, prev17, ...registers]);
  entry.rows?.({ at, operands, previous }, emit);
  const cells = at.flatMap((word, k) => {
    const own = entry.words[k]!;
    return [word, ...operands[k]!.subarray(0, own), ...previous[k]!.slice(0, own)];
  });
  push(buffers[entry.name], [clk, ...cells, ...Array.from(result)]);
}
