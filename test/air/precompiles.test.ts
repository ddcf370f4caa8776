// What all precompiles have in common: calls and pointers, accesses, rows that belong together.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Chip } from '../../src/air/chip.ts';
import { chipByName } from '../../src/air/inventory.ts';
import { REGISTER_SPACE } from '../../src/core/isa.ts';
import { PRECOMPILES, type PrecompileName } from '../../src/core/precompiles.ts';
import { Forgery, field, findings, PRECOMPILE_CHIPS, rowsOf, type Segment, withRows } from './harness.ts';
import { twoCalls } from './precompile_runs.ts';
import { failures, type RowModel, rowModel } from './rows.ts';
import { partsOf, singleCells } from './single_cells.ts';
import { secondWitness } from './solver.ts';

const GUESTS_README = readFileSync(new URL('../../guests/README.md', import.meta.url), 'utf8');
const NAMES = Object.keys(PRECOMPILES) as PrecompileName[];
const refused = (found: readonly string[], by: RegExp): void => assert.match(found.join('\n'), by);

/** Cells that may hold more than one value, in some rows, with no effect: carries of sums that the message replaces. */
const FREE: readonly string[] = [0, 1, 2, 3].flatMap((r) =>
  ['lo_0', 'lo_1', 'hi_0', 'hi_1'].map((limb) => `sha256_rounds.w${r}_carry_${limb}`),
);

/** First, middle and last row of a chip. */
const someModels = (s: Segment, chip: Chip): RowModel[] => {
  const n = s.input.records.get(chip.name)?.nRows ?? 0;
  return [...new Set([0, n >> 1, n - 1])].filter((row) => row >= 0 && n > 0).map((row) => rowModel(s, chip, row));
};

const callChipOf = (name: PrecompileName): string => `call${PRECOMPILES[name].words.length}`;

it('every chip of a precompile is in a run of it', () => {
  const seen = new Set(NAMES.flatMap((name) => [...twoCalls(name).input.records.keys()]));
  assert.deepEqual(
    PRECOMPILE_CHIPS.filter((chip) => !seen.has(chip) && !/^call/.test(chip)),
    [],
  );
});

it('calls cost what the document of the guests says, in instructions of 64 cells', () => {
  /** The most that a call may come to. */
  const bounds: Partial<Record<PrecompileName, number>> = { blake3: 100, sha256: 250, keccak: 1000, secp256k1: 60 };
  for (const name of NAMES.filter((known) => !known.endsWith('dot'))) {
    const { records } = twoCalls(name).input;
    const cells = PRECOMPILE_CHIPS.map((chip) => {
      const { columns, logupColumns } = chipByName.get(chip) ?? assert.fail(chip);
      return (records.get(chip)?.nRows ?? 0) * (columns.length + 4 * logupColumns);
    });
    const instructions = cells.reduce((a, b) => a + b, 0) / 2 / 64;
    assert.ok(instructions <= (bounds[name] ?? Number.POSITIVE_INFINITY), `${name}: ${instructions}`);
    assert.match(GUESTS_README, new RegExp(`\\b${Math.round(instructions)} \\(${name}\\)`));
  }
});

for (const name of NAMES) {
  const chips = PRECOMPILE_CHIPS.filter((chip) => chip.startsWith(name)).map(
    (chip) => chipByName.get(chip) ?? assert.fail(chip),
  );
  const caller = chipByName.get(callChipOf(name)) ?? assert.fail(name);
  const { words, number } = PRECOMPILES[name];

  describe(name, () => {
    it('honest calls are clean', () => assert.deepEqual(findings(twoCalls(name)), []));

    for (const chip of [...chips, caller]) {
      it(`${chip.name}: no other value of a cell, each constraint and each fraction reacts`, () => {
        const s = twoCalls(name);
        const models = someModels(s, chip);
        for (const model of models) assert.deepEqual(failures(s, model, model.honest), []);
        const { reacted, free } = singleCells(s, chip, models);
        assert.deepEqual(
          partsOf(chip).filter((part) => !reacted.has(part)),
          [],
        );
        assert.deepEqual(
          [...free].filter((cell) => !FREE.includes(cell)),
          [],
        );
      });

      it(`${chip.name}: rows left out, doubled, or in padding`, () => {
        const s = twoCalls(name);
        const rows = rowsOf(s);
        const own = rows[chip.name] as number[][];
        refused(findings(withRows(s, { ...rows, [chip.name]: own.slice(1) })), /relation/);
        refused(findings(withRows(s, { ...rows, [chip.name]: [...own, own[0] as number[]] })), /relation/);
        const used = own.length;
        const height = s.trace.get(chip.name)?.[0]?.length ?? 0;
        if (used < height) {
          const forged = new Forgery(s).set(chip.name, used, { enabler: 1 });
          assert.notDeepEqual(forged.recount().findings(), []);
        }
        assert.notDeepEqual(new Forgery(s).set(chip.name, 0, { enabler: 0 }).recount().findings(), []);
      });
    }

    it('no second witness of the ecall', () => {
      const s = twoCalls(name);
      for (const model of someModels(s, caller)) assert.equal(secondWitness(s, model, { budget: 20 }), undefined);
    });

    it('another number, a pointer with other limbs, one that no register holds', () => {
      const s = twoCalls(name);
      refused(new Forgery(s).add(caller.name, 0, { number: 1 }).recount().findings(), /relation memory: \(1073741841/);
      const aliased = new Forgery(s).add(caller.name, 0, { pointer0_word_lo: 2 ** 14, pointer0_hi: -1 });
      refused(aliased.recount().findings(), /relation range: \(16384, /);
      refused(aliased.recount().findings(), new RegExp(`relation memory: \\(${REGISTER_SPACE + 10}, `));
      // A byte address of 4 w + 2 has no word address: w would be w + 1/2 mod p.
      const odd = new Forgery(s).add(caller.name, 0, { pointer0_word_lo: 2 ** 30 });
      refused(odd.recount().findings(), /relation range: \(16384, /);
      refused(new Forgery(s).set(caller.name, 0, { pointer0_hi: -1 }).recount().findings(), /relation memory/);
    });

    it('operands from elsewhere, at another clock, or of the other call', () => {
      const s = twoCalls(name);
      for (const k of words.keys()) {
        const moved = new Forgery(s).add(name, 0, { [`at${k}`]: 1 }).recount();
        refused(moved.findings(), new RegExp(`relation call: \\(${number}, ${words.length}, `));
      }
      const later = new Forgery(s).add(name, 0, { clk: 4 }).recount();
      refused(later.findings(), new RegExp(`relation call: \\(${number}, `));
      const rows = rowsOf(s);
      const [first, second] = rows[name] as [number[], number[]];
      const clk = field(name, 'clk');
      const swapped = [first.with(clk, second[clk] as number), second.with(clk, first[clk] as number)];
      refused(findings(withRows(s, { ...rows, [name]: swapped })), /relation call/);
    });

    it('a word that was never written, or of a later clock', () => {
      const s = twoCalls(name);
      for (const [k, count] of words.entries()) {
        // Operands of any length are in rows of their own: dot.test.ts.
        if (count === 0) continue;
        const rows = rowsOf(s);
        const row = (rows[name] as number[][])[0] as number[];
        row[field(name, `x${k}_0`)] = ((row[field(name, `x${k}_0`)] as number) ^ 1) >>> 0;
        refused(findings(withRows(s, rows)), /relation memory/);
        const at = new Forgery(s).get(name, 0, 'clk') + 3 - k;
        const stale = new Forgery(s).set(name, 0, { [`x${k}_0_prev`]: at });
        refused(stale.recount().findings(), /relation range: \(65536, 2147483646\)/);
      }
    });

    it('another result, memory agreeing', () => {
      const s = twoCalls(name);
      const rows = rowsOf(s);
      const y = field(name, 'y0');
      const call = (rows[name] as number[][])[0] as number[];
      const [word, clk] = [call[field(name, 'at0')] as number, (call[field(name, 'clk')] as number) + 3];
      const wrong = ((call[y] as number) ^ 1) >>> 0;
      call[y] = wrong;
      const image = s.tables.image[0]?.indexOf(word) ?? -1;
      const last = (rows.image as number[][])[image] as number[];
      assert.equal(last[field('image', 'finalclk')], clk);
      last[field('image', 'finalvalue')] = wrong;
      assert.notDeepEqual(findings(withRows(s, rows)), []);
    });
  });
}
