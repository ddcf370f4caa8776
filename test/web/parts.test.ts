// The page's parts that need no page.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WORKLOADS } from '../../bench/workloads.ts';
import { relative, viewsOf } from '../../src/web/compare/views.ts';
import { encodeInput, InputError, readings } from '../../src/web/inputs.ts';
import { PROGRAMS } from '../../src/web/programs.ts';
import { drawTimeline, timeMarks } from '../../src/web/prove/timeline.ts';
import { createSpans, type Span } from '../../src/web/spans.ts';
import { sample } from '../bench/sample.ts';

describe('inputs', () => {
  it('are encoded as guests read them', () => {
    assert.deepEqual([...encodeInput('number', ' 258 ')], [2, 1, 0, 0]);
    assert.deepEqual([...encodeInput('numbers', '1, 0xffffffff')], [1, 0, 0, 0, 255, 255, 255, 255]);
    assert.deepEqual([...encodeInput('hex', '0x0A 0b:0c')], [10, 11, 12]);
    assert.deepEqual([...encodeInput('text', 'é')], [0xc3, 0xa9]);
    assert.equal(encodeInput('none', 'x').length, 0);
  });
  it('of the wrong kind are refused', () => {
    for (const [kind, text] of [
      ['number', ''],
      ['number', '1 2'],
      ['number', '4294967296'],
      ['numbers', '-1'],
      ['numbers', '1.5'],
      ['hex', 'abc'],
      ['hex', 'zz'],
    ] as const)
      assert.throws(() => encodeInput(kind, text), InputError, `${kind} "${text}"`);
  });
  it('journals are read as numbers and text where they can be', () => {
    assert.deepEqual(readings(Uint8Array.of(0x6d, 0x1a, 0, 0)), [['as a number', '6765']]);
    assert.deepEqual(readings(new TextEncoder().encode('anna 42\n')), [['as text', 'anna 42\n']]);
    assert.deepEqual(readings(Uint8Array.of(0xff, 0xfe, 0xfd)), []);
  });
});

describe('programs', () => {
  it('are there for every workload', () => {
    const names = new Set(PROGRAMS.map(({ name }) => name));
    assert.deepEqual(
      WORKLOADS.map(({ guest }) => guest).filter((guest) => !names.has(guest)),
      [],
    );
  });
  it('have examples of their kind of input', () => {
    for (const { name, input, example } of PROGRAMS)
      assert.ok(encodeInput(input as Exclude<typeof input, 'file'>, example).length > 0, name);
  });
});

describe('spans', () => {
  it('of a whole proof follow one another', () => {
    const log = createSpans();
    log.event(0, { stage: 'plan' });
    log.event(10, { stage: 'execute' });
    log.event(20, { stage: 'execute', cycles: 1515 });
    log.event(25, { stage: 'trace' });
    assert.ok(log.progress() > 0 && log.progress() < 1);
    log.finish(50);
    assert.equal(log.progress(), 1);
    assert.equal(log.cycles, 1515);
    assert.deepEqual([...log.totals(50)], [['plan', 10], ['execute', 15], ['trace', 25]]); // biome-ignore format: a row
  });
  it('of segments that are under way at once have lanes of their own', () => {
    const log = createSpans();
    log.event(0, { stage: 'plan' });
    log.event(5, { stage: 'plan', segments: 3, cycles: 9000 });
    log.event(5, { stage: 'record' });
    for (const [at, segment] of [[10, 0], [12, 1]] as const) log.event(at, { stage: 'trace', segment, segments: 3 }); // biome-ignore format: rows
    log.event(20, { stage: 'verify', segment: 0, segments: 3 });
    // Told when segment 0 is kept, although segment 1 is under way.
    log.event(22, { stage: 'record', segment: 1, segments: 3 });
    assert.equal(log.lanes, 2);
    assert.equal(log.segmentsDone, 1);
    assert.deepEqual(
      log.spans.filter((s) => s.to === null).map(({ stage, segment }) => [stage, segment]),
      [['trace', 1]],
    );
    // A lane that is free is taken again.
    log.event(24, { stage: 'trace', segment: 2, segments: 3 });
    assert.equal(log.lanes, 2);
    log.finish(40);
    assert.equal(log.segmentsDone, 3);
    assert.equal(log.totals(40).get('trace'), 10 + 28 + 16);
  });
});

describe('plots', () => {
  it('have marks at round times', () => {
    assert.deepEqual(timeMarks(1000, 5), [0, 200, 400, 600, 800, 1000]);
    assert.deepEqual(timeMarks(70_000, 4), [0, 20_000, 40_000, 60_000]);
  });
  it('of long runs are drawn in no more bars than there is room for', () => {
    const WIDTH = 800;
    let calls = 0;
    const count = (): void => {
      calls++;
    };
    const pen = {
      ...{ scale: count, beginPath: count, moveTo: count, lineTo: count, stroke: count, fillRect: count },
      ...{ fillText: count, measureText: (text: string) => ({ width: 6 * text.length }) },
    };
    const canvas = { clientWidth: WIDTH, style: {}, width: 0, height: 0, getContext: () => pen };
    const spans: Span[] = Array.from({ length: 100_000 }, (_, i) => ({
      ...{ stage: i % 2 === 0 ? 'trace' : 'fri', segment: i >> 1, lane: i & 1 },
      ...{ from: 10 * i, to: 10 * i + 10 },
    }));
    const page = globalThis as { getComputedStyle?: unknown; document?: unknown };
    page.document = { documentElement: null };
    page.getComputedStyle = () => ({ getPropertyValue: () => '#000' });
    try {
      drawTimeline(canvas as unknown as HTMLCanvasElement, { spans, lanes: 2 }, 1e6);
      assert.ok(calls > WIDTH && calls < 10 * WIDTH, `${calls} calls`);
    } finally {
      delete page.document;
      delete page.getComputedStyle;
    }
  });
  it('show what files have, over the baseline', () => {
    const ids = viewsOf([sample]).map(({ id }) => id);
    assert.deepEqual(ids, ['warm', 'cold', 'stages sha256 2048 B', 'growth', 'kernels', 'limits']);
    assert.deepEqual(viewsOf([{ ...sample, proofs: [], growth: null, kernels: [], limits: null }]), []);
    assert.deepEqual(relative({ name: '', values: [2, 4, null] }, 0).values, [1, 2, null]);
    assert.deepEqual(relative({ name: '', values: [null, 4] }, 0).values, [null, null]);
  });
});
