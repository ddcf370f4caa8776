// The sender of a transaction: libsecp256k1 where its prebuilt addon loads, @noble/curves elsewhere.
import { createRequire } from 'node:module';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concat, fromBigInt } from '../chain/bytes.ts';
import { signingPayload, type Transaction } from '../chain/transaction.ts';

/** Uncompressed public key (65 bytes, the first of them 4), or undefined where there is none. */
type Recover = (signature: Uint8Array, yParity: 0 | 1, hash: Uint8Array) => Uint8Array | undefined;

interface Addon {
  ecdsaRecover(signature: Uint8Array, recid: number, message: Uint8Array, compressed: boolean): Uint8Array;
}

function nativeRecover(): Recover | undefined {
  try {
    // Not the package's own entry, which falls back to a slower library than ours.
    const { ecdsaRecover } = createRequire(import.meta.url)('secp256k1/bindings.js') as Addon;
    return (signature, yParity, hash) => {
      try {
        return ecdsaRecover(signature, yParity, hash, false);
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

export const addressOfKey = (publicKey: Uint8Array): Uint8Array => keccak_256(publicKey.subarray(1)).subarray(12);

/** The sender's address, or undefined where the signature is nobody's. */
export function recoverSender(
  transaction: Transaction,
  recover: Recover = native ?? recoverPortable,
): Uint8Array | undefined {
  const signature = concat([fromBigInt(transaction.r, 32), fromBigInt(transaction.s, 32)]);
  const key = recover(signature, transaction.yParity, keccak_256(signingPayload(transaction)));
  return key === undefined ? undefined : addressOfKey(key);
}
