// A node over the test double in a process of its own, to be killed: node_process.ts <folder> <block ms>. Prints its port.
import { startService } from '../../src/sequencer/service.ts';
import { fakeStf } from './fake_stf.ts';
import { config, silent } from './node_settings.ts';

const [, , folder = '', blockMs = '20'] = process.argv;
const service = await startService({
  ...{ host: '127.0.0.1', port: 0, clientVersion: 'Wisp/test', log: silent },
  node: {
    ...{ folder, chain: config, stf: fakeStf(), signatureThreads: 1, produces: true },
    producer: { blockMs: Number(blockMs) },
  },
});
console.log(service.server.port);
void service.ended.then(() => process.exit(1));
process.on('SIGTERM', () => void service.stop().then(() => process.exit(0)));
