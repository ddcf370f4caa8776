// Reads a run's records back, without the executor: every cell access that the rows state, and the checks that the
// machine's relations stand for. Written from the record format alone.

import assert from 'node:assert/strict';
import { PRECOMPILES, type PrecompileName } from '../../src/core/precompiles.ts';
import { CHIPS, type ChipName, type Execution, imageTable, OP_NAMES, type Program } from '../../src/machine/index.ts';

export type Row = Readonly<Record<string, number>>;

/** One access: consumes (addr, before, prev), produces (addr, after, time). */
export interface Access {
  readonly addr: number;
  readonly before: number;
  readonly prev: number;
  readonly after: number;
  readonly time: number;
}

const REG = 2 ** 30;

/** Rows of a chip by field name. */
export function rowsOf(execution: Execution, chip: ChipName): Row[] {
  const { fields, nRows, data } = execution.records[chip];
  return Array.from({ length: nRows }, (_, i) =>
    Object.fromEntries(fields.map((f, j) => [f, data[i * fields.length + j]!])),
  );
}

const u32 = (n: bigint): number => Number(BigInt.asUintN(32, n));
const signed = (n: number): bigint => BigInt.asIntN(32, BigInt(n));

/** Result of a row's op, recomputed over big integers. */
function result(op: string, x: number, y: number): number {
  const [a, b, s] = [BigInt(x), BigInt(y), BigInt(y & 31)];
  switch (op.replace(/I$/, '')) {
    case 'ADD':
      return u32(a + b);
    case 'SUB':
      return u32(a - b);
    case 'XOR':
      return u32(a ^ b);
    case 'OR':
      return u32(a | b);
    case 'AND':
      return u32(a & b);
    case 'SLL':
    case 'SLLI':
      return u32(a << s);
    case 'SRL':
    case 'SRLI':
      return u32(a >> s);
    case 'SLT':
      return Number(signed(x) < signed(y));
    case 'SLTU':
      return Number(a < b);
    case 'MUL':
      return u32(a * b);
    case 'MULHU':
      return u32((a * b) >> 32n);
    case 'DIVU':
      return b === 0n ? 0xffffffff : u32(a / b);
    case 'REMU':
      return b === 0n ? x : u32(a % b);
    default:
      throw new Error(`no result for ${op}`);
  }
}

function jumps(op: string, x: number, y: number): boolean {
  const [a, b] = op.endsWith('U') ? [BigInt(x), BigInt(y)] : [signed(x), signed(y)];
  const kind = op.slice(1, 3);
  return kind === 'EQ' ? a === b : kind === 'NE' ? a !== b : kind === 'LT' ? a < b : a >= b;
}

interface Step {
  readonly accesses: readonly Access[];
  /** Successor index; undefined where the run ends. */
  readonly next: number | undefined;
}

/** What one row of an instruction chip states. */
function readRow(program: Program, chip: ChipName, row: Row): Step {
  const f = (name: string): number => row[name]!;
  const idx = f('idx');
  const clk = f('clk');
  const c = (name: keyof Program['columns']): number => program.columns[name][idx]!;
  const op = OP_NAMES[c('op')]!;
  const imm = (c('k0') | (c('k1') << 16)) >>> 0;
  const read = (r: number, value: number, prev: number, slot: number): Access => ({
    addr: REG + r,
    before: value,
    prev,
    after: value,
    time: clk + slot,
  });
  const write = (r: number, after: number, old = f('old'), prev = f('prevd')): Access => ({
    addr: REG + r,
    before: old,
    prev,
    after: after >>> 0,
    time: clk + 2,
  });
  const rs1 = (): Access => read(c('rs1'), f('a'), f('prev1'), 0);
  const rs2 = (): Access => read(c('rs2'), f('b'), f('prev2'), 1);
  const memory = (word: number, before: number, prev: number, after: number): Access => ({
    addr: word,
    before,
    prev,
    after,
    time: clk + 3,
  });
  const address = (): number => (f('a') + imm) % 2 ** 32;
  switch (chip) {
    case 'const':
      return { accesses: [write(c('rd'), imm)], next: c('k2') };
    case 'addi':
    case 'shift_imm':
      return { accesses: [rs1(), write(c('rd'), result(op, f('a'), imm))], next: idx + 1 };
    case 'bitwise_imm': {
      const bytes = (c('k0') | (c('k1') << 8) | (c('k2') << 16) | (c('k3') << 24)) >>> 0;
      return { accesses: [rs1(), write(c('rd'), result(op, f('a'), bytes))], next: idx + 1 };
    }
    case 'branch_eq':
    case 'branch_lt':
      return { accesses: [rs1(), rs2()], next: jumps(op, f('a'), f('b')) ? c('k0') : idx + 1 };
    case 'jalr': {
      const next = f('nextidx');
      const target = (address() & ~1) >>> 0;
      assert.equal(program.columns.addrLo[next]! + 65536 * program.columns.addrHi[next]!, target);
      return { accesses: [rs1(), write(c('rd'), c('k2') + 65536 * c('k3'))], next };
    }
    case 'load_word':
    case 'load_sub': {
      const lane = f('mem') >>> (8 * (address() % 4));
      const value = op === 'LW' ? f('mem') : op === 'LBU' ? lane & 0xff : lane & 0xffff;
      const mem = memory(address() >>> 2, f('mem'), f('prevm'), f('mem'));
      return { accesses: [rs1(), mem, write(c('rd'), value)], next: idx + 1 };
    }
    case 'store_word':
    case 'store_sub': {
      const size = op === 'SW' ? 4 : op === 'SH' ? 2 : 1;
      const bytes = new Uint8Array(new Uint32Array([f('mem'), f('b')]).buffer);
      bytes.copyWithin(address() % 4, 4, 4 + size);
      const after = new Uint32Array(bytes.buffer)[0]!;
      assert.equal(address() % size, 0);
      return {
        accesses: [rs1(), rs2(), memory(address() >>> 2, f('mem'), f('prevm'), size === 4 ? f('b') : after)],
        next: idx + 1,
      };
    }
    case 'halt': {
      const words = Array.from({ length: 8 }, (_, i) => i);
      return {
        accesses: [
          read(17, 0, f('prev17'), 0),
          read(10, f('code'), f('prev10'), 1),
          read(11, f('ptr'), f('prev11'), 2),
          ...words.map((i) => memory((f('ptr') >>> 2) + i, f(`w${i}`), f(`p${i}`), f(`w${i}`))),
        ],
        next: undefined,
      };
    }
    case 'read':
      return {
        accesses: [read(17, 1, f('prev17'), 0), read(10, f('ptr'), f('prev10'), 1), read(11, f('len'), f('prev11'), 2)],
        next: idx + 1,
      };
    case 'input_length':
      return {
        accesses: [read(17, 2, f('prev17'), 0), write(10, f('value'), f('old10'), f('prev10w'))],
        next: idx + 1,
      };
    case 'write':
      return { accesses: [read(17, 3, f('prev17'), 0)], next: idx + 1 };
    case 'call1':
    case 'call2':
    case 'call3':
    case 'call4': {
      const pointers = Array.from({ length: Number(chip.slice(4)) }, (_, k) => k);
      return {
        accesses: [
          read(17, f('number'), f('prev17'), 0),
          ...pointers.map((k) => read(10 + k, f(`ptr${k}`), f(`prev1${k}`), (1 + k) % 4)),
        ],
        next: idx + 1,
      };
    }
    default:
      return { accesses: [rs1(), rs2(), write(c('rd'), result(op, f('a'), f('b')))], next: idx + 1 };
  }
}

/** Rows of terms of dot products: each reads the words that it has of either operand. */
const dotAccesses = (execution: Execution): Access[] =>
  (['qm31_dot_terms', 'm31_dot_terms'] as const).flatMap((chip) =>
    rowsOf(execution, chip).flatMap((row) => {
      const counts = chip === 'm31_dot_terms' ? [row.used!, 4 * row.used!] : [4, 4];
      return counts.flatMap((count, j) =>
        Array.from({ length: count }, (_, i) => {
          const value = row[`x${j + 1}_${i}`]!;
          const [addr, prev] = [row[j === 0 ? 'atx' : 'aty']! + i, row[`p${j + 1}_${i}`]!];
          return { addr, before: value, prev, after: value, time: row.clk! + 2 - j };
        }),
      );
    }),
  );

/** Rows of the precompiles: each call has one, with the pointers of the ecall's row; accesses to the words behind them. */
function precompileAccesses(execution: Execution): Access[] {
  const calls = new Map(
    (['call1', 'call2', 'call3', 'call4'] as const).flatMap((chip) => rowsOf(execution, chip).map((r) => [r.clk!, r])),
  );
  const accesses = Object.entries(PRECOMPILES).flatMap(([name, { number, words }]) =>
    rowsOf(execution, name as PrecompileName).flatMap((row) => {
      const call = calls.get(row.clk!);
      assert.equal(call?.number, number);
      calls.delete(row.clk!);
      return words.flatMap((count, k) => {
        assert.equal(row[`at${k}`], call![`ptr${k}`]! / 4);
        return Array.from({ length: count }, (_, i) => ({
          addr: row[`at${k}`]! + i,
          before: row[`x${k}_${i}`]!,
          prev: row[`p${k}_${i}`]!,
          after: row[k === 0 ? `y${i}` : `x${k}_${i}`]!,
          time: row.clk! + 3 - k,
        }));
      });
    }),
  );
  assert.equal(calls.size, 0);
  return [...accesses, ...dotAccesses(execution)];
}

/** Chips whose rows are no step. */
const INNER = (chip: ChipName): boolean =>
  ['read_word', 'image', 'zero_init', 'refresh'].includes(chip) ||
  Object.keys(PRECOMPILES).some((name) => chip.startsWith(name));

/** Checks that the records of a run state one consistent execution; returns the number of accesses. */
export function checkRecords(program: Program, execution: Execution): number {
  const balance = new Map<string, number>();
  const add = (tuple: readonly number[], n: number): void => {
    const key = tuple.join();
    const sum = (balance.get(key) ?? 0) + n;
    if (sum === 0) balance.delete(key);
    else balance.set(key, sum);
  };
  let nAccesses = 0;
  const access = (a: Access, far = false): void => {
    nAccesses++;
    assert.ok(a.prev < a.time, `clock order at ${a.addr}`);
    if (!far) assert.ok(a.time - a.prev - 1 < 65536, `clock gap at ${a.addr}`);
    add([0, a.addr, a.before, a.prev], -1);
    add([0, a.addr, a.after, a.time], 1);
  };

  add([1, program.entryIdx, 4], 1);
  let steps = 0;
  for (const chip of CHIPS) {
    if (INNER(chip)) continue;
    for (const row of rowsOf(execution, chip)) {
      const { accesses, next } = readRow(program, chip, row);
      for (const a of accesses) access(a);
      add([1, row.idx!, row.clk!], -1);
      if (next !== undefined) add([1, next, row.clk! + 4], 1);
      steps++;
    }
  }
  assert.equal(steps, execution.steps);
  assert.equal(execution.finalClk, 4 * steps);

  const words = new Map<number, number>();
  for (const row of rowsOf(execution, 'read_word')) {
    words.set(row.clk!, (words.get(row.clk!) ?? 0) + 1);
    access({ addr: row.wordaddr!, before: row.old!, prev: row.prev!, after: row.newvalue!, time: row.clk! + 3 });
  }
  for (const row of rowsOf(execution, 'read')) assert.equal(words.get(row.clk!) ?? 0, Math.ceil(row.len! / 4));
  for (const row of rowsOf(execution, 'refresh')) {
    access({ addr: row.addr!, before: row.value!, prev: row.prev!, after: row.value!, time: row.newclk! }, true);
  }

  for (const a of precompileAccesses(execution)) access(a);

  // First tuples from the image table and zero_init, last tuples to their final columns.
  const image = imageTable(program);
  const finals = rowsOf(execution, 'image');
  assert.equal(finals.length, image.nRows);
  const chain: { addr: number; lastnext: number }[] = [];
  for (const [i, row] of finals.entries()) {
    const addr = image.addr[i]!;
    add([0, addr, image.lo[i]! + 65536 * image.hi[i]!, 0], 1);
    add([0, addr, row.finalvalue!, row.finalclk!], -1);
    if (image.chained[i] === 1) chain.push({ addr, lastnext: row.lastnext! });
    else assert.equal(row.lastnext, 0);
  }
  for (const row of rowsOf(execution, 'zero_init')) {
    assert.ok(row.finalclk! > 0);
    add([0, row.wordaddr!, 0, 0], 1);
    add([0, row.wordaddr!, row.finalvalue!, row.finalclk!], -1);
    chain.push({ addr: row.wordaddr!, lastnext: row.lastnext! });
  }
  chain.sort((a, b) => a.addr - b.addr);
  for (const [i, { lastnext }] of chain.entries()) assert.equal(lastnext, i === 0 ? 0 : chain[i - 1]!.addr + 1);
  assert.deepEqual([...balance], []);
  return nAccesses;
}
