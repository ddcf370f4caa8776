/** Proof of work on all threads. */
import type { Digest } from '../../src/core/hash.ts';
import type { Nonce } from '../../src/core/transcript.ts';
import { ProverError } from '../errors.ts';
import type { Kernels } from './kernels/index.ts';
import type { WasmRuntime } from './runtime.ts';

/** Nonces of a batch: some 50 ms of work for one thread. */
const BATCH = 2 ** 20;
const CHUNK = 2 ** 12;
const NONE = 0xffffffff;

/** The smallest nonce, as (low, high) words, whose grinding hash of `state` ends in `bits` zero bits, bits <= 31. */
export const grind = ({ memory, run }: WasmRuntime, kernels: Kernels, state: Digest, bits: number): Nonce => {
  const area = memory.alloc(4 * 9);
  memory.words(area, 8).set(state);
  try {
    for (let high = 0; high < 2 ** 20; high++) {
      // The last batch of a high word would overlap NONE: 2^32 - 1 is not tried on this tier.
      for (let base = 0; base < 2 ** 32; base += BATCH) {
        memory.words(area, 9)[8] = NONE;
        const args = [area, 2 ** bits - 1, base, high, area + 32];
        run([{ kernel: kernels.grind, args, units: BATCH / 4, chunk: CHUNK / 4 }]);
        const found = memory.words(area, 9)[8] as number;
        if (found !== NONE) return [found, high];
      }
    }
  } finally {
    memory.free(area);
  }
  throw new ProverError('device', `no nonce for ${bits} bits`);
};
