// Proof-of-work on the device.
import { grindHash } from '../../../src/core/channel.ts';
import { type Digest, GRIND_KEY } from '../../../src/core/hash.ts';
import { groupsFor, Recording } from '../recording.ts';
import type { GpuRuntime } from '../runtime.ts';

/** Work this small costs less here (64 hashes, some 0.2 ms) than a round trip to the device in a browser. */
const CPU_BITS = 6;

/** The smallest nonce, as (low, high) words, whose grinding hash of `digest` ends in `bits` zero bits, bits <= 31. */
export async function grind(runtime: GpuRuntime, digest: Digest, bits: number): Promise<[number, number]> {
  if (bits === 0) return [0, 0];
  if (bits <= CPU_BITS) {
    for (let low = 0; ; low++) if (grindHash(digest, [low, 0], bits) === 0) return [low, 0];
  }
  // Four times the expected number of tries, within what a batch may take on a CPU or a GPU.
  const batchLog = Math.min(bits + 2, runtime.context.adapter.isSoftware ? 16 : 24);
  const best = runtime.pool.acquire(1, 'grind');
  try {
    for (let base = 0; base < 2 ** 52; base += 2 ** batchLog) {
      const recording = new Recording();
      recording.upload(best, 0, Uint32Array.of(0xffffffff));
      const baseWords = [base % 2 ** 32, Math.floor(base / 2 ** 32)];
      recording.dispatch({
        kernel: { id: 'grind' },
        params: [...GRIND_KEY, ...digest, ...baseWords, 2 ** batchLog, 2 ** bits - 1],
        bindings: [best],
        groups: groupsFor(2 ** batchLog),
      });
      const download = recording.download(best, 0, 1);
      const found = (await runtime.run(recording)).words(download)[0] as number;
      if (found !== 0xffffffff) return [(baseWords[0] as number) + found, baseWords[1] as number];
    }
  } finally {
    runtime.pool.release(best);
  }
  throw new Error(`no nonce for ${bits} bits in 2^52 tries`);
}
