import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SealedBlock } from '../../src/sequencer/chain/block.ts';
import { startBatcher } from '../../src/sequencer/jobs/batcher.ts';
import type { Chain } from '../../src/sequencer/pipeline/chain.ts';
import { memoryBatches } from './jobs.ts';
import { config } from './node_settings.ts';

it('a batch whose block the database never has does not keep the node from stopping', { timeout: 60_000 }, async () => {
  const block = { env: { number: 1n }, gasUsed: 21_000n, transactions: [{ raw: new Uint8Array(1) }] };
  let publish = (_: SealedBlock): void => assert.fail('nobody listens');
  const chain = {
    ...{ config, databaseFolder: '/nowhere', stored: 0n, head: { env: { number: 0n } } },
    onBlock: (listener: (sealed: SealedBlock) => void) => {
      publish = listener;
      return () => {};
    },
  } as unknown as Chain;
  const failures: string[] = [];
  const limits = { blocks: 1, transactions: 1000, seconds: 3600 };
  const batcher = startBatcher(
    ...([chain, memoryBatches([]), limits] as const),
    () => assert.fail('there is no batch'),
    (message) => void failures.push(message),
  );
  publish({ block } as unknown as SealedBlock);
  // It waits for the block now.
  await new Promise((resolve) => setImmediate(resolve));
  await batcher.stop();
  assert.deepEqual([failures, batcher.batched], [[], 0n]);
});
