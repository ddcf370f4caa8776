import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OptionError, readOptions } from '../../bench/options.ts';
import { growthInput, QUICK_WORKLOADS, WORKLOADS } from '../../bench/workloads.ts';

const run = (...argv: string[]) => {
  const command = readOptions(argv);
  assert.ok(command.kind === 'run');
  return command.options;
};

describe('options of the benchmark', () => {
  it('have defaults', () => {
    const { parts, backend, adapter, minutes, fromLog, toLog, quick } = run();
    assert.deepEqual([parts, backend, adapter], [['kernels', 'proofs', 'growth'], 'auto', undefined]);
    assert.deepEqual([minutes, fromLog, toLog, quick], [10, 16, 30, false]);
  });

  it('choose parts, in their order', () => {
    assert.deepEqual(run('--only', 'growth,kernels').parts, ['kernels', 'growth']);
  });

  it('give the WebAssembly tier its threads', () => {
    assert.deepEqual([run('--threads', '2').threads, run().threads], [2, undefined]);
  });

  it('turn the checks of the driver off where they are asked to', () => {
    assert.deepEqual([run('--server-preset').serverPreset, run().serverPreset], [true, false]);
  });

  it('take any backend, which the prover then knows or not', () => {
    assert.equal(run('--backend', 'wasm').backend, 'wasm');
  });

  it('are refused where they are wrong', () => {
    const wrong = [
      ['--only', 'x'],
      ['--minutes', '0'],
      ['--from', '31'],
      ['x'],
      ['--compare', 'a'],
      ['--nonsense'],
      ['--threads', '0'],
    ];
    for (const argv of wrong) assert.throws(() => readOptions(argv), OptionError, argv.join(' '));
  });

  it('compare two files', () => {
    assert.deepEqual(readOptions(['--compare', 'a.json', 'b.json']), { kind: 'compare', files: ['a.json', 'b.json'] });
  });
});

describe('workloads', () => {
  it('have names of their own', () => {
    const names = WORKLOADS.map((w) => w.name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(QUICK_WORKLOADS.every((name) => names.includes(name)));
  });

  it('grow with the instructions asked for', () => {
    assert.equal(growthInput(13).length, 51);
    assert.equal(growthInput(20).length, 18476);
  });
});
