// Rows in place, where rd is rs1: which rows may be, which are chosen, honest and forged ones, proofs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chipRows } from '../../prover/chip_rows.ts';
import { cpuBackend } from '../../prover/cpu/backend.ts';
import { fillTrace } from '../../prover/cpu/trace.ts';
import { prove } from '../../prover/prove.ts';
import { segmentInput } from '../../prover/segment.ts';
import { createWasmBackend } from '../../prover/wasm/backend.ts';
import { chipByName, TEXTS } from '../../src/air/inventory.ts';
import { MIN_SAVED_ROWS, splitRows } from '../../src/air/second_tables.ts';
import { chooseTables, type TableRule, widthOf } from '../../src/air/table_choice.ts';
import { CLK_STEP, MAX_CLK_GAP, OP, REGISTER_SPACE } from '../../src/core/isa.ts';
import { testing } from '../../src/core/params.ts';
import { decodeProof } from '../../src/core/proof.ts';
import { verify } from '../../src/verifier/verify.ts';
import { Forgery, findings, random, rowsOf, type Segment, segment, withRows } from './harness.ts';
import { rowModel } from './rows.ts';
import { partsOf, singleCells } from './single_cells.ts';
import { secondWitness } from './solver.ts';

const OPERATIONS = ['add', 'sub', 'xor', 'or', 'and'];
const SOURCE = `
  li a2, 0x12345678; li a3, 0xcafebabe; la s0, words
  ${OPERATIONS.map((op) => `${op} a2, a2, a3; ${op} a3, a2, a3; ${op} a2, a2, a2; li a2, 0xdeadbeef; ${op} a4, a2, a3`).join('\n')}
  add a2, x0, a2; mv a3, a3; addi a2, a2, -1365; addi a4, a2, 7
  xori a2, a2, -1366; ori a2, a2, 291; andi a2, a2, -241; andi a4, a2, 5
  slli a2, a2, 7; slli a2, a2, 19; srli a3, a3, 3; srli a3, a3, 30; slli a4, a3, 3
  li a2, 0x12345678; srli a2, a2, 5; slli a2, a2, 0; add a2, a2, a2; xor a2, a2, a2
  lw s1, 0(s0); lw s0, 4(s0); lw s0, 8(s0)`;

const inPlace: TableRule = (_, rows, eligible) => ({
  own: rows - eligible,
  more: 0,
  inPlace: eligible,
  inPlaceMore: 0,
});
const halves: TableRule = (_, rows, eligible) => {
  const [own, here] = [Math.ceil((rows - eligible) / 2), Math.ceil(eligible / 2)];
  return { own, more: rows - eligible - own, inPlace: here, inPlaceMore: eligible - here };
};
const choose = (s: Segment, rule: TableRule): Segment => {
  const input = segmentInput(s.tables, s.run, testing, undefined, rule);
  return { ...s, input, trace: fillTrace(input) };
};

const general = segment(SOURCE, `words: .word 0x87654321, words, 0xabcd\n`);
const s = choose(general, inPlace);
const CHIPS = TEXTS.flatMap((c) => c.inPlace ?? []);
const rowsIn = (chip: string, of: Segment = s): number => of.input.records.get(chip)?.nRows ?? 0;
/** Program fields of the row of a chip. */
const fieldsOf = (chip: string, row: number): { op: number; rd: number; rs1: number; rs2: number } => {
  const { data, fields } = s.input.records.get(chip) ?? assert.fail(chip);
  const [, op, rd, rs1, rs2] = s.tables.program.map((c) => c[data[row * fields] as number] as number);
  return { op, rd, rs1, rs2 } as ReturnType<typeof fieldsOf>;
};

describe('forms in place', () => {
  it('need four columns and three fractions less', () => {
    for (const chip of TEXTS) {
      if (chip.inPlace === null) continue;
      assert.equal(chip.inPlace.columns.length, chip.columns.length - 4, chip.name);
      assert.equal(chip.inPlace.fractions.length, chip.fractions.length - 3, chip.name);
      assert.deepEqual(chip.inPlace.record, chip.record);
      assert.deepEqual(
        chip.inPlace.constraints.map((c) => c.name),
        chip.constraints.map((c) => c.name),
      );
    }
  });

  it('prove the rows whose rd is rs1, or rs2 where operands may be exchanged; all registers the same too', () => {
    assert.deepEqual(findings(general), []);
    assert.deepEqual(findings(s), []);
    assert.deepEqual(findings(choose(general, halves)), []);
    let same = 0;
    for (const chip of CHIPS) {
      assert.ok(rowsIn(chip.name) > 0, chip.name);
      for (let row = 0; row < rowsIn(chip.name); row++) {
        const { rd, rs1, rs2 } = fieldsOf(chip.name, row);
        assert.equal(rd, rs1);
        if (rs1 === rs2) same++;
      }
    }
    assert.ok(same >= 5, `${same}`);
    for (const name of ['add', 'bitwise']) {
      for (let row = 0; row < rowsIn(name); row++) {
        const { rd, rs1, rs2 } = fieldsOf(name, row);
        assert.ok(rd !== rs1 && rd !== rs2, `${name} ${row}: ${rd} ${rs1} ${rs2}`);
      }
    }
    // No chance to exchange operands: rd is rs2 of a subtraction.
    const subs = Array.from({ length: rowsIn('sub') }, (_, row) => fieldsOf('sub', row));
    assert.ok(subs.some(({ op, rd, rs2 }) => op === OP.SUB && rd === rs2));
  });

  for (const chip of CHIPS) {
    const models = Array.from({ length: rowsIn(chip.name) }, (_, row) => rowModel(s, chip, row));
    it(`${chip.name}: no other value of a cell, each constraint and each fraction reacts`, () => {
      const { reacted, free } = singleCells(s, chip, models);
      assert.deepEqual(
        partsOf(chip).filter((part) => !reacted.has(part)),
        [],
      );
      assert.deepEqual([...free], []);
    });
    it(`${chip.name}: no second witness`, () => {
      for (const model of models.slice(0, 8)) assert.equal(secondWitness(s, model, { budget: 20 }), undefined);
    });
    it(`${chip.name}: rows in padding, rows left out`, () => {
      const enabler = chip.columns.some((c) => c.name === 'enabler') ? 'enabler' : 'left0';
      const height = s.trace.get(chip.name)?.[0]?.length ?? 0;
      const used = rowsIn(chip.name);
      if (used < height) assert.notDeepEqual(new Forgery(s).set(chip.name, used, { [enabler]: 1 }).findings(), []);
      const off = Object.fromEntries(chip.columns.map((c) => [c.name, 0]));
      assert.notDeepEqual(new Forgery(s).set(chip.name, 0, off).recount().findings(), []);
    });
  }
});

describe('clocks in place', () => {
  const find = (chip: string, test: (f: ReturnType<typeof fieldsOf>) => boolean): number => {
    const row = Array.from({ length: rowsIn(chip) }, (_, i) => i).find((i) => test(fieldsOf(chip, i)));
    return row ?? assert.fail(`${chip}: no such row`);
  };

  it('rs2 = rs1 = rd reads what was there before: the result is no operand of its own', () => {
    for (const [chip, columns] of [
      ['add_in_place', { b_lo: 'c_lo', b_hi: 'c_hi' }],
      ['bitwise_in_place', { b_0: 'c_0', b_1: 'c_1', b_2: 'c_2', b_3: 'c_3' }],
    ] as const) {
      const row = find(chip, ({ rs1, rs2 }) => rs1 === rs2);
      const honest = new Forgery(s);
      const clk = honest.get(chip, row, 'clk');
      assert.equal(honest.get(chip, row, 'rd_prev'), clk + 1);
      const before = honest.get(chip, row, 'rs2_prev');
      assert.ok(before < clk);
      // rd first, then rs2 reads the result: its clock would have to be after clk + 2.
      const result = Object.fromEntries(Object.entries(columns).map(([b, c]) => [b, honest.get(chip, row, c)]));
      const forged = new Forgery(s).set(chip, row, { rd_prev: before, rs2_prev: clk + 2, ...result }).recount();
      assert.match(forged.findings().join(), /range/);
      // Both take the same tuple.
      assert.notDeepEqual(new Forgery(s).set(chip, row, { rd_prev: before }).recount().findings(), []);
      assert.notDeepEqual(
        new Forgery(s)
          .set(chip, row, { rs2_prev: clk + 1 })
          .recount()
          .findings(),
        [],
      );
    }
  });

  it('an access from the future, from the row itself, or too old', () => {
    for (const chip of CHIPS) {
      const clk = new Forgery(s).get(chip.name, 0, 'clk');
      for (const prev of [clk + 2, clk + 3, clk + 2 * CLK_STEP, clk - 65535, clk + 1 - MAX_CLK_GAP])
        assert.notDeepEqual(new Forgery(s).set(chip.name, 0, { rd_prev: prev }).recount().findings(), [], chip.name);
    }
  });

  it('rows that are too old for clk + 2 stay in the general form', () => {
    const rows = rowsOf(general);
    const { tables } = general;
    const operands = { rd: tables.program[2] as Uint32Array, rs1: tables.program[3] as Uint32Array };
    const records = (prev: number) => {
      const row = (rows.addi as number[][]).find(([idx]) => operands.rd[idx as number] === operands.rs1[idx as number]);
      const changed = (row ?? assert.fail()).with(1, 70000 * CLK_STEP).with(4, 70000 * CLK_STEP - prev);
      return { addi: { fields: chipByName.get('addi')?.record ?? [], nRows: 1, data: Uint32Array.from(changed) } };
    };
    assert.deepEqual([...chipRows(records(MAX_CLK_GAP - 2), operands, inPlace).keys()], ['addi_in_place']);
    for (const gap of [MAX_CLK_GAP - 1, MAX_CLK_GAP])
      assert.deepEqual([...chipRows(records(gap), operands, inPlace).keys()], ['addi']);
  });

  it('a micro-op with two registers has no row in place', () => {
    // The row of `addi a4, a2, 7`, in place: a4 would be both.
    const rows = rowsOf(general);
    const at = (rows.addi as number[][]).findIndex(([idx]) => {
      const [, , rd, rs1] = general.tables.program.map((c) => c[idx as number] as number);
      return rd !== rs1;
    });
    assert.ok(at >= 0);
    const [, , rd] = general.tables.program;
    const lying = { rd: rd as Uint32Array, rs1: rd as Uint32Array };
    const records = chipRows(general.run.records, lying, inPlace);
    const logRows = segmentInput(general.tables, general.run, testing, undefined, inPlace).layout.logRows;
    const input = { ...s.input, records, layout: s.input.layout };
    assert.ok(logRows.length > 0);
    assert.notDeepEqual(findings({ ...s, input, trace: fillTrace(input) }), []);
  });

  it('a register of the in-place row is one of the program', () => {
    const next = random(5);
    for (const chip of CHIPS) {
      const forged = new Forgery(s).set(chip.name, 0, { rd: next(32) + 100 }).recount();
      assert.match(forged.findings().join(), /program|memory/);
      assert.ok(REGISTER_SPACE > 0);
    }
  });
});

describe('the choice', () => {
  const height = (n: number): number => (n === 0 ? 0 : 2 ** Math.max(4, Math.ceil(Math.log2(n))));

  it('keeps all rows, and never costs more than without rows in place', () => {
    const next = random(6);
    for (const chip of TEXTS) {
      for (let i = 0; i < 60; i++) {
        const rows = next(2 ** (1 + next(20)));
        const eligible = chip.inPlace ? next(rows + 1) : 0;
        const t = chooseTables(chip, rows, eligible);
        assert.equal(t.own + t.more + t.inPlace + t.inPlaceMore, rows);
        assert.ok(t.inPlace + t.inPlaceMore <= eligible);
        const cost = (width: number, ...tables: readonly number[]): number =>
          tables.reduce((sum, n) => sum + (n === 0 ? 0 : width * (height(n) + MIN_SAVED_ROWS)), 0);
        const chosen =
          cost(widthOf(chip), t.own, t.more) + cost(widthOf(chip.inPlace ?? chip), t.inPlace, t.inPlaceMore);
        if (chip.inPlace) assert.ok(chosen <= cost(widthOf(chip), ...splitRows(rows)));
      }
    }
  });

  it('fills tables without padding where there are enough rows', () => {
    const bitwise = chipByName.get('bitwise') ?? assert.fail();
    // 49,101 rows, 44,672 of them in place: 16,333 general ones leave no padding worth the name.
    assert.deepEqual(chooseTables(bitwise, 49_101, 44_672), { own: 16_333, more: 0, inPlace: 32_768, inPlaceMore: 0 });
    assert.deepEqual(chooseTables(bitwise, 40, 20), { own: 40, more: 0, inPlace: 0, inPlaceMore: 0 });
    assert.deepEqual(chooseTables(bitwise, 40, 40), { own: 0, more: 0, inPlace: 40, inPlaceMore: 0 });
  });
});

describe('proofs', () => {
  it('with rows in place and second tables are the same by two tiers, and verified', async () => {
    const wasm = await createWasmBackend({ threads: 1 });
    try {
      const options = { params: testing, tables: halves };
      const { proof } = await prove(s.tables, s.run, wasm, options);
      const reference = await prove(s.tables, s.run, cpuBackend, options);
      assert.ok(Buffer.from(proof).equals(Buffer.from(reference.proof)));
      assert.equal(verify(proof, s.tables, { allowTesting: true }).exitCode, 0);
      const input = segmentInput(s.tables, s.run, testing, undefined, halves);
      assert.deepEqual(decodeProof(proof).logRows, input.layout.logRows);
      const present = new Set(input.layout.active.map(({ chip }) => chip.name));
      for (const name of ['add_in_place', 'add_in_place_more', 'shift_imm_in_place'])
        assert.ok(present.has(name), name);
    } finally {
      wasm.destroy();
    }
  });

  it('of changed records are refused', () => {
    const rows = rowsOf(general);
    const [first, ...rest] = rows.addi as number[][];
    assert.notDeepEqual(findings(choose(withRows(general, { ...rows, addi: rest }), inPlace)), []);
    const changed = { ...rows, addi: [(first as number[]).with(2, 1), ...rest] };
    assert.notDeepEqual(findings(choose(withRows(general, changed), inPlace)), []);
  });
});
