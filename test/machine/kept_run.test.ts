import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildProgram, keepRun, loadElf, MachineError, startRun } from '../../src/machine/index.ts';
import { assemble, haltingProgram } from './asm.ts';
import { segmentsOf } from './cut_checks.ts';

const NONE = new Uint8Array(0);
const program = buildProgram(
  loadElf(
    assemble(
      haltingProgram(
        'li s0, 200; la s1, cell; loop: lw s2, 0(s1); add s2, s2, s0; sw s2, 0(s1); addi s0, s0, -1; bnez s0, loop',
        'cell: .word 1000',
      ),
    ),
  ),
);
const options = { segmentSteps: 100 };
const run = startRun(program, NONE, options);
const cuts = segmentsOf(run);
const N = cuts.length;

describe('a run that is kept', () => {
  it('is run once for segments that are asked for in order, or again', () => {
    assert.ok(N > 8);
    const kept = keepRun(program, NONE, { ...options, keepBytes: 2 ** 20 });
    for (const index of [1, 2, 5, 3, 0, N - 1, 5]) assert.deepEqual(kept.cut(index), cuts[index], `segment ${index}`);
    assert.deepEqual(kept.firstCells(), run.firstCells());
    assert.equal(kept.cut(N), undefined);
    assert.deepEqual(kept.counts, { starts: 1, segments: N });
  });

  it('is run again for segments that are not kept any more', () => {
    const room = 16 * (cuts[1]!.cells.address.length + cuts[2]!.cells.address.length);
    const kept = keepRun(program, NONE, { ...options, keepBytes: room });
    assert.deepEqual(kept.cut(4), cuts[4]);
    assert.deepEqual(kept.cut(3), cuts[3]);
    assert.deepEqual(kept.counts, { starts: 1, segments: 5 });
    assert.deepEqual(kept.cut(2), cuts[2]);
    assert.deepEqual(kept.counts, { starts: 2, segments: 8 });
    assert.deepEqual(kept.cut(6), cuts[6], 'from where it is');
    assert.deepEqual(kept.counts, { starts: 2, segments: 12 });
    assert.deepEqual(kept.firstCells(), run.firstCells());

    const none = keepRun(program, NONE, { ...options, keepBytes: 0 });
    for (const index of [0, 1, 1]) assert.deepEqual(none.cut(index), cuts[index]);
    assert.deepEqual(none.counts, { starts: 2, segments: 4 });
  });

  it('gives the error on, every time', () => {
    const trap = buildProgram(loadElf(assemble(haltingProgram('nop; li t0, 3; lw a0, 0(t0)'))));
    const kept = keepRun(trap, NONE, { segmentSteps: 100, keepBytes: 100 });
    for (let i = 0; i < 2; i++) assert.throws(() => kept.cut(0), MachineError);
    assert.throws(() => kept.firstCells(), MachineError);
    assert.equal(kept.counts.starts, 3);
  });
});
