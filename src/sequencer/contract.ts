// What the sequencer asks of the state transition function, and what it gives it. Addresses have 20 bytes, hashes and
// slots 32; numbers are as in the EVM.

export interface AccountState {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly codeHash: Uint8Array;
}

/** The state before a block. Every call is synchronous: no I/O but memory-mapped reads. */
export interface StateReader {
  account(address: Uint8Array): AccountState | undefined;
  storage(address: Uint8Array, slot: Uint8Array): Uint8Array;
  code(codeHash: Uint8Array): Uint8Array;
  blockHash(number: bigint): Uint8Array;
}

export interface BlockEnv {
  readonly number: bigint;
  /** Seconds. */
  readonly timestamp: bigint;
  readonly gasLimit: bigint;
  readonly baseFee: bigint;
  readonly coinbase: Uint8Array;
  readonly prevRandao: Uint8Array;
  readonly chainId: bigint;
  readonly parentHash: Uint8Array;
}

export interface Log {
  readonly address: Uint8Array;
  readonly topics: readonly Uint8Array[];
  readonly data: Uint8Array;
}

export interface Receipt {
  readonly status: 0 | 1;
  readonly gasUsed: bigint;
  readonly cumulativeGas: bigint;
  readonly effectiveGasPrice: bigint;
  readonly logs: readonly Log[];
  readonly contractAddress: Uint8Array | undefined;
  /** What the call returned, or reverted with. */
  readonly output: Uint8Array;
  readonly txHash: Uint8Array;
  readonly type: number;
  readonly from: Uint8Array;
  readonly to: Uint8Array | undefined;
}

/** Left out of the block; the state is as it was before. */
export interface InvalidTransaction {
  readonly invalid: string;
}

export interface StateDiff {
  readonly accounts: readonly (AccountState & { readonly address: Uint8Array; readonly deleted: boolean })[];
  readonly storage: readonly { readonly address: Uint8Array; readonly slot: Uint8Array; readonly value: Uint8Array }[];
  readonly code: readonly { readonly hash: Uint8Array; readonly bytes: Uint8Array }[];
}

export interface BlockOutput {
  /** Of the header's fields without a state root: sequencing never waits for the tree. */
  readonly blockHash: Uint8Array;
  /** RLP; its Keccak-256 is the hash. */
  readonly header: Uint8Array;
  readonly gasUsed: bigint;
  readonly transactionsRoot: Uint8Array;
  readonly receiptsRoot: Uint8Array;
  /** 256 bytes. */
  readonly logsBloom: Uint8Array;
  readonly diff: StateDiff;
}

export interface BlockExecution {
  /** The sender was recovered elsewhere; the guest checks it where it is proven. */
  apply(raw: Uint8Array, sender: Uint8Array): Receipt | InvalidTransaction;
  end(): BlockOutput;
  /** Ends it without a block. */
  discard(): void;
}

export interface CallRequest {
  readonly from: Uint8Array;
  readonly to: Uint8Array | undefined;
  readonly data: Uint8Array;
  readonly value: bigint;
  readonly gasLimit: bigint;
  /** 0 where the call pays nothing. */
  readonly gasPrice: bigint;
  readonly accessList?: readonly { readonly address: Uint8Array; readonly slots: readonly Uint8Array[] }[];
}

export interface CallResult {
  readonly outcome: 'success' | 'revert' | 'halt' | 'invalid';
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  /** Why, of a halted or invalid call. */
  readonly reason: string;
}

export interface Stf {
  beginBlock(env: BlockEnv, state: StateReader): BlockExecution;
  call(env: BlockEnv, state: StateReader, request: CallRequest): CallResult;
}
