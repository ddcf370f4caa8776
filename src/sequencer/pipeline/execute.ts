// One block executed: by the producer, which adds transactions one by one, and by replay, which has them all.
import type { BlockTransaction, SealedBlock, SealReason } from '../chain/block.ts';
import { bytesEqual, toHex } from '../chain/bytes.ts';
import type { BlockEnv, InvalidTransaction, Receipt, StateReader, Stf } from '../contract.ts';
import { SequencerError } from '../errors.ts';
import type { BlockRecord } from '../storage/record.ts';

export interface OpenBlock {
  readonly env: BlockEnv;
  readonly count: number;
  readonly gasUsed: bigint;
  /** Of raw transactions. */
  readonly bytes: number;
  apply(raw: Uint8Array, sender: Uint8Array): Receipt | InvalidTransaction;
  seal(reason: SealReason): SealedBlock;
  discard(): void;
}

export function openBlock(stf: Stf, env: BlockEnv, state: StateReader): OpenBlock {
  let execution = stf.beginBlock(env, state);
  const transactions: BlockTransaction[] = [];
  const receipts: Receipt[] = [];
  let bytes = 0;
  /** A transaction on which execution fails altogether is refused, and the block is made again without it. */
  const attempt = (raw: Uint8Array, sender: Uint8Array): Receipt | InvalidTransaction => {
    try {
      return execution.apply(raw, sender);
    } catch (error) {
      execution.discard();
      execution = stf.beginBlock(env, state);
      for (const earlier of transactions) execution.apply(earlier.raw, earlier.sender);
      return { invalid: `execution failed: ${error instanceof Error ? error.message : String(error)}` };
    }
  };
  return {
    env,
    get count() {
      return transactions.length;
    },
    get gasUsed() {
      return receipts.at(-1)?.cumulativeGas ?? 0n;
    },
    get bytes() {
      return bytes;
    },
    apply: (raw, sender) => {
      const result = attempt(raw, sender);
      if ('invalid' in result) return result;
      transactions.push({ raw, sender, hash: result.txHash });
      receipts.push(result);
      bytes += raw.length;
      return result;
    },
    seal: (reason) => {
      const output = execution.end();
      const { blockHash: hash, header, gasUsed, transactionsRoot, receiptsRoot, logsBloom } = output;
      const block = { env, hash, header, gasUsed, transactionsRoot, receiptsRoot, logsBloom, transactions };
      return { block, receipts, output, reason };
    },
    discard: () => execution.discard(),
  };
}

/** Executes a block again. Throws `SequencerError` unless it comes to the same hash. */
export function replayBlock(stf: Stf, record: BlockRecord, state: StateReader): SealedBlock {
  const { env, transactions, blockHash } = record;
  const open = openBlock(stf, env, state);
  const mismatch = (why: string): never => {
    throw new SequencerError('replay_mismatch', `block ${env.number} comes out different: ${why}`);
  };
  for (const { raw, sender } of transactions) {
    const result = open.apply(raw, sender);
    if ('invalid' in result) mismatch(`a transaction is refused: ${result.invalid}`);
  }
  const sealed = open.seal('replay');
  const { hash } = sealed.block;
  if (!bytesEqual(hash, blockHash)) mismatch(`hash ${toHex(hash)}, recorded ${toHex(blockHash)}`);
  return sealed;
}
