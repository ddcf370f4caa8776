import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_SEGMENTS } from '../../src/core/bundle.ts';
import { devChain } from '../../src/sequencer/chain/dev.ts';
import { readSettings } from '../../src/sequencer/config.ts';
import {
  type BatchLimits,
  type BlockSize,
  batchCutter,
  DEFAULT_BATCH_BYTES,
  DEFAULT_BATCH_GAS,
} from '../../src/sequencer/jobs/cutter.ts';
import { DEFAULT_SEGMENT_STEPS } from '../../src/sequencer/jobs/service.ts';

const LIMITS: BatchLimits = { blocks: 100, transactions: 1000, seconds: 10, gas: 50, bytes: 500 };
const block = (number: number, size: Partial<BlockSize> = {}): BlockSize => ({
  ...{ number, transactions: 1, gas: 1, bytes: 1, ...size },
});

/** Batches of blocks numbered from 1, as `first-last`; what is open at the end is closed. */
function cut(limits: Partial<BatchLimits>, ...sizes: Partial<BlockSize>[]): string[] {
  const batches: string[] = [];
  const cutter = batchCutter({ ...LIMITS, ...limits }, (first, last) => void batches.push(`${first}-${last}`));
  sizes.forEach((size, i) => void cutter.take(block(i + 1, size)));
  batches.push('|');
  cutter.close();
  return batches;
}

describe('batches end', () => {
  it('with so many blocks or transactions', () => {
    assert.deepEqual(cut({ blocks: 2 }, {}, {}, {}), ['1-2', '|', '3-3']);
    assert.deepEqual(cut({ transactions: 5 }, { transactions: 4 }, { transactions: 4 }, {}), ['1-2', '|', '3-3']);
    assert.deepEqual(cut({}), ['|']);
  });

  it('before the block with which they would have more gas or bytes than allowed', () => {
    assert.deepEqual(cut({}, { gas: 20 }, { gas: 29 }, { gas: 2 }, {}), ['1-2', '|', '3-4']);
    assert.deepEqual(cut({}, { gas: 20 }, { gas: 30 }, {}), ['1-2', '|', '3-3']);
    assert.deepEqual(cut({}, { bytes: 499 }, { bytes: 2 }, { bytes: 498 }), ['1-1', '2-3', '|']);
  });

  it('with a block that is above a bound by itself, which is a batch of its own', () => {
    assert.deepEqual(cut({}, {}, { gas: 51 }, {}), ['1-1', '2-2', '|', '3-3']);
    assert.deepEqual(cut({}, { bytes: 9000 }, {}, { gas: 1000 }), ['1-1', '2-2', '3-3', '|']);
  });

  it('when their time is over', () => {
    let ms = 0;
    const batches: string[] = [];
    const cutter = batchCutter(
      LIMITS,
      (first, last) => void batches.push(`${first}-${last}`),
      () => ms,
    );
    ms = 99_000;
    cutter.tick();
    cutter.take(block(1));
    ms += 9_000;
    cutter.take(block(2));
    cutter.tick();
    assert.deepEqual(batches, []);
    ms += 1_000;
    cutter.tick();
    assert.deepEqual(batches, ['1-2']);
    cutter.take(block(3));
    cutter.tick();
    assert.deepEqual(batches, ['1-2']);
  });

  it('where they can be proven, by default: and no block is larger', () => {
    const settings = readSettings({}, {}, undefined);
    assert.equal(settings.number('batch-gas'), DEFAULT_BATCH_GAS);
    assert.equal(settings.number('batch-bytes'), DEFAULT_BATCH_BYTES);
    assert.ok(devChain().gasLimit <= BigInt(DEFAULT_BATCH_GAS));
    /** As the comment at the default has them. */
    const [stepsPerGas, heapPerGas] = [3620, 12];
    assert.ok(DEFAULT_BATCH_GAS * stepsPerGas < MAX_SEGMENTS * DEFAULT_SEGMENT_STEPS);
    // The machine keeps two words for one, in 4 GiB.
    assert.ok(DEFAULT_BATCH_GAS * heapPerGas + 3 * DEFAULT_BATCH_BYTES < 2 ** 31);
  });
});
