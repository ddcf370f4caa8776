// Guest memory accesses, for both forms: from a guest address to an address of the linear memory.

import { OP } from '../../core/isa.ts';
import type { FunctionBuilder } from '../../core/wasm/index.ts';
import { accessSize } from '../alu.ts';
import type { Program } from '../lower.ts';
import { type Layout, PAGE_ADDRESS_SHIFT, PAGE_BYTES } from './layout.ts';

/** Functions that accesses call. */
export interface AccessFunctions {
  /** By size: (address, micro-op) -> linear address of its word, after all checks, for the first touch of a word. */
  readonly touch: Readonly<Record<1 | 2 | 4, number>>;
  /** (address, micro-op): refuses a store to code. */
  readonly checkStore: number;
}

/** The immediate of a micro-op with 16-bit limbs. */
export function immediateOf(program: Program, idx: number): number {
  return program.columns.k0[idx]! | (program.columns.k1[idx]! << 16);
}

/** The immediate of an op on a register and a constant: bytes for bitwise ops. */
export function operandOf(program: Program, idx: number): number {
  const { op, k0, k1, k2, k3 } = program.columns;
  const id = op[idx]!;
  if (id < OP.XORI || id > OP.ANDI) return immediateOf(program, idx);
  return k0[idx]! | (k1[idx]! << 8) | (k2[idx]! << 16) | (k3[idx]! << 24);
}

/** Whether a micro-op's second operand is a constant. */
export function takesImmediate(op: number): boolean {
  return op === OP.ADDI || (op >= OP.XORI && op <= OP.ANDI) || op === OP.SLLI || op === OP.SRLI;
}

/** Pushes the linear address of the guest address in `address`, without the bits that `mask` lacks. */
export function emitPlace(f: FunctionBuilder, layout: Layout, address: number, mask = -1): void {
  f.get(address).i32(PAGE_ADDRESS_SHIFT).op('i32.shr_u').i32(2).op('i32.shl').memory('i32.load', layout.pageTable);
  f.get(address)
    .i32((PAGE_BYTES - 1) & mask)
    .op('i32.and')
    .op('i32.add');
}

/** Calls `checkStore` if the guest address in `address` is near code: between the first and the last byte of any. */
export function emitStoreCheck(
  f: FunctionBuilder,
  program: Program,
  functions: AccessFunctions,
  idx: number,
  address: number,
): void {
  const { readOnly } = program.elf;
  if (readOnly.length === 0) return;
  const size = accessSize(program.columns.op[idx]!);
  // The last bytes of an aligned access count too.
  const low = Math.max(0, Math.min(...readOnly.map(({ start }) => start)) - size + 1);
  const high = Math.max(...readOnly.map(({ end }) => end));
  f.get(address)
    .i32(low)
    .op('i32.sub')
    .i32(high - low)
    .op('i32.lt_u')
    .if();
  f.get(address).i32(idx).call(functions.checkStore).end();
}
