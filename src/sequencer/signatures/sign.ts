// Signs transactions, for the load tool: type 2 only.
import { createRequire } from 'node:module';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concat, toBigInt } from '../chain/bytes.ts';
import { encodeRlp, type RlpValue } from '../chain/rlp.ts';

export interface TransferFields {
  readonly chainId: bigint;
  readonly nonce: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly gasLimit: bigint;
  /** Empty to create a contract. */
  readonly to: Uint8Array;
  readonly value: bigint;
  readonly data: Uint8Array;
}

interface Signed {
  /** 64 bytes: r, s. */
  readonly signature: Uint8Array;
  readonly recid: number;
}

type Sign = (hash: Uint8Array, secret: Uint8Array) => Signed;

function nativeSign(): Sign | undefined {
  try {
    const { ecdsaSign } = createRequire(import.meta.url)('secp256k1/bindings.js') as { ecdsaSign: Sign };
    return ecdsaSign;
  } catch {
    return undefined;
  }
}

const portable: Sign = (hash, secret) => {
  const bytes = secp256k1.sign(hash, secret, { prehash: false, format: 'recovered' });
  return { recid: bytes[0] as number, signature: bytes.subarray(1) };
};

const signHash = nativeSign() ?? portable;

export function signTransfer(fields: TransferFields, secret: Uint8Array): Uint8Array {
  const { chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit, to, value, data } = fields;
  const body: RlpValue[] = [chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit, to, value, data, []];
  const type = Uint8Array.of(2);
  const { signature, recid } = signHash(keccak_256(concat([type, encodeRlp(body)])), secret);
  const [r, s] = [toBigInt(signature.subarray(0, 32)), toBigInt(signature.subarray(32))];
  return concat([type, encodeRlp([...body, BigInt(recid), r, s])]);
}
