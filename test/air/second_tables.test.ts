// Rows in two tables: the rule, honest and forged traces, and proofs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuBackend } from '../../prover/cpu/backend.ts';
import { fillTrace } from '../../prover/cpu/trace.ts';
import { prove } from '../../prover/prove.ts';
import { segmentInput } from '../../prover/segment.ts';
import { airModule } from '../../prover/wasm/air/stages.ts';
import { createWasmBackend } from '../../prover/wasm/backend.ts';
import { CHIPS, chipByName, TEXTS } from '../../src/air/inventory.ts';
import { buildLayout, checkLogRows } from '../../src/air/layout.ts';
import {
  hasSecondTable,
  MIN_SAVED_ROWS,
  originalOf,
  secondTable,
  secondTableName,
  splitRows,
} from '../../src/air/second_tables.ts';
import type { TableRule } from '../../src/air/table_choice.ts';
import { testing } from '../../src/core/params.ts';
import { decodeProof } from '../../src/core/proof.ts';
import { verify } from '../../src/verifier/verify.ts';
import { Forgery, findings, type Segment } from './harness.ts';
import { everyChip } from './programs.ts';

const general = (own: number, more: number) => ({ own, more, inPlace: 0, inPlaceMore: 0 });
const halves: TableRule = (_, rows) => general(Math.ceil(rows / 2), Math.floor(rows / 2));

const split = (s: Segment, rule: TableRule): Segment => {
  const input = segmentInput(s.tables, s.run, testing, undefined, rule);
  return { ...s, input, trace: fillTrace(input) };
};

describe('the rule', () => {
  const height = (rows: number): number => (rows === 0 ? 0 : 2 ** Math.ceil(Math.log2(rows)));

  it('keeps all rows, and splits exactly where that saves enough', () => {
    for (let log = 0; log <= 22; log++) {
      for (const rows of [0, 1, 2, 3, 2 ** log, 2 ** log + 1, 1.25 * 2 ** log, 1.5 * 2 ** log, 1.5 * 2 ** log + 1]) {
        const [own, more] = splitRows(rows);
        assert.equal(own + more, rows);
        if (!Number.isInteger(rows)) continue;
        const saved = height(rows) - height(own) - height(more);
        const best = rows < 2 ? 0 : height(rows) / 2 - height(rows - height(rows) / 2);
        assert.equal(more > 0, best >= MIN_SAVED_ROWS, `${rows}`);
        assert.equal(saved, more > 0 ? best : 0);
      }
    }
  });
});

describe('the inventory', () => {
  it('has second tables after all texts, of the same text', () => {
    assert.deepEqual(CHIPS.slice(0, TEXTS.length), TEXTS);
    assert.deepEqual(
      CHIPS.slice(TEXTS.length).map((c) => c.original),
      TEXTS.filter(hasSecondTable),
    );
    for (const chip of CHIPS.slice(TEXTS.length)) {
      const { original, name, table, inPlace: _, ...rest } = chip;
      assert.ok(original);
      assert.equal(name, secondTableName(original.name));
      assert.equal(table, name);
      assert.deepEqual(rest, { ...rest, columns: original.columns, constraints: original.constraints });
      assert.equal(originalOf(chip).fractions, chip.fractions);
    }
  });

  it('has none of a chip whose rows say what the whole proof is', () => {
    for (const name of ['range', 'program', 'image', 'halt', 'zero_init', 'boundary_memory', 'first_chain'])
      assert.equal(chipByName.has(secondTableName(name)), false, name);
  });

  it('bounds the uses of all tables together', () => {
    const least = CHIPS.map((c) => c.tableLog ?? (['program', 'image_table', 'image'].includes(c.name) ? 4 : -1));
    const at = (name: string): number => CHIPS.findIndex((c) => c.name === name);
    assert.equal(checkLogRows(least.with(at('add'), 22)), undefined);
    const both = ['add', 'sub', 'mul', 'div', 'bitwise', 'shift_reg', 'load_sub', 'store_sub', 'load_word', 'compare'];
    const tall = (names: readonly string[]): number[] => names.reduce((l, n) => l.with(at(n), 22), [...least]);
    assert.equal(checkLogRows(tall(both)), undefined);
    assert.match(checkLogRows(tall([...both, ...both.map(secondTableName)])) ?? '', /too many rows/);
  });

  it('has the kernels of each text once', () => {
    const limits = { min: 1, max: 4, shared: true };
    const add = chipByName.get('add') ?? assert.fail();
    const { names } = airModule([add], limits as never);
    assert.deepEqual(names, ['sum', 'fill_add', 'count_add', 'logup_add', 'constraints_add']);
    assert.equal(originalOf(secondTable(add)), add);
  });
});

describe('rows in two tables', () => {
  const one = everyChip();
  const s = split(one, halves);

  it('prove what they do in one', () => {
    assert.deepEqual(findings(one), []);
    assert.deepEqual(findings(s), []);
    const more = s.input.layout.active.filter(({ chip }) => chip.original !== null).map(({ chip }) => chip.name);
    assert.ok(more.length > 15, more.join());
    // Whichever table a row is in.
    assert.deepEqual(findings(split(one, (_, n) => general(n, 0))), []);
    assert.deepEqual(findings(split(one, (_, n) => general(0, n))), []);
    assert.deepEqual(findings(split(one, (_, n) => general(1, n - 1))), []);
  });

  it('count each: one more, one less, or another in either table is refused', () => {
    for (const { chip } of s.input.layout.active.filter((a) => a.chip.original !== null)) {
      const first = originalOf(chip);
      const { nRows, fields, data } = s.input.records.get(chip.name) ?? assert.fail(chip.name);
      const rest = new Map(s.input.records);
      const with_ = (rows: number): Segment => {
        const words = new Uint32Array(rows * fields);
        words.set(data.subarray(0, Math.min(rows, nRows) * fields));
        if (rows > nRows) words.set(data.subarray(0, fields), nRows * fields);
        const input = { ...s.input, records: new Map(rest).set(chip.name, { nRows: rows, fields, data: words }) };
        return { ...s, input, trace: fillTrace(input) };
      };
      assert.notDeepEqual(findings(with_(nRows - 1)), [], `${chip.name}: a row less`);
      const isFull = 2 ** Math.max(4, Math.ceil(Math.log2(nRows))) === nRows;
      if (!isFull) assert.notDeepEqual(findings(with_(nRows + 1)), [], `${chip.name}: a row twice`);
      // The same row in both tables, and in the wrong one.
      const enabler = chip.columns.some((c) => c.name === 'enabler') ? 'enabler' : undefined;
      if (enabler === undefined) continue;
      assert.notDeepEqual(new Forgery(s).set(chip.name, 0, { enabler: 0 }).recount().findings(), [], chip.name);
      assert.notDeepEqual(new Forgery(s).set(first.name, 0, { enabler: 0 }).recount().findings(), [], first.name);
    }
  });

  it('are proven alike by all tiers, and verified', async () => {
    const wasm = await createWasmBackend({ threads: 1 });
    try {
      const options = { params: testing, tables: halves };
      const { proof } = await prove(s.tables, s.run, wasm, options);
      const reference = await prove(s.tables, s.run, cpuBackend, options);
      assert.ok(Buffer.from(proof).equals(Buffer.from(reference.proof)));
      assert.equal(verify(proof, s.tables, { allowTesting: true }).exitCode, s.run.exitCode);
      assert.deepEqual(decodeProof(proof).logRows, s.input.layout.logRows);
      const all = buildLayout(s.input.layout.logRows);
      assert.ok(all.active.some(({ chip }) => chip.name === 'add_more'));
    } finally {
      wasm.destroy();
    }
  });
});
