// WebAssembly of what micro-ops compute; alu.ts in the folder above is the reference.

import { OP } from '../../core/isa.ts';
import type { FunctionBuilder, PlainOp } from '../../core/wasm/index.ts';

/** Emits the push of a value. */
export type Push = () => void;

const SIMPLE: Readonly<Record<number, PlainOp>> = {
  [OP.ADD]: 'i32.add',
  [OP.ADDI]: 'i32.add',
  [OP.SUB]: 'i32.sub',
  [OP.XOR]: 'i32.xor',
  [OP.XORI]: 'i32.xor',
  [OP.OR]: 'i32.or',
  [OP.ORI]: 'i32.or',
  [OP.AND]: 'i32.and',
  [OP.ANDI]: 'i32.and',
  // WebAssembly takes shift amounts modulo 32 too.
  [OP.SLL]: 'i32.shl',
  [OP.SLLI]: 'i32.shl',
  [OP.SRL]: 'i32.shr_u',
  [OP.SRLI]: 'i32.shr_u',
  [OP.SLT]: 'i32.lt_s',
  [OP.SLTU]: 'i32.lt_u',
  [OP.MUL]: 'i32.mul',
};

const CONDITION: Readonly<Record<number, PlainOp>> = {
  [OP.BEQ]: 'i32.eq',
  [OP.BNE]: 'i32.ne',
  [OP.BLT]: 'i32.lt_s',
  [OP.BGE]: 'i32.ge_s',
  [OP.BLTU]: 'i32.lt_u',
  [OP.BGEU]: 'i32.ge_u',
};

/** Pushes the result of an arithmetic micro-op. */
export function emitAlu(f: FunctionBuilder, op: number, a: Push, b: Push): void {
  const simple = SIMPLE[op];
  if (simple !== undefined) {
    a();
    b();
    f.op(simple);
    return;
  }
  if (op === OP.MULHU) {
    a();
    f.op('i64.extend_i32_u');
    b();
    f.op('i64.extend_i32_u').op('i64.mul').i64(32n).op('i64.shr_u').op('i32.wrap_i64');
    return;
  }
  // Division by zero traps in WebAssembly.
  b();
  f.if('i32');
  a();
  b();
  f.op(op === OP.DIVU ? 'i32.div_u' : 'i32.rem_u').else();
  if (op === OP.DIVU) f.i32(-1);
  else a();
  f.end();
}

/** Pushes whether a branch is taken. */
export function emitCondition(f: FunctionBuilder, op: number, a: Push, b: Push): void {
  a();
  b();
  f.op(CONDITION[op]!);
}
