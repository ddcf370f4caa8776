// A node with the rollup's state transition that makes batches, in a process of its own, to be killed: batch_process.ts
// <folder>. Prints its port.
import { devChain } from '../../src/sequencer/chain/dev.ts';
import { startProving } from '../../src/sequencer/jobs/service.ts';
import { startService } from '../../src/sequencer/service.ts';
import { loadStf } from '../../src/sequencer/stf/index.ts';
import { silent } from './node_settings.ts';

const [, , folder = ''] = process.argv;
const verify = async (): Promise<never> => {
  throw new Error('nothing is proven here');
};
const options = { blocks: 2, transactions: 1000, seconds: 1, leaseMs: 60_000, secret: '', verify };
const service = await startService({
  ...{ host: '127.0.0.1', port: 0, clientVersion: 'Wisp/test', accounts: [], log: silent },
  node: {
    ...{ folder, chain: devChain(), stf: await loadStf(), signatureThreads: 1, produces: true },
    producer: { blockMs: 15 },
  },
  proving: (node, metrics) => startProving(node, metrics, silent, options),
});
console.log(service.server.port);
