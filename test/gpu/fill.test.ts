import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SegmentInput } from '../../prover/backend.ts';
import { fillTrace } from '../../prover/cpu/trace.ts';
import { type Form, isInterpretable } from '../../prover/gpu/air/chip_kernels.ts';
import { checkStatus, countUses, fillColumns, openCounts, placeCounts } from '../../prover/gpu/air/fill.ts';
import type { Columns } from '../../prover/gpu/columns.ts';
import { packedColumns } from '../../prover/gpu/columns.ts';
import { Recording } from '../../prover/gpu/recording.ts';
import { chipByName } from '../../src/air/inventory.ts';
import type { ActiveChip } from '../../src/air/layout.ts';
import { randomWords } from '../random_words.ts';
import { bufferWith, emptyBuffer, testRuntime, uploadColumns } from './harness.ts';
import { someOfEverything } from './segment.ts';
import { wideChip } from './wide_chip.ts';

const runtime = await testRuntime();
const WIDE_ROWS = 40;
const machine = someOfEverything(75);
const input: SegmentInput = {
  ...machine,
  layout: { ...machine.layout, active: [...machine.layout.active, wideActive()] },
  records: new Map([
    ...machine.records,
    ['wide', { nRows: WIDE_ROWS, fields: 4, data: randomWords(7, 4 * WIDE_ROWS) }],
  ]),
};
const expected = fillTrace(input);

function wideActive(): ActiveChip {
  const offsets = { fixedOffset: 0, traceOffset: 0, logupOffset: 0, coefficientOffset: 0 };
  return { chip: wideChip, logN: Math.ceil(Math.log2(WIDE_ROWS)), ...offsets };
}

/** Columns from which a software adapter takes minutes to compile a chip's kernel. */
const WIDE_COLUMNS = 600;

/** Programs too large for the interpreters run as kernels of their own; the widest chips, where they can, do not. */
const formOf =
  (form: Form) =>
  (name: string): Form => {
    const chip = chipByName.get(name) ?? wideChip;
    const canInterpret = (['witness', 'count'] as const).every((kind) => isInterpretable(chip, kind));
    if (!canInterpret) return 'generated';
    return chip.columns.length >= WIDE_COLUMNS && runtime.context.adapter.isSoftware ? 'interpreted' : form;
  };

async function fill(segment: SegmentInput, form: (chip: string) => Form) {
  const recording = new Recording();
  const { active } = segment.layout;
  const fixed = new Map(
    [...segment.fixed].map(([name, columns]): [string, Columns] => [name, uploadColumns(runtime, recording, columns)]),
  );
  const traces = new Map<string, Columns>();
  for (const { chip, logN } of active) {
    const words = chip.columns.length * 2 ** logN;
    traces.set(chip.name, packedColumns(emptyBuffer(runtime, recording, words), chip.columns.length, logN));
  }
  const rowsOf = (name: string): number => {
    const found = active.find((a) => a.chip.name === name);
    return found === undefined ? 0 : 2 ** found.logN;
  };
  const counts = openCounts(recording, runtime.pool, (chip) => rowsOf(chip.name));
  for (const { chip } of active) {
    const rows = segment.records.get(chip.name);
    const words = rows?.data ?? new Uint32Array(chip.record.length);
    const records = { buffer: bufferWith(runtime, recording, words, 8), offset: 8, nRows: rows?.nRows ?? 0 };
    const trace = traces.get(chip.name) as Columns;
    fillColumns(recording, { chip, records, trace, fixedOf: (n) => fixed.get(n), counts, form: form(chip.name) });
  }
  for (const { chip } of active) {
    const trace = traces.get(chip.name) as Columns;
    const nRows = segment.records.get(chip.name)?.nRows ?? 0;
    countUses(recording, { chip, nRows, trace, fixed: fixed.get(chip.table), counts, form: form(chip.name) });
  }
  placeCounts(recording, counts, (chip) => traces.get(chip.name));
  const downloads = active.map(({ chip, logN }) => {
    const { buffer, offset } = traces.get(chip.name) as Columns;
    return recording.download(buffer, offset, chip.columns.length * 2 ** logN);
  });
  const status = recording.download(counts.buffer, 0, 1);
  const result = await runtime.run(recording);
  return {
    status: result.words(status)[0] as number,
    columns: active.map(({ chip, logN }, i) => {
      const words = result.words(downloads[i] as (typeof downloads)[number]);
      return { chip, columns: chip.columns.map((_, k) => words.slice(k * 2 ** logN, (k + 1) * 2 ** logN)) };
    }),
  };
}

for (const form of ['interpreted', 'generated'] as const) {
  test(`trace and multiplicities of every chip match the CPU, ${form}`, async () => {
    const { status, columns } = await fill(input, formOf(form));
    assert.equal(status, 0);
    for (const { chip, columns: got } of columns) {
      const want = expected.get(chip.name) as Uint32Array[];
      got.forEach((column, k) => {
        assert.deepEqual(column, want[k], `${chip.name}.${chip.columns[k]?.name}`);
      });
    }
  });
}

/** The segment with one record word of a chip replaced. */
function withRecord(chip: string, row: number, field: number, word: number): SegmentInput {
  const rows = input.records.get(chip);
  if (rows === undefined) throw new Error(`no records of ${chip}`);
  const data = rows.data.slice();
  data[row * rows.fields + field] = word;
  return { ...input, records: new Map([...input.records, [chip, { ...rows, data }]]) };
}

for (const form of ['interpreted', 'generated'] as const) {
  test(`bad records are reported, ${form}`, async () => {
    const cases = [
      [withRecord('addi', 3, 0, 2 ** 21), 'bad_record'], // no such micro-op
      [withRecord('refresh', 1, 0, 2 ** 31 - 1), 'bad_witness'], // the address is a column as it stands
      [withRecord('sub', 2, 5, 2 ** 30), 'bad_record'], // a previous access long after this one: no 16-bit gap
    ] as const;
    for (const [segment, code] of cases) {
      const { status } = await fill(segment, formOf(form));
      assert.throws(() => checkStatus(status), { code });
    }
  });
}
