// Seeded random programs that halt: straight code over every instruction, memory, loops, calls, jumps through tables and
// into the middle of blocks, host calls.

import { assemble, haltingProgram } from './asm.ts';

/** Numbers in [0, n), the same for a seed: mulberry32. */
export function randomOf(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const REGISTERS = 'zero t0 t1 t2 t3 t4 s0 s1 s2 s3 s4 a2 a3 a4 a5'.split(' ');
const THREE = 'add sub xor or and sll srl sra slt sltu mul mulh mulhu mulhsu div divu rem remu'.split(' ');
const IMMEDIATE = 'addi xori ori andi slti sltiu'.split(' ');
const SHIFTS = 'slli srli srai'.split(' ');
const BRANCHES = 'beq bne blt bge bltu bgeu'.split(' ');
const AMOS = 'amoswap.w amoadd.w amoxor.w amoand.w amoor.w amomin.w amomax.w amominu.w amomaxu.w sc.w'.split(' ');
const CONSTANTS = [0, 1, -1, 0x7fffffff, -0x80000000, 0xffff, 0x12345678, 31, -2];
/** Two areas of memory far apart; programs use their first 512 bytes, and s11 holds the address of one. */
const AREAS = [0x30000, 0xfffe0000];
export const RANDOM_INPUT: Uint8Array = Uint8Array.from({ length: 64 }, (_, i) => i * 37);

/** An executable and the number of its input bytes is that of RANDOM_INPUT. */
export function randomProgram(seed: number): Uint8Array {
  const random = randomOf(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const register = (): string => pick(REGISTERS);
  const table: string[] = [];
  let nLabels = 0;
  let read = 0;
  let depth = 0;

  const simple = (): string => {
    switch (random(10)) {
      case 0:
      case 1:
      case 2:
        return `${pick(THREE)} ${register()}, ${register()}, ${register()}`;
      case 3:
        return `${pick(IMMEDIATE)} ${register()}, ${register()}, ${random(4096) - 2048}`;
      case 4:
        return `${pick(SHIFTS)} ${register()}, ${register()}, ${random(32)}`;
      case 5:
        return `li ${register()}, ${random(2) ? pick(CONSTANTS) : random(2 ** 32)}`;
      case 6:
        return pick(['lw', 'lh', 'lb', 'lbu', 'lhu', 'sw', 'sh', 'sb']).concat(
          ` ${register()}, ${4 * random(128)}(s11)`,
        );
      case 7:
        return random(2)
          ? `${pick(['lb', 'lbu', 'sb'])} ${register()}, ${random(512)}(s11)`
          : `${pick(['lh', 'lhu', 'sh'])} ${register()}, ${2 * random(256)}(s11)`;
      case 8:
        return random(2)
          ? `addi t5, s11, ${4 * random(16)}; lr.w ${register()}, (t5)`
          : `auipc ${register()}, ${random(100)}`;
      default:
        return `addi t5, s11, ${4 * random(16)}; ${pick(AMOS)} ${register()}, ${register()}, (t5)`;
    }
  };
  const some = (n: number, item: () => string): string => Array.from({ length: 1 + random(n) }, item).join('\n');
  const chunk = (): string => {
    const label = `l${nLabels++}`;
    const kind = depth > 2 ? 0 : random(10);
    depth++;
    const counter = `s${6 + depth}`;
    let text: string;
    switch (kind) {
      case 1:
        // A loop; now and then one that lets cells rest past the longest clock gap.
        text = `li ${counter}, ${random(12) === 0 && depth === 1 ? 6000 : 1 + random(12)}
          ${label}: ${depth === 1 && random(2) ? some(3, simple) : some(3, chunk)}
          addi ${counter}, ${counter}, -1
          bnez ${counter}, ${label}`;
        break;
      case 2:
        text = `${pick(BRANCHES)} ${register()}, ${register()}, ${label}
          ${some(3, simple)}
          ${label}: ${simple()}`;
        break;
      case 3:
        text = `jal ra, ${label}
          ${some(3, simple)}
          j ${label}_end
          ${label}: ${some(4, simple)}
          ret
          ${label}_end: nop`;
        break;
      case 4: {
        // A jump through a table to one of two labels.
        const at = 4 * table.length;
        table.push(`${label}_0`, `${label}_1`);
        text = `andi t5, ${register()}, 4
          la t6, table; add t6, t6, t5; lw t6, ${at}(t6)
          ${random(2) ? 'jr t6' : 'jalr a3, 1(t6)'}
          ${label}_0: ${some(3, simple)}
          ${label}_1: ${simple()}`;
        break;
      }
      case 5:
        // Into the middle of a block.
        text = `la t5, ${label}
          jr ${4 * random(4)}(t5)
          ${label}: addi s0, s0, 1; addi s1, s1, 3; xor s2, s2, s0; add s3, s3, s1; ${simple()}`;
        break;
      case 6: {
        const length = random(7);
        if (depth > 1 || read + length > RANDOM_INPUT.length) text = 'li a7, 2; ecall';
        else {
          read += length;
          text = `addi a0, s11, ${4 * random(16)}; li a1, ${length}; li a7, 1; ecall`;
        }
        break;
      }
      case 7:
        text = `li a0, ${1 + random(2)}; mv a1, s11; li a2, ${random(9)}; li a7, 3; ecall`;
        break;
      case 8:
        text = `li s11, ${pick(AREAS)}`;
        break;
      default:
        text = some(8, simple);
    }
    depth--;
    return text;
  };

  const body = Array.from({ length: 8 + random(16) }, chunk).join('\n');
  const data = `table: .word ${table.length > 0 ? table.join(', ') : 0}`;
  return assemble(haltingProgram(`_start: li s11, ${AREAS[0]}\n${body}`, data));
}
