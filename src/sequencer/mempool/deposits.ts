// Deposits from the L1's queue as they go into blocks. The program that is proven refuses what is malformed or too long, and
// takes deposits in their order only: so one that it would refuse is replaced here by one that it takes, and those behind it
// go on. The rule depends on the queue's bytes alone: whoever compares the rolling hash with the L1's applies it too.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concat } from '../chain/bytes.ts';
import { decodeRlp, encodeRlp } from '../chain/rlp.ts';
import { MAX_TRANSACTION_BYTES } from '../chain/transaction.ts';
import { SequencerError } from '../errors.ts';

export const DEPOSIT_TYPE = 0x7e;

/** `tooLong`: only what it mints is taken. `malformed`, `wrongIndex`: nothing is. */
export type DepositOutcome = 'taken' | 'tooLong' | 'malformed' | 'wrongIndex';

export interface AdmittedDeposit {
  /** What goes into the block: the queue's bytes, or what stands for them. */
  readonly raw: Uint8Array;
  readonly outcome: DepositOutcome;
}

interface Deposit {
  readonly index: bigint;
  readonly from: Uint8Array;
  readonly mint: bigint;
}

const ZERO = new Uint8Array(20);

const number = (bytes: Uint8Array | undefined, maxBytes: number): bigint => {
  if (bytes === undefined || bytes.length > maxBytes || bytes[0] === 0)
    throw new SequencerError('invalid_transaction', 'not a number');
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
};

/** 0x7e ‖ rlp([index, from, to, mint, value, gas limit, data]), as the program decodes it. Throws `SequencerError`. */
function decodeDeposit(raw: Uint8Array): Deposit {
  const { items } = raw[0] === DEPOSIT_TYPE ? decodeRlp(raw.subarray(1)) : { items: undefined };
  if (items?.length !== 7 || items.some((item) => item.items !== undefined))
    throw new SequencerError('invalid_transaction', 'a deposit has seven strings');
  const [index, from, to, mint, value, gasLimit] = items.map(({ payload }) => payload);
  if (from?.length !== 20 || (to?.length !== 0 && to?.length !== 20))
    throw new SequencerError('invalid_transaction', 'an address has 20 bytes');
  number(value, 32);
  number(gasLimit, 8);
  return { index: number(index, 8), from, mint: number(mint, 16) };
}

/** Mints, and calls nobody: without gas its call cannot start. The data says what it stands for. */
const standIn = (index: bigint, { from, mint }: Pick<Deposit, 'from' | 'mint'>, raw: Uint8Array): Uint8Array =>
  concat([Uint8Array.of(DEPOSIT_TYPE), encodeRlp([index, from, ZERO, mint, 0n, 0n, keccak_256(raw)])]);

/** What the entry at `index` of the L1's queue is in a block. Never throws. */
export function admitDeposit(index: bigint, raw: Uint8Array): AdmittedDeposit {
  const nothing = { from: ZERO, mint: 0n };
  let deposit: Deposit;
  try {
    deposit = decodeDeposit(raw);
  } catch {
    return { raw: standIn(index, nothing, raw), outcome: 'malformed' };
  }
  if (deposit.index !== index) return { raw: standIn(index, nothing, raw), outcome: 'wrongIndex' };
  if (raw.length > MAX_TRANSACTION_BYTES) return { raw: standIn(index, deposit, raw), outcome: 'tooLong' };
  return { raw, outcome: 'taken' };
}

export interface DepositQueue {
  /** Takes the next entry of the L1's queue. */
  push(raw: Uint8Array): void;
  /** The next deposit for a block, which stays until it is `done`. */
  peek(): Uint8Array | undefined;
  /** It is in a block. */
  done(): void;
  readonly waiting: number;
  readonly counts: Readonly<Record<DepositOutcome, number>>;
}

export interface DepositQueueOptions {
  /** Deposits that are in blocks already. */
  readonly count: bigint;
  readonly log: { warn(fields: object, message: string): void };
}

export function depositQueue({ count, log }: DepositQueueOptions): DepositQueue {
  const waiting: Uint8Array[] = [];
  const counts = { taken: 0, tooLong: 0, malformed: 0, wrongIndex: 0 };
  let next = count;
  return {
    counts,
    push: (raw) => {
      const { raw: admitted, outcome } = admitDeposit(next, raw);
      counts[outcome]++;
      if (outcome !== 'taken')
        log.warn({ index: Number(next), outcome, bytes: raw.length }, 'a deposit is replaced by one that can run');
      next++;
      waiting.push(admitted);
    },
    peek: () => waiting[0],
    done: () => void waiting.shift(),
    get waiting() {
      return waiting.length;
    },
  };
}
