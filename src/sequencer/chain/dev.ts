// The development chain: fixed, with keys that everyone knows. They are those of the mnemonic "test test test test test
// test test test test test test junk", which Hardhat and anvil fund too.
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addressOfKey } from '../signatures/recover.ts';
import { SYSTEM_CONTRACTS } from '../stf/system.ts';
import type { ChainConfig } from './block.ts';
import { fromHex, type Hex, toHex } from './bytes.ts';

export interface DevKey {
  readonly secret: Hex;
  readonly address: Hex;
}

const SECRETS: readonly Hex[] = [
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
  '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6',
  '0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a',
  '0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba',
  '0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e',
  '0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356',
  '0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97',
  '0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6',
];

/** The mnemonic's eleventh: what evm_mine makes blocks of. */
const MINER_SECRET: Hex = '0xf214f2b2cd398c806f84e317254e0f0b801d0643303237d97a22a48e01628897';

export const addressOfSecret = (secret: Uint8Array): Uint8Array => addressOfKey(secp256k1.getPublicKey(secret, false));

export const devKeys = (): DevKey[] =>
  SECRETS.map((secret) => ({ secret, address: toHex(addressOfSecret(fromHex(secret))) }));

export const DEV_MINER: DevKey = { secret: MINER_SECRET, address: '0xbcd4042de499d14e55001ccbb24a551f3b954096' };

export const DEV_CHAIN_ID = 131_071n;
const DEV_BALANCE = 1_000_000n * 10n ** 18n;

export const devChain = (chainId: bigint = DEV_CHAIN_ID): ChainConfig => ({
  chainId,
  // A block is never more than what a batch may have, so that each can be proven (jobs/cutter.ts).
  gasLimit: 18_000_000n,
  baseFee: 10_000_000n,
  coinbase: '0x57495350000000000000000000000000000000fe',
  genesisTime: 1_767_225_600n,
  alloc: [
    ...[...devKeys(), DEV_MINER].map(({ address }) => ({ address, balance: DEV_BALANCE })),
    ...SYSTEM_CONTRACTS.map(({ address, code }) => ({ address: toHex(address), balance: 0n, code })),
  ],
});
