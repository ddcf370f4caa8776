import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateRows } from '../../prover/cpu/evaluate_rows.ts';
import { logupColumns } from '../../prover/cpu/logup.ts';
import { fillTrace } from '../../prover/cpu/trace.ts';
import { type Form, isInterpretable, type ProgramKind } from '../../prover/gpu/air/chip_kernels.ts';
import { constraintSlots, constraintSums, logupSlots, logupSums } from '../../prover/gpu/air/circuits.ts';
import { type SlotRange, SlotTable, slotsIn } from '../../prover/gpu/air/slots.ts';
import { type Columns, packedColumns } from '../../prover/gpu/columns.ts';
import { scanCyclic } from '../../prover/gpu/kernels/scan.ts';
import { Recording, type Slice } from '../../prover/gpu/recording.ts';
import type { Chip } from '../../src/air/chip.ts';
import { circuitsOf, constraintCount } from '../../src/air/circuit.ts';
import { logupChallenges, paramValues } from '../../src/air/evaluate.ts';
import type { ActiveChip } from '../../src/air/layout.ts';
import { cosetToStorage, storageToCoset } from '../../src/core/circle.ts';
import { extend } from '../../src/core/fft.ts';
import { type Qm31, qAdd, qAt } from '../../src/core/field.ts';
import { randomField } from '../random_words.ts';
import { bufferWith, emptyBuffer, testRuntime, uploadColumns } from './harness.ts';
import { someOfEverything } from './segment.ts';
import { wideChip } from './wide_chip.ts';

const LOG_BLOWUP = 1;
const runtime = await testRuntime();
const input = someOfEverything(40);
const challenges = logupChallenges(qAt(randomField(1, 4), 0), qAt(randomField(2, 4), 0));

/**
 * Compiling the generated kernels takes the software adapter a second each and more, so that there a few chips stand for
 * all: one fraction, numerators that differ, inversions, several chunks. WISP_TEST_ALL_KERNELS=1 takes every chip.
 */
const SOME = ['shift_table', 'image', 'branch_eq', 'mul'];
const isTested = (chip: Chip, kind: ProgramKind, form: Form): boolean =>
  (form === 'interpreted' && isInterpretable(chip, kind)) ||
  (form === 'generated' && SOME.includes(chip.name)) ||
  (form === 'generated' && !runtime.context.adapter.isSoftware) ||
  (form === 'generated' && process.env.WISP_TEST_ALL_KERNELS === '1');

/** The tall tables and the image are cut to their first rows: the kernels see no difference, the CPU does. */
const ROWS = 64;
const trace = new Map([...fillTrace(input)].map(([name, columns]) => [name, columns.map((c) => c.slice(0, ROWS))]));
const fixed = new Map([...input.fixed].map(([name, columns]) => [name, columns.map((c) => c.slice(0, ROWS))]));
const allChips = [...input.layout.active.map(({ chip }) => chip), wideChip].map((chip) => {
  // The values of the wide chip need not satisfy its constraints.
  const own = trace.get(chip.name) ?? chip.columns.map((_, i) => randomField(900 + i, ROWS / 2));
  const preprocessed = fixed.get(chip.table) ?? [];
  const logN = Math.log2((own[0] as Uint32Array).length);
  const columns = (isFixed: boolean, i: number): Uint32Array => (isFixed ? preprocessed : own)[i] as Uint32Array;
  return { chip, logN, own, preprocessed, logup: logupColumns(chip, logN, challenges, columns) };
});

/** z and the powers of alpha are the elements from the third on; `more` come after them. */
const PLACE = 2;
const LOGUP = [challenges.z, ...challenges.alphaPowers];
const AFTER = PLACE + LOGUP.length;

/** The slots of a chip, evaluated on the device. */
const slotsOf = (
  recording: Recording,
  more: readonly Qm31[],
  add: (table: SlotTable) => readonly SlotRange[],
): Slice[] => {
  const elements = bufferWith(runtime, recording, Uint32Array.from([...LOGUP, ...more].flat()), 4 * PLACE);
  const table = new SlotTable();
  const ranges = add(table);
  const values = table.evaluate(recording, runtime.pool, elements);
  return ranges.map((range) => slotsIn(values, range));
};

for (const form of ['interpreted', 'generated'] as const) {
  test(`LogUp columns and claimed sums of every chip match the CPU, ${form}`, async () => {
    const chips = allChips.filter(({ chip }) => isTested(chip, 'logup', form));
    const recording = new Recording();
    const claimed = emptyBuffer(runtime, recording, 4 * chips.length);
    const outs = chips.map(({ chip, logN, own, preprocessed }, i) => {
      const n = 2 ** logN;
      const out = packedColumns(
        emptyBuffer(runtime, recording, 4 * chip.logupColumns * n),
        4 * chip.logupColumns,
        logN,
      );
      const totals = { buffer: emptyBuffer(runtime, recording, 4 * n), offset: 0, rowStride: 1, wordStride: n, logN };
      logupSums(recording, {
        ...{ chip, out, totals, form },
        slots: slotsOf(recording, [], (table) => logupSlots(table, chip, form, { logup: PLACE })),
        trace: uploadColumns(runtime, recording, own),
        fixed: preprocessed.length > 0 ? uploadColumns(runtime, recording, preprocessed) : undefined,
      });
      const last: Columns = { ...out, offset: 4 * (chip.logupColumns - 1) * n, count: 4 };
      scanCyclic(recording, runtime.pool, totals, last, claimed, 4 * i);
      return recording.download(out.buffer, 0, 4 * chip.logupColumns * n);
    });
    const sums = recording.download(claimed, 0, 4 * chips.length);
    const result = await runtime.run(recording);
    chips.forEach(({ chip, logN, logup }, i) => {
      const words = result.words(outs[i] as (typeof outs)[number]);
      logup.columns.forEach((want, k) => {
        const got = words.subarray(k << logN, (k + 1) << logN);
        assert.deepEqual(got, want, `${chip.name}: coordinate ${k & 3} of column ${k >> 2}`);
      });
      assert.deepEqual(qAt(result.words(sums), i), logup.claimedSum, chip.name);
    });
  });
}

const coefficientsOf = (chip: ActiveChip['chip'], i: number): Qm31[] => {
  const words = randomField(50 + i, 4 * constraintCount(chip));
  return Array.from({ length: constraintCount(chip) }, (_, k) => qAt(words, k));
};

for (const form of ['interpreted', 'generated'] as const) {
  test(`constraints of every chip match the CPU, ${form}`, async () => {
    const chips = allChips.filter(({ chip }) => isTested(chip, 'constraints', form));
    const recording = new Recording();
    const expected: Qm31[][] = [];
    // Sums start from garbage: every second chip overwrites it, the others add to it.
    const downloads = chips.map(({ chip, logN, own, preprocessed, logup }, i) => {
      const logSize = logN + LOG_BLOWUP;
      const [lde, fixedLde, secureLde] = [own, preprocessed, logup.columns].map((list) =>
        list.map((c) => extend(c, LOG_BLOWUP)),
      ) as [Uint32Array[], Uint32Array[], Uint32Array[]];
      const params = { challenges, coefficients: coefficientsOf(chip, i), claimedSum: logup.claimedSum, logN };
      const old = randomField(i + 1, 4 << logSize);
      const overwrite = i % 2 === 0;
      const rows: Qm31[] = [];
      const circuit = circuitsOf(chip).constraints;
      evaluateRows(
        circuit,
        1 << logSize,
        {
          column: (isFixed, k) => (isFixed ? fixedLde : lde)[k] as Uint32Array,
          secure: (k) => secureLde.slice(4 * k, 4 * k + 4),
          previousRow: (row) => {
            const size = 1 << logSize;
            return cosetToStorage((storageToCoset(row, logSize) + size - (1 << LOG_BLOWUP)) % size, logSize);
          },
          params: paramValues(circuit, params),
        },
        (row, [value]) => {
          const before = [0, 1, 2, 3].map((k) => old[(k << logSize) + row]) as unknown as Qm31;
          rows[row] = overwrite ? (value as Qm31) : qAdd(value as Qm31, before);
        },
      );
      expected.push(rows);
      const sums = {
        ...{ buffer: bufferWith(runtime, recording, old), offset: 0, logN: logSize },
        ...{ rowStride: 1, wordStride: 1 << logSize },
      };
      const constraints = { claimedSum: AFTER, coefficients: AFTER + 1, logN };
      const slots = slotsOf(recording, [logup.claimedSum, ...params.coefficients], (table) =>
        constraintSlots(table, chip, form, { logup: PLACE, constraints }),
      );
      constraintSums(recording, {
        ...{ chip, slots, logBlowup: LOG_BLOWUP, sums, overwrite, form },
        trace: uploadColumns(runtime, recording, lde),
        fixed: fixedLde.length > 0 ? uploadColumns(runtime, recording, fixedLde) : undefined,
        secure: uploadColumns(runtime, recording, secureLde),
      });
      return recording.download(sums.buffer, 0, 4 << logSize);
    });
    const result = await runtime.run(recording);
    chips.forEach(({ chip, logN }, i) => {
      const words = result.words(downloads[i] as (typeof downloads)[number]);
      const logSize = logN + LOG_BLOWUP;
      const got = Array.from({ length: 1 << logSize }, (_, row) =>
        [0, 1, 2, 3].map((k) => words[(k << logSize) + row]),
      );
      assert.deepEqual(got, expected[i], chip.name);
    });
  });
}
