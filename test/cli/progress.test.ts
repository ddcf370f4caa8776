import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatBytes, formatCount, formatMs, table } from '../../src/cli/format.ts';
import { createProgress } from '../../src/cli/progress.ts';

function record(isTerminal: boolean) {
  let written = '';
  let time = 0;
  const io = {
    out: () => {},
    err: (text: string) => {
      written += text;
    },
    isTerminal,
    columns: 80,
  };
  const progress = createProgress(io, () => time);
  progress.report({ stage: 'execute', done: 0, total: 100, unit: 'cycles' });
  time = 100;
  progress.report({ stage: 'execute', done: 100, total: 100, unit: 'cycles' });
  progress.report({ stage: 'commit', done: 0, total: 0, unit: '' });
  time = 350;
  progress.finish();
  return { written, stages: progress.stages() };
}

describe('progress', () => {
  it('prints a plain line for each stage where there is no terminal', () => {
    const { written, stages } = record(false);
    assert.equal(written, 'execute: 100 ms, 1.00 k cycles/s\ncommit: 250 ms\n');
    assert.deepEqual(stages, { execute: 100, commit: 250 });
  });

  it('redraws one line on a terminal and clears it', () => {
    const { written } = record(true);
    assert.ok(!written.includes('\n'));
    assert.match(written, /execute .*\[#{20}\].*1\.00 k cycles\/s/);
    assert.ok(written.endsWith('\r\x1b[2K'));
  });
});

describe('formats', () => {
  it('name units', () => {
    assert.deepEqual([0, 1023, 1024, 3 * 2 ** 30].map(formatBytes), ['0 B', '1023 B', '1.00 KiB', '3.00 GiB']);
    assert.deepEqual([0, 999, 1000, 1234567].map(formatCount), ['0', '999', '1.00 k', '1.23 M']);
    assert.deepEqual([0.5, 12, 1500, 61000].map(formatMs), ['0.50 ms', '12 ms', '1.50 s', '61.0 s']);
  });

  it('align tables', () => {
    assert.equal(
      table([
        ['a', '1'],
        ['long', '10'],
      ]),
      '  a      1\n  long  10',
    );
  });
});
