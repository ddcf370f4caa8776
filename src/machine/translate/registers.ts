// Registers of a region: locals that are loaded where it is entered and stored where it is left.

import { N_REGISTERS, OP } from '../../core/isa.ts';
import type { FunctionBuilder } from '../../core/wasm/index.ts';
import type { Program } from '../lower.ts';
import type { Region } from './layout.ts';

export class Registers {
  readonly #f: FunctionBuilder;
  readonly #base: number;
  readonly #locals = new Map<number, number>();
  readonly #written = new Set<number>();

  constructor(f: FunctionBuilder, program: Program, region: Region, base: number) {
    this.#f = f;
    this.#base = base;
    const { op, rd, rs1, rs2 } = program.columns;
    const used = new Set<number>();
    for (const [start, end] of region.blocks) {
      for (let i = start; i < end; i++) {
        const id = op[i]!;
        if (id === OP.ECALL || id === OP.TRAP) continue;
        const isStore = id >= OP.SW && id <= OP.SH;
        const isBranch = id >= OP.BEQ && id <= OP.BGEU;
        for (const r of [rs1[i]!, rs2[i]!, rd[i]!]) used.add(r);
        if (!isStore && !isBranch) this.#written.add(rd[i]!);
      }
    }
    this.#written.delete(0);
    for (let r = 1; r < N_REGISTERS; r++) if (used.has(r)) this.#locals.set(r, f.local('i32'));
  }

  load(): void {
    for (const [r, local] of this.#locals)
      this.#f
        .i32(0)
        .memory('i32.load', this.#base + 4 * r)
        .set(local);
  }

  store(): void {
    for (const r of this.#written)
      this.#f
        .i32(0)
        .get(this.#locals.get(r)!)
        .memory('i32.store', this.#base + 4 * r);
  }

  /** x0 is 0. */
  push(r: number): void {
    if (r === 0) this.#f.i32(0);
    else this.#f.get(this.#locals.get(r)!);
  }

  pop(r: number): void {
    this.#f.set(this.#locals.get(r)!);
  }
}
