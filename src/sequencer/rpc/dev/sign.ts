// Signs for the accounts of a development chain.
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concat, toBigInt } from '../../chain/bytes.ts';
import { encodeRlp, type RlpValue } from '../../chain/rlp.ts';
import type { AccessListEntry } from '../../chain/transaction.ts';

export interface UnsignedTransaction {
  readonly chainId: bigint;
  readonly nonce: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly gasLimit: bigint;
  readonly to: Uint8Array | undefined;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
}

/** 65 bytes: the parity (0 or 1), r, s. */
const signHash = (hash: Uint8Array, secret: Uint8Array): Uint8Array =>
  secp256k1.sign(hash, secret, { prehash: false, format: 'recovered' });

/** Type 2, raw. */
export function signTransaction(tx: UnsignedTransaction, secret: Uint8Array): Uint8Array {
  const { chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit, to, value, data, accessList } = tx;
  const places = accessList.map(({ address, slots }) => [address, slots]);
  const body: RlpValue[] = [
    ...[chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit, to ?? new Uint8Array(0), value, data, places],
  ];
  const type = Uint8Array.of(2);
  const signature = signHash(keccak_256(concat([type, encodeRlp(body)])), secret);
  const [r, s] = [toBigInt(signature.subarray(1, 33)), toBigInt(signature.subarray(33))];
  return concat([type, encodeRlp([...body, BigInt(signature[0] as number), r, s])]);
}

/** A signature as tools have it: r, s, and 27 or 28. */
const asEthereum = (signature: Uint8Array): Uint8Array =>
  concat([signature.subarray(1), Uint8Array.of(27 + (signature[0] as number))]);

/** EIP-191. */
export function signMessage(message: Uint8Array, secret: Uint8Array): Uint8Array {
  const prefix = new TextEncoder().encode(`\u0019Ethereum Signed Message:\n${message.length}`);
  return asEthereum(signHash(keccak_256(concat([prefix, message])), secret));
}

export const signDigest = (digest: Uint8Array, secret: Uint8Array): Uint8Array => asEthereum(signHash(digest, secret));
