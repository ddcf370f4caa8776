// The body of a WebAssembly function. Labels are numbers that the block openers return, so that no code counts depths.

import { ByteWriter } from './bytes.ts';
import {
  CONTROL,
  LANE,
  type LaneOp,
  MEMORY,
  MEMORY_LANE,
  type MemoryLaneOp,
  type MemoryOp,
  naturalAlignment,
  PLAIN,
  type PlainOp,
} from './opcodes.ts';

export type ValueType = 'i32' | 'i64' | 'v128' | 'funcref';
export const TYPE_BYTE: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, v128: 0x7b, funcref: 0x70 };
const NO_RESULT = 0x40;

/** What a block opener returns and branches take. */
export type Label = number;

const ALIGNMENT = Object.fromEntries(
  [...Object.keys(MEMORY), ...Object.keys(MEMORY_LANE)].map((name) => [name, naturalAlignment(name as MemoryOp)]),
) as Readonly<Record<MemoryOp | MemoryLaneOp, number>>;

/** Writes instructions in order; locals are numbered behind the parameters. */
export class FunctionBuilder {
  readonly #code = new ByteWriter(256);
  readonly #locals: ValueType[] = [];
  readonly #nParameters: number;
  /** Open blocks; the function's own is label 0. */
  #depth = 0;

  constructor(nParameters: number) {
    this.#nParameters = nParameters;
  }

  /** Bytes of code so far. */
  get size(): number {
    return this.#code.length;
  }

  /** Declares a local, zero at entry, and returns its number. */
  local(type: ValueType): number {
    this.#locals.push(type);
    return this.#nParameters + this.#locals.length - 1;
  }

  op(name: PlainOp): this {
    return this.#opcode(PLAIN[name]);
  }

  /** A constant: the low 32 bits of the number. */
  i32(value: number): this {
    this.#code.byte(CONTROL.i32Const);
    this.#code.signed32(value);
    return this;
  }

  /** A constant: the low 64 bits. */
  i64(value: bigint): this {
    this.#code.byte(CONTROL.i64Const);
    this.#code.signed64(value);
    return this;
  }

  /** A vector constant of four 32-bit lanes, lane 0 first. */
  v128(lanes: readonly [number, number, number, number]): this {
    this.#opcode(CONTROL.v128Const);
    this.#code.append(new Uint8Array(littleEndian(lanes)));
    return this;
  }

  /** i8x16.shuffle: byte i of the result is byte lanes[i] of the two operands' 32. */
  shuffle(lanes: ArrayLike<number>): this {
    if (lanes.length !== 16) throw new RangeError(`a shuffle of ${lanes.length} lanes`);
    this.#opcode(CONTROL.shuffle);
    this.#code.append(lanes);
    return this;
  }

  lane(name: LaneOp, lane: number): this {
    this.#opcode(LANE[name]);
    this.#code.byte(lane);
    return this;
  }

  /** A load, store or atomic access at the operand + offset; `align` is the log2 of a promise, naturally aligned by default. */
  memory(name: MemoryOp, offset = 0, align: number = ALIGNMENT[name]): this {
    this.#opcode(MEMORY[name]);
    this.#code.unsigned(align);
    this.#code.unsigned(offset);
    return this;
  }

  memoryLane(name: MemoryLaneOp, lane: number, offset = 0, align: number = ALIGNMENT[name]): this {
    this.#opcode(MEMORY_LANE[name]);
    this.#code.unsigned(align);
    this.#code.unsigned(offset);
    this.#code.byte(lane);
    return this;
  }

  get(local: number): this {
    return this.#indexed(CONTROL.localGet, local);
  }

  set(local: number): this {
    return this.#indexed(CONTROL.localSet, local);
  }

  tee(local: number): this {
    return this.#indexed(CONTROL.localTee, local);
  }

  globalGet(global: number): this {
    return this.#indexed(CONTROL.globalGet, global);
  }

  globalSet(global: number): this {
    return this.#indexed(CONTROL.globalSet, global);
  }

  block(result?: ValueType): Label {
    return this.#open(CONTROL.block, result);
  }

  /** A branch to a loop's label starts its next iteration. */
  loop(result?: ValueType): Label {
    return this.#open(CONTROL.loop, result);
  }

  if(result?: ValueType): Label {
    return this.#open(CONTROL.if, result);
  }

  else(): this {
    this.#code.byte(CONTROL.else);
    return this;
  }

  /** Closes the innermost block. */
  end(): this {
    if (this.#depth === 0) throw new RangeError('end without a block');
    this.#code.byte(CONTROL.end);
    this.#depth--;
    return this;
  }

  br(label: Label): this {
    return this.#indexed(CONTROL.br, this.#relative(label));
  }

  brIf(label: Label): this {
    return this.#indexed(CONTROL.brIf, this.#relative(label));
  }

  brTable(labels: readonly Label[], otherwise: Label): this {
    this.#code.byte(CONTROL.brTable);
    this.#code.unsigned(labels.length);
    for (const label of labels) this.#code.unsigned(this.#relative(label));
    this.#code.unsigned(this.#relative(otherwise));
    return this;
  }

  call(functionIndex: number): this {
    return this.#indexed(CONTROL.call, functionIndex);
  }

  callIndirect(typeIndex: number, table = 0): this {
    this.#indexed(CONTROL.callIndirect, typeIndex);
    this.#code.unsigned(table);
    return this;
  }

  memorySize(): this {
    return this.#indexed(CONTROL.memorySize, 0);
  }

  memoryGrow(): this {
    return this.#indexed(CONTROL.memoryGrow, 0);
  }

  /** Operands: destination, source, length. */
  memoryCopy(): this {
    this.#opcode(CONTROL.memoryCopy);
    this.#code.append([0, 0]);
    return this;
  }

  /** Operands: destination, byte, length. */
  memoryFill(): this {
    this.#opcode(CONTROL.memoryFill);
    this.#code.byte(0);
    return this;
  }

  atomicFence(): this {
    this.#opcode(CONTROL.fence);
    this.#code.byte(0);
    return this;
  }

  /** The function's entry of the code section, without its size. */
  finish(): Uint8Array {
    if (this.#depth !== 0) throw new RangeError(`${this.#depth} blocks are not closed`);
    const out = new ByteWriter(this.#code.length + 16);
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    out.unsigned(runs.length);
    for (const { type, count } of runs) {
      out.unsigned(count);
      out.byte(TYPE_BYTE[type]);
    }
    out.append(this.#code.bytes());
    out.byte(CONTROL.end);
    return out.bytes();
  }

  #open(opcode: number, result: ValueType | undefined): Label {
    this.#code.byte(opcode);
    this.#code.byte(result === undefined ? NO_RESULT : TYPE_BYTE[result]);
    return ++this.#depth;
  }

  #relative(label: Label): number {
    if (label < 0 || label > this.#depth) throw new RangeError(`label ${label} is not open`);
    return this.#depth - label;
  }

  #opcode(opcode: number): this {
    if (opcode > 0xff) {
      this.#code.byte(opcode >>> 16);
      this.#code.unsigned(opcode & 0xffff);
    } else this.#code.byte(opcode);
    return this;
  }

  #indexed(opcode: number, index: number): this {
    this.#code.byte(opcode);
    this.#code.unsigned(index);
    return this;
  }
}

function littleEndian(words: readonly number[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(4 * words.length));
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  return view.buffer;
}
