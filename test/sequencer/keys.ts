// Keys and signed transactions for tests.
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { ChainConfig } from '../../src/sequencer/chain/block.ts';
import { concat, fromBigInt, toBigInt, toHex } from '../../src/sequencer/chain/bytes.ts';
import { encodeRlp, type RlpValue } from '../../src/sequencer/chain/rlp.ts';
import { addressOfKey } from '../../src/sequencer/signatures/recover.ts';

export interface Key {
  readonly secret: Uint8Array;
  readonly address: Uint8Array;
}

export const keyOf = (n: number): Key => {
  const secret = fromBigInt(BigInt(n + 1), 32);
  return { secret, address: addressOfKey(secp256k1.getPublicKey(secret, false)) };
};

export const CHAIN_ID = 1337n;
export const GWEI: bigint = 10n ** 9n;
export const ETHER: bigint = 10n ** 18n;

export const chainOf = (keys: readonly Key[]): ChainConfig => ({
  ...{ chainId: CHAIN_ID, gasLimit: 100_000_000n, baseFee: GWEI, coinbase: `0x${'11'.repeat(20)}` },
  ...{ genesisTime: 1_700_000_000n },
  alloc: keys.map(({ address }) => ({ address: toHex(address), balance: 1000n * ETHER })),
});

export interface Fields {
  readonly nonce: bigint;
  readonly type?: 0 | 1 | 2;
  readonly to?: Uint8Array | undefined;
  readonly value?: bigint;
  readonly data?: Uint8Array;
  readonly gasLimit?: bigint;
  readonly maxFee?: bigint;
  readonly tip?: bigint;
  readonly chainId?: bigint;
}

/** A signed transaction; a transfer of one wei by default. */
export function sign(key: Key, fields: Fields): Uint8Array {
  const { nonce, type = 2, value = 1n, data = new Uint8Array(0), gasLimit = 21_000n, chainId = CHAIN_ID } = fields;
  const { maxFee = 2n * GWEI, tip = GWEI } = fields;
  const to = 'to' in fields ? (fields.to ?? new Uint8Array(0)) : new Uint8Array(20).fill(9);
  const body: RlpValue[] =
    type === 2
      ? [chainId, nonce, tip, maxFee, gasLimit, to, value, data, []]
      : type === 1
        ? [chainId, nonce, maxFee, gasLimit, to, value, data, []]
        : [nonce, maxFee, gasLimit, to, value, data];
  const prefix = type === 0 ? new Uint8Array(0) : Uint8Array.of(type);
  const payload = concat([prefix, encodeRlp(type === 0 ? [...body, chainId, 0n, 0n] : body)]);
  const signature = secp256k1.sign(keccak_256(payload), key.secret, { prehash: false, format: 'recovered' });
  const parity = BigInt(signature[0] as number);
  const v = type === 0 ? 35n + 2n * chainId + parity : parity;
  const [r, s] = [toBigInt(signature.subarray(1, 33)), toBigInt(signature.subarray(33, 65))];
  return concat([prefix, encodeRlp([...body, v, r, s])]);
}
