// Blocks with the rows of each chip. The rows of a block have fixed places behind the ends that its chips have when it
// starts, and within a block the previous clock of a register is known; only its first access looks it up.

import { CHIP_RECORDS, CHIPS, CLK_STEP, MAX_CLK_GAP, OP, REGISTER_SPACE } from '../../core/isa.ts';
import type { FunctionBuilder } from '../../core/wasm/index.ts';
import { accessSize } from '../alu.ts';
import { type AccessFunctions, emitPlace, emitStoreCheck, immediateOf, operandOf, takesImmediate } from './access.ts';
import { emitAlu, type Push } from './alu.ts';
import { PAGE_BYTES, type Region } from './layout.ts';
import type { BlockEmitter, RegionContext } from './region.ts';
import { Registers } from './registers.ts';

export interface RowFunctions extends AccessFunctions {
  /** (cell address, value, previous clock, access clock) -> clock of the refresh row that it writes. */
  readonly refresh: number;
}

export function rowBlocks(
  f: FunctionBuilder,
  region: Region,
  { program, layout }: RegionContext,
  functions: RowFunctions,
): BlockEmitter {
  const { op, rd, rs1, rs2, k2, k3 } = program.columns;
  const registers = new Registers(f, program, region, layout.regs);
  const clk = f.local('i32');
  const limit = f.local('i32');
  const [address, place, word] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const previous = [f.local('i32'), f.local('i32'), f.local('i32')] as const;
  /** End of the rows per chip id. */
  const rowEnds = new Map<number, number>();
  for (const [start, end] of region.blocks) {
    for (let i = start; i < end; i++) {
      const chip = program.chip[i]!;
      if (chip < CHIPS.length && !rowEnds.has(chip)) rowEnds.set(chip, f.local('i32'));
    }
  }

  let blockStart = 0;
  let blockEnd = 0;
  /** In this block: bytes of rows per chip, and the last access per register as clocks behind the block's first. */
  const bytes = new Map<number, number>();
  const lastAccess = new Map<number, number>();
  const push = (r: number): void => registers.push(r);
  /** A clock of the micro-op at idx. The local is already that of the block's end. */
  const clock = (idx: number, slot: number): number => CLK_STEP * (idx - blockEnd) + slot;
  const pushClock = (offset: number): void => {
    f.get(clk).i32(offset).op('i32.add');
  };

  /** If the access is too long after the clock in `prev`, refreshes the cell. */
  const bridge = (prev: number, time: Push, cell: Push, value: Push): void => {
    time();
    f.get(prev).op('i32.sub').i32(MAX_CLK_GAP).op('i32.gt_u').if();
    cell();
    value();
    f.get(prev);
    time();
    f.call(functions.refresh).set(prev).end();
  };

  /** Accesses a register; the result pushes its previous clock. */
  const touch = (r: number, idx: number, slot: 0 | 1 | 2): Push => {
    const time = clock(idx, slot);
    const known = lastAccess.get(r);
    lastAccess.set(r, time);
    if (known !== undefined) return () => pushClock(known);
    const prev = previous[slot];
    f.i32(0)
      .memory('i32.load', layout.regMarks + 4 * r)
      .set(prev);
    bridge(
      prev,
      () => pushClock(time),
      () => f.i32(REGISTER_SPACE + r),
      () => push(r),
    );
    return () => f.get(prev);
  };

  const row = (idx: number, fields: readonly Push[]): void => {
    const chip = program.chip[idx]!;
    const at = bytes.get(chip) ?? 0;
    const end = rowEnds.get(chip)!;
    for (const [i, field] of [() => f.i32(idx), () => pushClock(clock(idx, 0)), ...fields].entries()) {
      f.get(end);
      field();
      f.memory('i32.store', at + 4 * i);
    }
    bytes.set(chip, at + 4 * CHIP_RECORDS[CHIPS[chip]!].length);
  };

  const finish = (idx: number, value: Push): void => {
    value();
    registers.pop(rd[idx]!);
  };

  const accessed = f.local('i32');
  /** Leaves the linear address of the accessed word in `place`, its mark in `accessed`, its value in `word`. */
  const access = (idx: number): void => {
    const size = accessSize(op[idx]!);
    push(rs1[idx]!);
    f.i32(immediateOf(program, idx)).op('i32.add').set(address);
    emitPlace(f, layout, address, -4);
    f.tee(place).memory('i32.load', PAGE_BYTES).tee(accessed).op('i32.eqz');
    if (size > 1)
      f.get(address)
        .i32(size - 1)
        .op('i32.and')
        .op('i32.or');
    f.if();
    f.get(address).i32(idx).call(functions.touch[size]).set(place).end();
    f.get(place).memory('i32.load').set(word);
  };
  /** After the registers: the word's own previous clock and mark. */
  const touchWord = (idx: number): Push => {
    const time = clock(idx, 3);
    bridge(
      accessed,
      () => pushClock(time),
      () => f.get(address).i32(2).op('i32.shr_u'),
      () => f.get(word),
    );
    f.get(place);
    pushClock(time);
    f.memory('i32.store', PAGE_BYTES);
    return () => f.get(accessed);
  };
  /** Linear address of the accessed bytes. */
  const pushPlace = (): void => {
    f.get(place).get(address).i32(3).op('i32.and').op('i32.add');
  };

  return {
    enter: () => {
      registers.load();
      f.i32(0).memory('i32.load', layout.clk).set(clk);
      f.i32(0).memory('i32.load', layout.clkLimit).set(limit);
      for (const [chip, end] of rowEnds)
        f.i32(0)
          .memory('i32.load', layout.rowEnds + 4 * chip)
          .set(end);
    },
    leave: () => {
      registers.store();
      f.i32(0).get(clk).memory('i32.store', layout.clk);
      for (const [chip, end] of rowEnds)
        f.i32(0)
          .get(end)
          .memory('i32.store', layout.rowEnds + 4 * chip);
    },
    startBlock: (start, end, counter, exit) => {
      blockStart = start;
      blockEnd = end;
      bytes.clear();
      lastAccess.clear();
      const length = CLK_STEP * (blockEnd - blockStart);
      f.get(limit).get(clk).op('i32.sub').i32(length).op('i32.lt_s').if();
      exit();
      f.end();
      pushClock(length);
      f.set(clk);
      const at = layout.counters + 4 * counter;
      f.i32(0).i32(0).memory('i32.load', at).i32(1).op('i32.add').memory('i32.store', at);
    },
    endBlock: () => {
      for (const [r, time] of lastAccess) {
        f.i32(0);
        pushClock(time);
        f.memory('i32.store', layout.regMarks + 4 * r);
      }
      for (const [chip, size] of bytes) f.get(rowEnds.get(chip)!).i32(size).op('i32.add').set(rowEnds.get(chip)!);
    },
    constant: (idx) => {
      const d = rd[idx]!;
      row(idx, [() => push(d), touch(d, idx, 2)]);
      finish(idx, () => f.i32(immediateOf(program, idx)));
    },
    compute: (idx) => {
      const [d, a, b] = [rd[idx]!, rs1[idx]!, rs2[idx]!];
      const isImmediate = takesImmediate(op[idx]!);
      const prev1 = touch(a, idx, 0);
      const pushA = (): void => push(a);
      const pushB = (): void => push(b);
      const old = (): void => push(d);
      if (isImmediate) row(idx, [pushA, old, prev1, touch(d, idx, 2)]);
      else row(idx, [pushA, pushB, old, prev1, touch(b, idx, 1), touch(d, idx, 2)]);
      finish(idx, () => emitAlu(f, op[idx]!, pushA, isImmediate ? () => f.i32(operandOf(program, idx)) : pushB));
    },
    load: (idx) => {
      const [d, a] = [rd[idx]!, rs1[idx]!];
      access(idx);
      const prev1 = touch(a, idx, 0);
      const prevd = touch(d, idx, 2);
      const prevm = touchWord(idx);
      row(idx, [() => push(a), () => f.get(word), () => push(d), prev1, prevm, prevd]);
      finish(idx, () => {
        if (op[idx] === OP.LW) f.get(word);
        else {
          pushPlace();
          f.memory(op[idx] === OP.LBU ? 'i32.load8_u' : 'i32.load16_u');
        }
      });
    },
    store: (idx) => {
      const [a, b] = [rs1[idx]!, rs2[idx]!];
      access(idx);
      emitStoreCheck(f, program, functions, idx, address);
      const prev1 = touch(a, idx, 0);
      const prev2 = touch(b, idx, 1);
      const prevm = touchWord(idx);
      row(idx, [() => push(a), () => push(b), () => f.get(word), prev1, prev2, prevm]);
      pushPlace();
      push(b);
      f.memory(op[idx] === OP.SW ? 'i32.store' : op[idx] === OP.SB ? 'i32.store8' : 'i32.store16');
    },
    branch: (idx) => {
      const [a, b] = [rs1[idx]!, rs2[idx]!];
      row(idx, [() => push(a), () => push(b), touch(a, idx, 0), touch(b, idx, 1)]);
    },
    jalr: (idx, next) => {
      const [d, a] = [rd[idx]!, rs1[idx]!];
      row(idx, [() => push(a), () => push(d), touch(a, idx, 0), touch(d, idx, 2), () => f.get(next)]);
      finish(idx, () => f.i32(k2[idx]! | (k3[idx]! << 16)));
    },
    push,
  };
}
