import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChipRows, SegmentInput } from '../../../prover/backend.ts';
import { fillTrace } from '../../../prover/cpu/trace.ts';
import { openAir } from '../../../prover/wasm/air/stages.ts';
import type { Columns } from '../../../prover/wasm/memory.ts';
import type { WasmRuntime } from '../../../prover/wasm/runtime.ts';
import { defineChip } from '../../../src/air/chip.ts';
import { MEMORY } from '../../../src/air/relations.ts';
import { w } from '../../../src/air/witness.ts';
import { garbageColumns, inChunks, isGuarded, putColumns, testPool } from './harness.ts';
import { NO_OFFSETS, segmentOf } from './segment.ts';

const fill = async (
  runtime: WasmRuntime,
  { layout, records, fixed }: SegmentInput,
): Promise<Map<string, Uint32Array[]>> => {
  const air = openAir(runtime);
  await air.prepare(layout);
  const tables = new Map([...fixed].map(([name, columns]) => [name, putColumns(runtime, columns)]));
  const traces = new Map<string, Columns>();
  for (const { chip, logN } of layout.active) {
    if (chip.columns.length > 0) traces.set(chip.name, garbageColumns(runtime, chip.columns.length, logN));
  }
  air.fillTrace({ layout, records, traceOf: (name) => traces.get(name), fixedOf: (name) => tables.get(name) });
  for (const [name, trace] of traces) assert.ok(isGuarded(runtime, trace), `${name}: wrote beyond its columns`);
  return new Map(
    [...traces].map(([name, trace]) => [
      name,
      Array.from({ length: trace.count }, (_, k) => runtime.memory.column(trace, k).slice()),
    ]),
  );
};

/** Without the chip that always has all its rows: the CPU takes a second for it. */
const withoutImage = (input: SegmentInput): SegmentInput => ({
  ...input,
  layout: { ...input.layout, active: input.layout.active.filter(({ chip }) => chip.name !== 'image') },
});

const assertSame = (got: Map<string, Uint32Array[]>, input: SegmentInput): void => {
  const expected = fillTrace(input);
  for (const { chip } of input.layout.active) {
    chip.columns.forEach(({ name }, k) => {
      assert.deepEqual(got.get(chip.name)?.[k], expected.get(chip.name)?.[k], `${chip.name}.${name}`);
    });
  }
};

for (const threads of [1, 2]) {
  test(`trace and multiplicities of every chip match the CPU, threads: ${threads}`, async () => {
    const runtime = await testPool(threads);
    for (const rows of [75, 30]) {
      const input = segmentOf(rows);
      assertSame(await fill(inChunks(runtime, 3), input), input);
    }
  });
}

test('row counts that are no multiple of 4, none, and a full table', async () => {
  const runtime = inChunks(await testPool(1), 2);
  for (const rows of [1, 3, 5, 16]) {
    const input = withoutImage(segmentOf(rows, 4));
    assertSame(await fill(runtime, input), input);
  }
  const input = withoutImage(segmentOf(16, 4));
  const empty = { ...input, records: new Map() };
  assertSame(await fill(runtime, empty), empty);
});

test('bad records are reported as the CPU does', async () => {
  const input = withoutImage(segmentOf(75, 7));
  const runtime = await testPool(1);
  const withRecord = (chip: string, row: number, field: number, word: number): SegmentInput => {
    const rows = input.records.get(chip) as ChipRows;
    const data = rows.data.slice();
    data[row * rows.fields + field] = word;
    return { ...input, records: new Map([...input.records, [chip, { ...rows, data }]]) };
  };
  const cases = [
    [withRecord('addi', 3, 0, 2 ** 21), 'bad_record'], // no such micro-op
    [withRecord('refresh', 1, 0, 2 ** 31 - 1), 'bad_witness'], // the address is a column as it stands
  ] as const;
  for (const [segment, code] of cases) {
    await assert.rejects(fill(runtime, segment), { code });
    assert.throws(() => fillTrace(segment), { code });
  }
  // A use of a row that a table does not have: left uncounted, as on the CPU.
  const uncounted = withRecord('sub', 2, 5, 2 ** 30);
  assertSame(await fill(runtime, uncounted), uncounted);
});

/** Looks a row up that the table may not have, and keeps it only where it does. */
const guardedChip = defineChip({
  name: 'guarded',
  record: ['at'],
  build: (b) => {
    const at = b.record('at');
    const value = b.column('value', w.select(w.lt(at, 2 ** 16), w.lookup('range', 0, at), 5));
    b.take(MEMORY, [value, 0, 0, b.column('row', w.row())]);
    b.range(value);
  },
});

test('a lookup in a branch not taken is no error', async () => {
  const runtime = await testPool(1);
  const input = segmentOf(5, 4);
  const active = [{ chip: guardedChip, logN: 4, ...NO_OFFSETS }, ...input.layout.active.slice(0, 3)];
  const records = new Map([['guarded', { nRows: 5, fields: 1, data: Uint32Array.of(7, 2 ** 20, 65535, 65536, 0) }]]);
  const segment = { ...input, layout: { ...input.layout, active }, records };
  assertSame(await fill(runtime, segment), segment);
});
