// Set-up: decode all code of an executable and lower it to the program table.

import { CHIP_ID_OF_OP, MAX_PROGRAM_LENGTH, N_REGISTERS, OP, REGISTER_SPACE, SENTINEL_ADDRESS } from '../core/isa.ts';
import { decode, type Instruction, isWide, MNEMONICS, type Mnemonic } from './decode.ts';
import { type AddressRange, type Elf, ElfError } from './elf.ts';
import { lower, type MicroOp } from './lower_rules.ts';

/** Columns of the program table, in commitment order. */
export const PROGRAM_COLUMNS = ['op', 'rd', 'rs1', 'rs2', 'k0', 'k1', 'k2', 'k3', 'k4', 'addrLo', 'addrHi'] as const;
export type ProgramColumn = (typeof PROGRAM_COLUMNS)[number];

/** addrLo of rows that no indirect jump can reach: odd, so no jump target equals it. */
export const UNREACHABLE_LO = 1;
/** Instruction number of the trap rows that stand between and behind runs of code. */
export const NO_INSTRUCTION = 0xffffffff;

export interface Program {
  readonly elf: Elf;
  /** Micro-ops, each one row. */
  readonly length: number;
  /** Limbs and bytes below 2^16, but CONST's k2 and the branches' k0 are micro-op indices below 2^21. */
  readonly columns: Readonly<Record<ProgramColumn, Uint32Array>>;
  /** Chip id (position in CHIPS) per micro-op; NO_CHIP for ECALL and TRAP. */
  readonly chip: Uint8Array;
  /** 1 for the first micro-op of an instruction. */
  readonly first: Uint8Array;
  /** Instruction number per micro-op, or NO_INSTRUCTION. */
  readonly instruction: Uint32Array;
  /** Per instruction: byte address, and position in MNEMONICS (MNEMONICS.length = undecodable). */
  readonly pc: Uint32Array;
  readonly mnemonic: Uint8Array;
  readonly entryIdx: number;
  /** The row that direct jumps to a non-instruction lead to: the last one, a TRAP. */
  readonly badTargetIdx: number;
  /** For each code range, micro-op index per halfword, -1 where no instruction starts. */
  readonly starts: readonly { readonly range: AddressRange; readonly idx: Int32Array }[];
}

interface Walked {
  readonly pc: number;
  readonly insn: Instruction | null;
  readonly ops: readonly MicroOp[];
  readonly idx: number;
}

const TRAP: readonly MicroOp[] = [{ op: 'TRAP' }];

/** Micro-op index of the instruction that starts at a byte address, or -1. */
export function indexOfAddress(program: Pick<Program, 'starts'>, addr: number): number {
  for (const { range, idx } of program.starts) {
    if (addr >= range.start && addr < range.end)
      return (addr - range.start) % 2 ? -1 : idx[(addr - range.start) >>> 1]!;
  }
  return -1;
}

/** Mnemonic of an instruction number. */
export function mnemonicOf(program: Program, instruction: number): Mnemonic | 'trap' {
  return MNEMONICS[program.mnemonic[instruction] ?? MNEMONICS.length] ?? 'trap';
}

/** Decodes and lowers all code; throws `ElfError` if the entry is not an instruction or there is too much code. */
export function buildProgram(elf: Elf): Program {
  const { walked, starts, length } = walk(elf);
  const columns = Object.fromEntries(PROGRAM_COLUMNS.map((c) => [c, new Uint32Array(length)])) as Record<
    ProgramColumn,
    Uint32Array
  >;
  columns.addrLo.fill(UNREACHABLE_LO);
  columns.op.fill(OP.TRAP);
  const chip = new Uint8Array(length).fill(CHIP_ID_OF_OP[OP.TRAP]!);
  const first = new Uint8Array(length);
  const instruction = new Uint32Array(length).fill(NO_INSTRUCTION);
  const pc = Uint32Array.from(walked, (w) => w.pc);
  const mnemonic = Uint8Array.from(walked, (w) => (w.insn ? MNEMONICS.indexOf(w.insn.mnemonic) : MNEMONICS.length));
  const badTargetIdx = length - 1;
  const targetIdx = (addr: number): number => {
    const idx = indexOfAddress({ starts }, addr);
    return idx < 0 ? badTargetIdx : idx;
  };

  for (const [number, { pc: addr, ops, idx }] of walked.entries()) {
    first[idx] = 1;
    columns.addrLo[idx] = addr & 0xffff;
    columns.addrHi[idx] = addr >>> 16;
    for (const [i, op] of ops.entries()) {
      const row = idx + i;
      const id = OP[op.op];
      columns.op[row] = id;
      columns.rd[row] = op.rd ?? 0;
      columns.rs1[row] = op.rs1 ?? 0;
      columns.rs2[row] = op.rs2 ?? 0;
      const next = op.target !== undefined ? targetIdx(op.target) : op.local !== undefined ? idx + op.local : row + 1;
      const k = op.op === 'CONST' ? [...op.k!, next] : (op.k ?? (isBranch(id) ? [next] : []));
      for (const [j, value] of k.entries()) columns[`k${j}` as ProgramColumn][row] = value;
      chip[row] = CHIP_ID_OF_OP[id]!;
      instruction[row] = number;
    }
  }

  const entryIdx = indexOfAddress({ starts }, elf.entry);
  if (entryIdx < 0) {
    throw new ElfError('elf_entry', `the entry point 0x${elf.entry.toString(16)} is not the start of an instruction`);
  }
  return { elf, length, columns, chip, first, instruction, pc, mnemonic, entryIdx, badTargetIdx, starts };
}

function isBranch(op: number): boolean {
  return op >= OP.BEQ && op <= OP.BGEU;
}

/**
 * Walks each code range by instruction lengths. Data marked by mapping symbols is left out, undecodable halfwords become
 * TRAP instructions of two bytes, and at every label the walk starts afresh, so data in code costs no instruction behind it.
 * Where code does not go on, a TRAP row follows: micro-ops have their successor at idx + 1.
 */
function walk(elf: Elf): { walked: Walked[]; starts: Program['starts']; length: number } {
  const walked: Walked[] = [];
  const starts: { range: AddressRange; idx: Int32Array }[] = [];
  let length = 0;
  for (const range of elf.code) {
    const segment = elf.segments.find((s) => range.start >= s.addr && range.start < s.addr + s.data.length)!;
    const { data, addr: base } = segment;
    const end = Math.min(range.end, base + data.length);
    const idx = new Int32Array((end - range.start + 1) >>> 1).fill(-1);
    starts.push({ range: { start: range.start, end }, idx });
    const half = (at: number): number => data[at - base]! | (data[at + 1 - base]! << 8);
    let nextAnchor = lowerBound(elf.anchors, range.start);
    let nextData = 0;
    let pc = range.start + (range.start % 2);
    let open = false;
    const close = (): void => {
      if (open) length++;
      open = false;
    };
    while (pc + 2 <= end) {
      const skipped = elf.codeData[nextData];
      if (skipped && pc >= skipped.start) {
        if (pc < skipped.end) {
          close();
          pc = skipped.end + (skipped.end % 2);
        }
        nextData++;
        continue;
      }
      while (nextAnchor < elf.anchors.length && elf.anchors[nextAnchor]! <= pc) nextAnchor++;
      const limit = Math.min(end, elf.anchors[nextAnchor] ?? end, skipped?.start ?? end);
      const low = half(pc);
      const fits = pc + (isWide(low) ? 4 : 2) <= limit;
      const insn = fits ? decode(isWide(low) ? low | (half(pc + 2) << 16) : low) : null;
      const lowered = insn ? lower(insn, pc) : [];
      const ops = lowered.length > 0 ? lowered : TRAP;
      idx[(pc - range.start) >>> 1] = length;
      walked.push({ pc, insn, ops, idx: length });
      length += ops.length;
      open = true;
      pc += insn?.len ?? 2;
      if (length > MAX_PROGRAM_LENGTH - 2) {
        throw new ElfError('elf_too_large', `the code lowers to more than ${MAX_PROGRAM_LENGTH} micro-ops`);
      }
    }
    close();
  }
  return { walked, starts, length: length + 1 };
}

function lowerBound(sorted: readonly number[], value: number): number {
  let i = 0;
  while (i < sorted.length && sorted[i]! < value) i++;
  return i;
}

/** Initial memory as the image chip's preprocessed columns. `lo`, `hi` are 16-bit limbs of the value. */
export interface ImageTable {
  readonly nRows: number;
  readonly addr: Uint32Array;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  /** 1 for memory words and the sentinel: their addresses form the chain of ascending addresses. */
  readonly chained: Uint32Array;
}

/** Registers, then image words by ascending address, then the chain's sentinel. */
export function imageTable(program: Program): ImageTable {
  const { addr: words, value } = program.elf.image;
  const nRows = N_REGISTERS + words.length + 1;
  const table = {
    nRows,
    addr: new Uint32Array(nRows),
    lo: new Uint32Array(nRows),
    hi: new Uint32Array(nRows),
    chained: new Uint32Array(nRows).fill(1, N_REGISTERS),
  };
  for (let r = 0; r < N_REGISTERS; r++) table.addr[r] = REGISTER_SPACE + r;
  for (let i = 0; i < words.length; i++) {
    table.addr[N_REGISTERS + i] = words[i]!;
    table.lo[N_REGISTERS + i] = value[i]! & 0xffff;
    table.hi[N_REGISTERS + i] = value[i]! >>> 16;
  }
  table.addr[nRows - 1] = SENTINEL_ADDRESS;
  return table;
}
