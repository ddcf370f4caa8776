// Random single cells of the tables between segments, changed: each change is found, or adds nothing to any relation.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHIPS } from '../../src/air/inventory.ts';
import { P } from '../../src/core/field.ts';
import { random } from './harness.ts';
import { compile } from './rows.ts';
import { RunForgery } from './run_harness.ts';
import { segmentedRun } from './run_program.ts';

const run = segmentedRun();
const rounds = process.env.WISP_LONG === '1' ? 20_000 : 200;

/** What a row of all chips that read a table adds to the relations: multiplicity and tuple, where that is not zero. */
const effects = (f: RunForgery, index: number, table: string, row: number): string[] => {
  const { input, trace } = f.segment(index);
  const fixed = (input.fixed.get(table) ?? []).map((c) => c[row] as number);
  return CHIPS.filter((chip) => chip.table === table).flatMap((chip) => {
    const values = (trace.get(chip.name) ?? []).map((c) => c[row] as number);
    return chip.fractions.map(({ relation, sign, numerator, tuple }) => {
      const n = compile(numerator, fixed)(values);
      return n === 0 ? '' : [relation.name, sign, n, ...tuple.map((e) => compile(e, fixed)(values))].join();
    });
  });
};

/** The cell's neighbours in the field and in its range, what other cells of the table hold, anything. */
const changed = (old: number, other: number, next: (below: number) => number): number =>
  [old + 1, old + P - 1, old + 65536, P - old, 0, 1, 2, other, next(P)][next(9)] as number;

describe('single cells between segments', () => {
  for (const [table, reader, indices] of [
    ['boundary', 'boundary_memory', [0, 1, 2]],
    ['first', 'first_chain', [2, 3, 4]],
  ] as const) {
    it(`${table}: each change is found, or without effect`, () => {
      const next = random(table.length);
      const reacted = new Set<string>();
      let idle = 0;
      for (let round = 0; round < rounds; round++) {
        const index = indices[next(indices.length)] as number;
        const f = new RunForgery(run);
        const given = CHIPS.find((c) => c.name === table)?.fixedColumns ?? [];
        const own = CHIPS.find((c) => c.name === reader)?.columns.map((c) => c.name) ?? [];
        // The given columns more often; their rows in use and the first that are not.
        const name = (next(5) === 0 ? own[next(own.length)] : given[next(given.length)]) as string;
        const chip = given.includes(name) ? table : reader;
        const row = next(
          Math.min(f.freeRow(index, table) + 4, f.segment(index).input.fixed.get(table)?.[0]?.length ?? 0),
        );
        const old = f.get(index, chip, row, name);
        const other = f.get(index, chip, next(row + 1), name);
        const value = changed(old, other, next) % P;
        if (value === old) continue;
        const before = effects(f, index, table, row);
        f.set(index, chip, row, { [name]: value });
        // A prover would show the changed row as well as it can.
        if (table === 'first' && chip === table && next(2) === 0) f.chainRow(index, row);
        const found = f.findingsOf(index);
        if (found.length === 0) {
          const what = `segment ${index + 1}, ${chip}.${name} row ${row}: ${old} to ${value}`;
          assert.deepEqual(effects(f, index, table, row), before, what);
          idle++;
        } else reacted.add(name);
      }
      // Every column has been caught at least once: none is free.
      const columns = CHIPS.filter((c) => c.table === table).flatMap((c) => [
        ...(c.name === table ? c.fixedColumns : []),
        ...c.columns.map((k) => k.name),
      ]);
      assert.deepEqual(
        columns.filter((name) => !reacted.has(name)),
        [],
      );
      assert.ok(idle < rounds / 2, `${idle} of ${rounds} without effect`);
    });
  }
});
