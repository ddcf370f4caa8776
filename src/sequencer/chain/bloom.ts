// Bloom filters of 2048 bits over the addresses and topics of logs (Yellow Paper 4.3.1).
import type { Log } from '../contract.ts';
import { keccak256 } from './keccak.ts';

const bitsOf = (value: Uint8Array): number[] => {
  const hash = keccak256(value);
  return [0, 2, 4].map((at) => (((hash[at] as number) << 8) | (hash[at + 1] as number)) & 2047);
};

export function bloomOf(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(256);
  for (const { address, topics } of logs) {
    for (const value of [address, ...topics]) {
      for (const bit of bitsOf(value)) {
        const at = 255 - (bit >> 3);
        bloom[at] = (bloom[at] as number) | (1 << (bit & 7));
      }
    }
  }
  return bloom;
}

/** False: no log has the value. */
export const mayContain = (bloom: Uint8Array, value: Uint8Array): boolean =>
  bitsOf(value).every((bit) => (((bloom[255 - (bit >> 3)] as number) >> (bit & 7)) & 1) === 1);
