// Sizes that no adapter here can run: the plans of transforms and dispatches, and every operation of a proof of 2^22 rows
// looked at without a device.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitGroups } from '../../prover/gpu/encoding.ts';
import { planPasses } from '../../prover/gpu/kernels/fft.ts';
import { planPasses16 } from '../../prover/gpu/kernels/fft16.ts';
import { isConstant, isSlice, type Recording } from '../../prover/gpu/recording.ts';
import { standard } from '../../src/core/params.ts';
import { dryRun, layoutOf } from './dry_run.ts';

const MAX_DIMENSION = 65535;

test('workgroups over two dimensions: enough, within bounds, and little in excess', () => {
  for (const groups of [
    1,
    2,
    255,
    65534,
    65535,
    65536,
    65537,
    131070,
    131071,
    2 ** 20,
    2 ** 24 + 1,
    2 ** 26,
    2 ** 32 - 2 ** 18,
  ]) {
    const [x, y] = splitGroups(groups);
    assert.ok(x >= 1 && x <= MAX_DIMENSION && y >= 1 && y <= MAX_DIMENSION, `${groups}: ${x} x ${y}`);
    assert.ok(x * y >= groups && x * y - groups < y, `${groups}: ${x} x ${y}`);
  }
  assert.throws(() => splitGroups(MAX_DIMENSION ** 2 + 1), /workgroups/);
});

test('passes of large transforms take every layer once', () => {
  for (let logN = 1; logN <= 30; logN++) {
    for (let layers = 1; layers <= logN; layers++) {
      const passes = planPasses(layers, logN);
      let next = 0;
      for (const { firstLayer, layers: count, contiguous, tileLog } of passes) {
        assert.equal(firstLayer, next);
        assert.ok(tileLog <= 12 && contiguous + count <= tileLog, `${layers} of ${logN}`);
        assert.ok(firstLayer === 0 ? contiguous === 0 : contiguous >= 4 && contiguous <= firstLayer);
        next += count;
      }
      assert.equal(next, layers);
      if (layers < 4) continue;
      const active = planPasses16(layers).flatMap((p) =>
        Array.from({ length: p.active }, (_, i) => p.g + 4 - p.active + i),
      );
      assert.deepEqual(
        active,
        Array.from({ length: layers }, (_, i) => i),
      );
      assert.ok(planPasses16(layers).every(({ g }) => g >= 0 && g + 4 <= layers));
    }
  }
  assert.deepEqual(
    [20, 22, 24].map((logN) => planPasses(logN, logN).length),
    [2, 3, 3],
  );
});

const check = (recording: Recording, maxBytes: number): number => {
  const words = (buffer: GPUBuffer): number => buffer.size / 4;
  for (const op of recording.ops) {
    if (op.kind === 'upload') assert.ok(op.offset + op.words.length <= words(op.buffer), op.buffer.label);
    else if (op.kind === 'download') assert.ok(op.offset + op.target.words <= words(op.src), op.src.label);
    else if (op.kind === 'copy') {
      assert.ok(op.srcOffset + op.words <= words(op.src) && op.dstOffset + op.words <= words(op.dst), op.src.label);
    } else {
      const { kernel, groups, batch, bindings, params } = op;
      const [x, y] = splitGroups(groups);
      assert.ok(x <= MAX_DIMENSION && y <= MAX_DIMENSION && batch <= MAX_DIMENSION, kernel.id);
      // A thread's index, 256 a group at most, is a u32.
      assert.ok(256 * x * y <= 2 ** 32, kernel.id);
      for (const binding of bindings) {
        if (isConstant(binding)) continue;
        if (isSlice(binding)) assert.ok(binding.offset + binding.words <= words(binding.slice), binding.slice.label);
        else assert.ok(binding.size <= maxBytes, binding.label);
      }
      assert.ok(bindings.length <= 8, kernel.id);
      assert.ok(recording.constants[params.constant] !== undefined, kernel.id);
    }
  }
  return recording.ops.length;
};

test('every operation of a proof of 2^22 rows is within its buffers and the limits', async () => {
  const limits = { maxBufferSize: 2 ** 31 - 4, maxStorageBufferBindingSize: 2 ** 31 - 4 };
  const heights = { program: 16, image_table: 16, boundary: 18, boundary_memory: 18, refresh: 8, input_length: 4 };
  const layout = layoutOf({ ...heights, add: 22, bitwise: 22, shift_imm: 21, load_word: 20, branch_eq: 17 });
  let operations = 0;
  const { prove } = dryRun(
    layout,
    standard,
    limits,
    () => 2 ** 10,
    (recording) => {
      operations += check(recording, 2 ** 31 - 4);
    },
  );
  await prove();
  assert.ok(operations > 1000, `${operations}`);
});
