// LogUp columns and constraints of every chip on arbitrary columns, against the CPU: the values need not satisfy anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateRows } from '../../../prover/cpu/evaluate_rows.ts';
import { logupColumns } from '../../../prover/cpu/logup.ts';
import { openAir } from '../../../prover/wasm/air/stages.ts';
import type { Columns } from '../../../prover/wasm/memory.ts';
import type { WasmRuntime } from '../../../prover/wasm/runtime.ts';
import { type Chip, defineChip } from '../../../src/air/chip.ts';
import { circuitsOf, constraintCount } from '../../../src/air/circuit.ts';
import { type LogupChallenges, logupChallenges, paramValues } from '../../../src/air/evaluate.ts';
import { type Expr, linearForm, mul, sub } from '../../../src/air/expr.ts';
import { TEXTS } from '../../../src/air/inventory.ts';
import type { ActiveChip, Layout } from '../../../src/air/layout.ts';
import { MEMORY } from '../../../src/air/relations.ts';
import { cosetToStorage, storageToCoset } from '../../../src/core/circle.ts';
import { Q_ZERO, type Qm31, qAdd, qAt, qMulBase, qSub } from '../../../src/core/field.ts';
import { wideChip } from '../../gpu/wide_chip.ts';
import { randomField } from '../../random_words.ts';
import { edgeField, garbageColumns, inChunks, isGuarded, putColumns, testPool } from './harness.ts';

const LOG_BLOWUP = 1;
/** Blocks of frames have up to 64 vectors: some chips get several blocks, and a last one that is not full. */
const LOG_N = 7;
/** As wide as a hash function's chip: several passes over pairs and constraints, few rows in a block. */
const hugeChip: Chip = defineChip({
  name: 'huge',
  record: ['a'],
  build: (b) => {
    const columns = Array.from({ length: 300 }, (_, i) => b.column(`c${i}`, 0));
    const at = (i: number): Expr => columns[i % columns.length] as Expr;
    columns.forEach((c, i) => {
      b.take(MEMORY, [c, at(i + 1), at(i + 2), at(i + 3)], at(7 * i));
      if (i % 3 === 0) b.zero(`z${i}`, mul(c, sub(c, at(3 * i))));
    });
  },
});
const TEXTS_AND_WIDE = [...TEXTS, wideChip];
const challenges = logupChallenges(qAt(randomField(1, 4), 0), qAt(randomField(2, 4), 0));
const activeOf = (chip: Chip, logN: number): ActiveChip => ({
  ...{ chip, logN, fixedOffset: 0, traceOffset: 0, logupOffset: 0, coefficientOffset: 0 },
});
const layoutOf = (chips: readonly Chip[]): Layout =>
  ({ active: chips.map((chip) => activeOf(chip, LOG_N)) }) as unknown as Layout;

interface Values {
  readonly own: readonly Uint32Array[];
  readonly fixed: readonly Uint32Array[];
}
type Field = typeof randomField;
const valuesOf = (chip: Chip, logN: number, field: Field = randomField): Values => ({
  own: chip.columns.map((_, i) => field(100 + i, 2 ** logN)),
  fixed: chip.fixedColumns.map((_, i) => field(500 + i, 2 ** logN)),
});
/** Challenges whose powers of alpha need not be powers, but for the first. */
const challengesOf = (field: Field): LogupChallenges =>
  field === randomField
    ? challenges
    : {
        z: qAt(field(1, 4), 0),
        alphaPowers: challenges.alphaPowers.map((p, i) => (i === 0 ? p : qAt(field(i + 2, 4), 0))),
      };
const CASES = [
  ['random values, 1 thread', 1, randomField, [...TEXTS_AND_WIDE, hugeChip]],
  ['random values, 2 threads', 2, randomField, TEXTS_AND_WIDE],
  ['values at the limits', 1, edgeField, TEXTS_AND_WIDE],
] as const;
const none: Columns = { address: 0, stride: 64, count: 0, logN: LOG_N };
const place = (runtime: WasmRuntime, { own, fixed }: Values) => ({
  trace: putColumns(runtime, own) ?? none,
  fixed: putColumns(runtime, fixed),
});

const logupOf = (runtime: WasmRuntime, columns: Columns): Uint32Array[] =>
  Array.from({ length: columns.count }, (_, k) => runtime.memory.column(columns, k).slice());

const assertLogup = (
  chip: Chip,
  { own, fixed }: Values,
  drawn: LogupChallenges,
  logN: number,
  got: readonly Uint32Array[],
): void => {
  const want = logupColumns(chip, logN, drawn, (isFixed, i) => (isFixed ? fixed : own)[i] as Uint32Array);
  const last = 4 * (chip.logupColumns - 1);
  for (let k = 0; k < last; k++) assert.deepEqual(got[k], want.columns[k], `${chip.name}: base column ${k}`);
  // The last column holds each row's own total, of which the reference makes the running sum.
  const share = qMulBase(want.claimedSum, 2 ** (31 - logN));
  const at = (columns: readonly Uint32Array[], row: number): Qm31 =>
    [0, 1, 2, 3].map((j) => (columns[last + j] as Uint32Array)[row]) as unknown as Qm31;
  let running = Q_ZERO;
  for (let c = 0; c < 2 ** logN; c++) {
    const row = cosetToStorage(c, logN);
    running = qSub(qAdd(running, at(got, row)), share);
    assert.deepEqual(running, at(want.columns, row), `${chip.name}: total of row ${row}`);
  }
};

for (const [name, threads, field, tested] of CASES) {
  test(`LogUp columns of every chip match the CPU: ${name}`, async () => {
    const drawn = challengesOf(field);
    const runtime = inChunks(await testPool(threads), 20);
    const air = openAir(runtime);
    const chips = tested.filter((c) => c.logupColumns > 0);
    await air.prepare(layoutOf(chips));
    const jobs = chips.map((chip) => {
      const values = valuesOf(chip, LOG_N, field);
      const out = garbageColumns(runtime, 4 * chip.logupColumns, LOG_N);
      const params = { challenges: drawn };
      return { values, active: activeOf(chip, LOG_N), columns: place(runtime, values), out, params };
    });
    air.logup(jobs);
    for (const { active, values, out } of jobs) {
      assert.ok(isGuarded(runtime, out), active.chip.name);
      assertLogup(active.chip, values, drawn, LOG_N, logupOf(runtime, out));
    }
  });
}

test('blocks of padding', async () => {
  const runtime = await testPool(1);
  const air = openAir(runtime);
  const logN = 9;
  const chips = TEXTS_AND_WIDE.filter((c) => c.logupColumns > 0 && c.columns.length > 0);
  await air.prepare(layoutOf(chips));
  for (const chip of chips) {
    const values = valuesOf(chip, logN);
    for (const column of values.own) column.fill(0, 301);
    const out = garbageColumns(runtime, 4 * chip.logupColumns, logN);
    air.logup([{ active: activeOf(chip, logN), columns: place(runtime, values), out, params: { challenges } }]);
    assert.ok(isGuarded(runtime, out), chip.name);
    assertLogup(chip, values, challenges, logN, logupOf(runtime, out));
  }
});

test('a fingerprint that vanishes makes its pair 0, as on the CPU', async () => {
  const runtime = await testPool(1);
  const air = openAir(runtime);
  const chip = TEXTS.find((c) => c.fractions.length > 2 && c.fractions[2]?.tuple.length === 2) as Chip;
  await air.prepare(layoutOf([chip]));
  const values = valuesOf(chip, LOG_N);
  // z is the third fraction's tuple in row 9, with its tag.
  const { relation, tuple } = chip.fractions[2] as Chip['fractions'][number];
  const elements = tuple.map((e) => {
    const form = linearForm(e);
    return [...form.terms].reduce<Qm31>(
      (sum, [c, k]) =>
        qAdd(sum, qMulBase([((c.fixed ? values.fixed : values.own)[c.index] as Uint32Array)[9] as number, 0, 0, 0], k)),
      [form.constant, 0, 0, 0],
    );
  });
  const z = elements.reduce<Qm31>(
    (sum, e, j) => qAdd(sum, qMulBase(challenges.alphaPowers[j + 1] as Qm31, e[0])),
    [relation.tag, 0, 0, 0],
  );
  const drawn = { ...challenges, z };
  const out = garbageColumns(runtime, 4 * chip.logupColumns, LOG_N);
  air.logup([{ active: activeOf(chip, LOG_N), columns: place(runtime, values), out, params: { challenges: drawn } }]);
  const got = logupOf(runtime, out);
  assertLogup(chip, values, drawn, LOG_N, got);
  for (let j = 0; j < 4; j++) assert.equal(got[4 + j]?.[9], got[j]?.[9], 'the second pair adds nothing in row 9');
});

for (const [name, threads, field, tested] of CASES) {
  test(`constraints of every chip match the CPU: ${name}`, async () => {
    const runtime = inChunks(await testPool(threads), 20);
    const air = openAir(runtime);
    await air.prepare(layoutOf(tested));
    const logSize = LOG_N + LOG_BLOWUP;
    const size = 2 ** logSize;
    const previousRow = (row: number): number =>
      cosetToStorage((storageToCoset(row, logSize) + size - 2 ** LOG_BLOWUP) % size, logSize);
    const previous = runtime.memory.alloc(4 * size);
    runtime.memory.words(previous, size).set(Array.from({ length: size }, (_, row) => 4 * previousRow(row)));
    // Chips come in pairs that share their sums: the first overwrites garbage, the second adds.
    let sums = none;
    const jobs = tested.map((chip, i) => {
      if (i % 2 === 0) sums = garbageColumns(runtime, 4, logSize);
      const values = valuesOf(chip, logSize, field);
      const secure = Array.from({ length: 4 * chip.logupColumns }, (_, k) => field(900 + k, size));
      const coefficients = Array.from({ length: constraintCount(chip) }, (_, k) => qAt(field(50 + k, 4), 0));
      const claimedSum = qAt(field(i, 4), 0);
      return {
        ...{ values, secureValues: secure, active: activeOf(chip, LOG_N), columns: place(runtime, values) },
        ...{ secure: putColumns(runtime, secure) ?? none, previous, sums, overwrite: i % 2 === 0 },
        params: { challenges: challengesOf(field), coefficients, claimedSum, logN: LOG_N },
      };
    });
    air.constraints(jobs);
    let expected: Qm31[] = [];
    jobs.forEach((job, i) => {
      const { chip } = job.active;
      const circuit = circuitsOf(chip).constraints;
      const input = {
        column: (isFixed: boolean, k: number) => (isFixed ? job.values.fixed : job.values.own)[k] as Uint32Array,
        secure: (k: number) => job.secureValues.slice(4 * k, 4 * k + 4),
        previousRow,
        params: paramValues(circuit, job.params),
      };
      if (job.overwrite) expected = Array.from({ length: size }, () => Q_ZERO);
      if (circuit.outputs.length > 0) {
        evaluateRows(circuit, size, input, (row, [value]) => {
          expected[row] = qAdd(expected[row] as Qm31, value as Qm31);
        });
      }
      if (jobs[i + 1]?.overwrite === false) return;
      assert.ok(isGuarded(runtime, job.sums), chip.name);
      const got = logupOf(runtime, job.sums);
      expected.forEach((value, row) => {
        assert.deepEqual(
          [0, 1, 2, 3].map((j) => got[j]?.[row]),
          [...value],
          `${chip.name}, row ${row}`,
        );
      });
    });
  });
}
