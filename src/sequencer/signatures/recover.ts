// The sender of a transaction: libsecp256k1 where its prebuilt addon loads, @noble/curves elsewhere.
import { createRequire } from 'node:module';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { concat } from '../chain/bytes.ts';
import { keccak256 } from '../chain/keccak.ts';
import { parityOf, signedParts, signingPayload } from '../chain/transaction.ts';

/** Uncompressed public key (65 bytes, the first of them 4), or undefined where there is none. */
type Recover = (signature: Uint8Array, yParity: 0 | 1, hash: Uint8Array) => Uint8Array | undefined;

interface Addon {
  ecdsaRecover(
    signature: Uint8Array,
    recid: number,
    message: Uint8Array,
    compressed: boolean,
    output: Uint8Array,
  ): Uint8Array;
}

/** The key that was recovered last. */
const keyBytes = new Uint8Array(65);

function nativeRecover(): Recover | undefined {
  try {
    // Not the package's own entry, which falls back to a slower library than ours.
    const { ecdsaRecover } = createRequire(import.meta.url)('secp256k1/bindings.js') as Addon;
    return (signature, yParity, hash) => {
      try {
        return ecdsaRecover(signature, yParity, hash, false, keyBytes);
      } catch {
        return undefined;
      }
    };
  } catch {
    return undefined;
  }
}

/** The reference, and the fallback. */
export const recoverPortable: Recover = (signature, yParity, hash) => {
  try {
    const key = secp256k1.recoverPublicKey(concat([Uint8Array.of(yParity), signature]), hash, { prehash: false });
    return secp256k1.Point.fromBytes(key).toBytes(false);
  } catch {
    return undefined;
  }
};

const native = nativeRecover();
export const isNative: boolean = native !== undefined;

export const addressOfKey = (publicKey: Uint8Array): Uint8Array => keccak256(publicKey.subarray(1)).slice(12);

const signature = new Uint8Array(64);

/** The sender's address, or undefined where the signature is nobody's. The transaction is one that decodes. */
export function recoverSender(
  { raw }: { readonly raw: Uint8Array },
  recover: Recover = native ?? recoverPortable,
): Uint8Array | undefined {
  const parts = signedParts(raw);
  const { type, v, r, s } = parts;
  signature.fill(0);
  signature.set(r, 32 - r.length);
  signature.set(s, 64 - s.length);
  const key = recover(signature, parityOf(type, v), keccak256(...signingPayload(raw, parts)));
  return key === undefined ? undefined : addressOfKey(key);
}
