// The same transactions on EthereumJS's VM.
import { createBlock } from '@ethereumjs/block';
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common';
import { SimpleStateManager } from '@ethereumjs/statemanager';
import { createTxFromRLP } from '@ethereumjs/tx';
import { Account, createAddressFromString } from '@ethereumjs/util';
import { createVM, runTx, type VM } from '@ethereumjs/vm';
import type { BlockEnv } from '../../src/sequencer/contract.ts';
import { CHAIN_ID, hex, type TestState } from './state.ts';

const common = createCustomCommon({ chainId: CHAIN_ID }, Mainnet, { hardfork: Hardfork.Osaka });

export interface OtherReceipt {
  readonly status: number;
  readonly gasUsed: bigint;
  readonly logs: readonly { readonly address: string; readonly topics: readonly string[]; readonly data: string }[];
  readonly output: string;
}

export class OtherVm {
  readonly #vm: VM;
  readonly #env: BlockEnv;

  private constructor(vm: VM, env: BlockEnv) {
    this.#vm = vm;
    this.#env = env;
  }

  static async from(state: TestState, env: BlockEnv): Promise<OtherVm> {
    const stateManager = new SimpleStateManager({ common });
    for (const [address, { nonce, balance }] of state.accounts) {
      await stateManager.putAccount(createAddressFromString(address), new Account(nonce, balance));
    }
    for (const [address, { codeHash }] of state.accounts) {
      const code = state.codes.get(hex(codeHash));
      if (code !== undefined) await stateManager.putCode(createAddressFromString(address), code);
    }
    return new OtherVm(await createVM({ common, stateManager }), env);
  }

  /** Undefined where it is refused. */
  async apply(raw: Uint8Array): Promise<OtherReceipt | undefined> {
    const { number, timestamp, gasLimit, baseFee, coinbase, prevRandao, parentHash } = this.#env;
    const header = {
      ...{ number, timestamp, gasLimit, baseFeePerGas: baseFee, parentHash, mixHash: prevRandao },
      coinbase: createAddressFromString(hex(coinbase)),
      ...{ excessBlobGas: 0n, blobGasUsed: 0n },
    };
    const block = createBlock({ header }, { common, skipConsensusFormatValidation: true });
    try {
      const tx = createTxFromRLP(raw, { common });
      const result = await runTx(this.#vm, { tx, block, skipBlockGasLimitValidation: true });
      const receipt = result.receipt as { status: number };
      return {
        status: Number(receipt.status),
        gasUsed: result.totalGasSpent,
        logs: result.receipt.logs.map(([address, topics, data]) => ({
          address: hex(address),
          topics: topics.map(hex),
          data: hex(data),
        })),
        output: hex(result.execResult.returnValue),
      };
    } catch (error) {
      if (process.env.SHOW_REFUSALS !== undefined) console.error(String(error));
      return undefined;
    }
  }

  async account(address: string): Promise<{ nonce: bigint; balance: bigint; codeHash: string } | undefined> {
    const account = await this.#vm.stateManager.getAccount(createAddressFromString(address));
    if (account === undefined || account.isEmpty()) return undefined;
    return { nonce: account.nonce, balance: account.balance, codeHash: hex(account.codeHash) };
  }

  async slot(address: string, slot: Uint8Array): Promise<bigint> {
    const value = await this.#vm.stateManager.getStorage(createAddressFromString(address), slot);
    return value.length === 0 ? 0n : BigInt(hex(value));
  }
}
