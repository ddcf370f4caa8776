// Methods that other nodes have and this one cannot have: refused by name, and why.
import type { Method, Methods } from '../context.ts';
import { METHOD_NOT_FOUND, RpcError } from '../errors.ts';

const BY_REASON: Readonly<Record<string, readonly string[]>> = {
  'the state is no Merkle-Patricia trie; wisp_getProof gives proofs of its tree': ['eth_getProof'],
  'the chain is only ever added to; start a fresh one with wisp node --dev': [
    ...['evm_snapshot', 'evm_revert', 'hardhat_reset', 'anvil_reset', 'debug_setHead'],
    ...['anvil_snapshot', 'anvil_revert', 'anvil_rollback', 'anvil_reorg', 'anvil_loadState', 'anvil_dumpState'],
  ],
  'the state changes by transactions only, since every block is to be proven': [
    ...['hardhat_setBalance', 'hardhat_setCode', 'hardhat_setNonce', 'hardhat_setStorageAt'],
    ...['anvil_setBalance', 'anvil_setCode', 'anvil_setNonce', 'anvil_setStorageAt'],
    ...['hardhat_setCoinbase', 'hardhat_setPrevRandao', 'hardhat_setNextBlockBaseFeePerGas'],
    ...['anvil_setCoinbase', 'anvil_setNextBlockBaseFeePerGas', 'anvil_setChainId', 'evm_setBlockGasLimit'],
  ],
  'a transaction needs the signature of its sender, since that is proven too': [
    ...['hardhat_impersonateAccount', 'hardhat_stopImpersonatingAccount'],
    ...['anvil_impersonateAccount', 'anvil_stopImpersonatingAccount', 'anvil_autoImpersonateAccount'],
  ],
  'a block is made when there are transactions, 250 ms after the first': [
    ...['evm_setAutomine', 'evm_setIntervalMining', 'anvil_setAutoMine', 'anvil_setIntervalMining'],
  ],
  'keys stay with their owners': ['personal_newAccount', 'personal_importRawKey', 'personal_unlockAccount'],
};

export const refusedMethods: Methods = Object.fromEntries(
  Object.entries(BY_REASON).flatMap(([reason, names]) =>
    names.map((name): [string, Method] => [
      name,
      () => {
        throw new RpcError(METHOD_NOT_FOUND, `the method ${name} is not available: ${reason}`);
      },
    ]),
  ),
);
