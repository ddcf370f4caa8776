import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError } from '../../bench/check.ts';
import { RESULTS } from '../../bench/paths.ts';
import { readResults } from '../../bench/report/main.ts';
import { type BenchFile, parseBenchFile } from '../../bench/schema.ts';
import { sample } from './sample.ts';

const parse = (value: unknown): BenchFile => parseBenchFile(JSON.stringify(value), 'x.json');

describe('results', () => {
  it('are read as they were written', () => {
    assert.deepEqual(parse(sample), JSON.parse(JSON.stringify(sample)));
  });

  it('from before threads were told are read', () => {
    const { threads, serverPreset, ...older } = sample;
    assert.deepEqual([parse(older).threads, parse({ ...sample, threads: 2 }).threads], [threads, 2]);
    assert.deepEqual([parse(older).serverPreset, parse(sample).serverPreset], [null, serverPreset]);
  });

  it('of another schema are refused, whatever else they hold', () => {
    for (const value of [{ ...sample, schema: 'wisp-bench/1' }, { schema: 'wisp-bench/3' }, { date: 'x' }]) {
      assert.throws(() => parse(value), /x\.json: this version reads wisp-bench\/2, the file has/);
    }
  });

  it('that are damaged are refused by the path of the damage', () => {
    const point = { ...sample.growth?.points[0], proveMs: 'soon' };
    const cases: [unknown, RegExp][] = [
      [{ ...sample, quick: 1 }, /result\.quick: true or false expected/],
      [{ ...sample, growth: { ...sample.growth, points: [point] } }, /growth\.points\[0\]\.proveMs: a number/],
      [{ ...sample, kernels: [{ ...sample.kernels[0], clock: 'sun' }] }, /kernels\[0\]\.clock: timestamps or wall/],
      [{ ...sample, extra: 1 }, /result\.extra: no such field/],
      [{ ...sample, limits: undefined }, /limits: an object/],
      [[], /no schema/],
    ];
    for (const [value, message] of cases) assert.throws(() => parse(value), { message }, String(message));
    assert.throws(() => parseBenchFile('{', 'y'), FormatError);
  });

  it('that are committed are of this schema', () => {
    readResults(RESULTS);
  });
});
