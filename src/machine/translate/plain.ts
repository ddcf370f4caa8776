// Blocks at plain speed: values, which words a segment touches, a budget of micro-ops and how often each block ran.

import { OP } from '../../core/isa.ts';
import type { FunctionBuilder } from '../../core/wasm/index.ts';
import { accessSize } from '../alu.ts';
import { TOUCHED } from '../state.ts';
import { type AccessFunctions, emitPlace, emitStoreCheck, immediateOf, operandOf, takesImmediate } from './access.ts';
import { emitAlu, type Push } from './alu.ts';
import { PAGE_BYTES, type Region } from './layout.ts';
import type { BlockEmitter, RegionContext } from './region.ts';
import { Registers } from './registers.ts';

export function plainBlocks(
  f: FunctionBuilder,
  region: Region,
  { program, layout }: RegionContext,
  functions: AccessFunctions,
): BlockEmitter {
  const { op, rd, rs1, rs2, k2, k3 } = program.columns;
  const registers = new Registers(f, program, region, layout.regs);
  const fuel = f.local('i32');
  const address = f.local('i32');
  const place = f.local('i32');
  const push = (r: number): void => registers.push(r);

  /** Leaves the linear address of the access in `place`. */
  const access = (idx: number): void => {
    const size = accessSize(op[idx]!);
    push(rs1[idx]!);
    f.i32(immediateOf(program, idx)).op('i32.add').set(address);
    emitPlace(f, layout, address);
    f.tee(place);
    // A misaligned mark is no mark, so this finds misaligned accesses too.
    if (size < 4) f.i32(size === 1 ? -4 : -3).op('i32.and');
    f.memory('i32.load', PAGE_BYTES, 0).i32(TOUCHED).op('i32.ne').if();
    f.get(address)
      .i32(idx)
      .call(functions.touch[size])
      .get(address)
      .i32(3)
      .op('i32.and')
      .op('i32.add')
      .set(place)
      .end();
  };

  return {
    enter: () => {
      registers.load();
      f.i32(0).memory('i32.load', layout.fuel).set(fuel);
    },
    leave: () => {
      registers.store();
      f.i32(0).get(fuel).memory('i32.store', layout.fuel);
    },
    startBlock: (start, end, counter, exit) => {
      f.get(fuel)
        .i32(end - start)
        .op('i32.lt_s')
        .if();
      exit();
      f.end();
      f.get(fuel)
        .i32(end - start)
        .op('i32.sub')
        .set(fuel);
      const at = layout.counters + 4 * counter;
      f.i32(0).i32(0).memory('i32.load', at).i32(1).op('i32.add').memory('i32.store', at);
    },
    endBlock: () => {},
    constant: (idx) => {
      f.i32(immediateOf(program, idx));
      registers.pop(rd[idx]!);
    },
    compute: (idx) => {
      const a: Push = () => push(rs1[idx]!);
      const b: Push = takesImmediate(op[idx]!) ? () => f.i32(operandOf(program, idx)) : () => push(rs2[idx]!);
      emitAlu(f, op[idx]!, a, b);
      registers.pop(rd[idx]!);
    },
    load: (idx) => {
      access(idx);
      f.get(place).memory(op[idx] === OP.LW ? 'i32.load' : op[idx] === OP.LBU ? 'i32.load8_u' : 'i32.load16_u');
      registers.pop(rd[idx]!);
    },
    store: (idx) => {
      access(idx);
      emitStoreCheck(f, program, functions, idx, address);
      f.get(place);
      push(rs2[idx]!);
      f.memory(op[idx] === OP.SW ? 'i32.store' : op[idx] === OP.SB ? 'i32.store8' : 'i32.store16');
    },
    branch: () => {},
    jalr: (idx) => {
      f.i32(k2[idx]! | (k3[idx]! << 16));
      registers.pop(rd[idx]!);
    },
    push,
  };
}
