// One function of a translated program: the control flow among a group of basic blocks. What the blocks do between is a
// form's matter (plain.ts, rows.ts).
//
// A region takes the number of a block of its own and returns where to go on: the id of a block (region << 16 | number),
// or ~micro-op for what TypeScript does: host calls, traps, jumps into the middle of a block, blocks that the budget does
// not cover. Registers are locals meanwhile. Blocks lie by address, so that jumps ahead are branches; others go through a
// table at the top, but for loops of one block.

import { OP } from '../../core/isa.ts';
import type { FunctionBuilder, Label } from '../../core/wasm/index.ts';
import { endsBlock } from '../blocks.ts';
import type { Program } from '../lower.ts';
import { emitCondition, type Push } from './alu.ts';
import { type Layout, REGION_SHIFT, type Region } from './layout.ts';

/** What blocks do, in one of the two forms. */
export interface BlockEmitter {
  /** At the region's start and at its end: registers and whatever else lives in locals. */
  enter(): void;
  leave(): void;
  /** Leaves by `exit` with the machine unchanged if the budget does not cover the block. */
  startBlock(start: number, end: number, counter: number, exit: Push): void;
  constant(idx: number): void;
  compute(idx: number): void;
  load(idx: number): void;
  store(idx: number): void;
  branch(idx: number): void;
  jalr(idx: number, next: number): void;
  /** Before control leaves the block. */
  endBlock(): void;
  push(register: number): void;
}

export interface RegionContext {
  readonly program: Program;
  readonly layout: Layout;
  /** Id of the block that starts at a micro-op. */
  readonly idOf: (idx: number) => number;
  /** Function that resolves the target of an indirect jump: (target, micro-op) to a micro-op. */
  readonly resolve: number;
  /** Number of a block among all. */
  readonly counterOf: (idx: number) => number;
}

/** Code ranges whose jump targets are looked up in place; others are TypeScript's. */
const MAX_INLINE_RANGES = 8;

/** Emits a region into a function (number) -> next. Local 0 is the block's number, later the result. */
export function emitRegion(f: FunctionBuilder, region: Region, context: RegionContext, form: BlockEmitter): void {
  const { program, layout, idOf } = context;
  const { columns } = program;
  const next = 0;
  const target = f.local('i32');
  const found = f.local('i32');
  form.enter();
  const exit = f.block();
  const top = f.loop();
  const labels: Label[] = [];
  for (let i = region.blocks.length - 1; i >= 0; i--) labels[i] = f.block();
  f.get(next).brTable(labels, labels[0]!);

  const leaveTo = (value: number): void => {
    f.i32(value).set(next).br(exit);
  };
  /** Goes to the block at idx, from block number `here` whose own loop is `self`. */
  const go = (idx: number, from: number, here: number, self: Label | undefined): void => {
    if (idx === program.badTargetIdx) {
      f.i32(0).i32(from).memory('i32.store', layout.from);
      leaveTo(~idx);
      return;
    }
    const id = idOf(idx);
    if (id >>> REGION_SHIFT !== region.index) {
      leaveTo(id);
      return;
    }
    const number = id & 0xffff;
    if (number > here) f.br(labels[number]!);
    else if (number === here && self !== undefined) f.br(self);
    else f.i32(number).set(next).br(top);
  };

  for (const [here, [start, end]] of region.blocks.entries()) {
    f.end();
    const last = end - 1;
    const op = columns.op[last]!;
    if (op === OP.ECALL || op === OP.TRAP) {
      leaveTo(~start);
      continue;
    }
    const jump = op === OP.CONST ? columns.k2[last]! : op >= OP.BEQ && op <= OP.BGEU ? columns.k0[last]! : -1;
    const self = jump === start ? f.loop() : undefined;
    form.startBlock(start, end, context.counterOf(start), () => leaveTo(~start));
    for (let idx = start; idx < end; idx++) emitStep(f, idx, [target, found], context, form);
    form.endBlock();
    if (op === OP.JALR) {
      f.get(target).i32(2).op('i32.shl').memory('i32.load', layout.targets).tee(next);
      f.i32(REGION_SHIFT).op('i32.shr_u').i32(region.index).op('i32.ne').brIf(exit);
      f.get(next).i32(0xffff).op('i32.and').set(next).br(top);
    } else if (op === OP.CONST) {
      if (endsBlock(program, last) || here === region.blocks.length - 1) go(jump, last, here, self);
    } else {
      if (jump >= 0) {
        emitCondition(
          f,
          op,
          () => form.push(columns.rs1[last]!),
          () => form.push(columns.rs2[last]!),
        );
        f.if();
        go(jump, last, here, self);
        f.end();
      }
      // Otherwise the next block follows.
      if (here === region.blocks.length - 1) go(end, last, here, self);
    }
    if (self !== undefined) f.end();
  }
  f.op('unreachable');
  f.end();
  f.end();
  form.leave();
  f.get(next);
}

/** One micro-op. An indirect jump leaves the micro-op that it goes to in `target`; `found` is a temporary. */
function emitStep(
  f: FunctionBuilder,
  idx: number,
  [target, found]: readonly [number, number],
  context: RegionContext,
  form: BlockEmitter,
): void {
  const { columns } = context.program;
  const op = columns.op[idx]!;
  if (op === OP.CONST) form.constant(idx);
  else if (op >= OP.LW && op <= OP.LHU) form.load(idx);
  else if (op >= OP.SW && op <= OP.SH) form.store(idx);
  else if (op >= OP.BEQ && op <= OP.BGEU) form.branch(idx);
  else if (op === OP.JALR) {
    form.push(columns.rs1[idx]!);
    f.i32(columns.k0[idx]! | (columns.k1[idx]! << 16))
      .op('i32.add')
      .i32(-2)
      .op('i32.and')
      .set(target);
    emitResolve(f, idx, target, found, context);
    form.jalr(idx, target);
  } else form.compute(idx);
}

/** Turns the even address in `target` into the micro-op there; what is no instruction, TypeScript tells. */
function emitResolve(f: FunctionBuilder, idx: number, target: number, found: number, context: RegionContext): void {
  const ranges = context.program.starts.map(({ range, idx: entries }, i) => ({
    start: range.start,
    size: 2 * entries.length,
    table: context.layout.jumps[i]!,
  }));
  const inline = ranges.slice(0, MAX_INLINE_RANGES).filter(({ start }) => start % 2 === 0);
  for (const { start, size, table } of inline) {
    f.get(target).i32(start).op('i32.sub').tee(found).i32(size).op('i32.lt_u').if('i32');
    f.get(found).i32(1).op('i32.shl').memory('i32.load', table).else();
  }
  f.i32(-1);
  for (const _ of inline) f.end();
  f.tee(found).i32(0).op('i32.lt_s').if();
  f.get(target).i32(idx).call(context.resolve).set(found).end();
  f.get(found).set(target);
}
