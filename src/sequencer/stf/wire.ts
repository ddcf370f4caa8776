// Results of the WebAssembly build, as guests/rollup/src/forward.rs writes them: little-endian, lists behind their length.
import type { Log, Receipt, StateDiff } from '../contract.ts';
import type { Deposits } from './hash.ts';

const UTF8 = new TextDecoder();

export class ResultReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  /** Takes over bytes that nobody else changes. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes[this.#at++]!;
  }

  u16(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2, true);
  }

  u32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  u64(): bigint {
    this.#at += 8;
    return this.#view.getBigUint64(this.#at - 8, true);
  }

  raw(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** 32 bytes, big-endian. */
  number(): bigint {
    this.#at += 32;
    let value = 0n;
    for (let i = 0; i < 32; i += 8) {
      const limb = this.#view.getBigUint64(this.#at - 32 + i, false);
      value = value === 0n ? limb : (value << 64n) | limb;
    }
    return value;
  }

  bytes(): Uint8Array {
    return this.raw(this.u32());
  }

  text(): string {
    const bytes = this.bytes();
    return bytes.length === 0 ? '' : UTF8.decode(bytes);
  }

  address(): Uint8Array | undefined {
    const there = this.byte() === 1;
    const bytes = this.raw(20);
    return there ? bytes : undefined;
  }

  list<T>(item: () => T): T[] {
    return Array.from({ length: this.u32() }, item);
  }
}

export interface Message {
  readonly sender: Uint8Array;
  readonly value: bigint;
  readonly data: Uint8Array;
}

/** A receipt with what a halt had for a reason; empty if it did not halt. */
export interface FullReceipt extends Receipt {
  readonly halt: string;
}

export const readLog = (from: ResultReader): Log => ({
  address: from.raw(20),
  topics: from.list(() => from.raw(32)),
  data: from.bytes(),
});

export function readResult(from: ResultReader): FullReceipt | { readonly invalid: string } {
  if (from.byte() === 0) return { invalid: from.text() };
  const [type, success] = [from.byte(), from.byte()];
  const [txHash, sender, to, contractAddress] = [from.raw(32), from.raw(20), from.address(), from.address()];
  const [gasUsed, cumulativeGas, effectiveGasPrice] = [from.u64(), from.u64(), from.number()];
  const [output, halt] = [from.bytes(), from.text()];
  const logs = from.list(() => readLog(from));
  // No spreads: one a transaction (see rpc/format.ts).
  return {
    status: success === 1 ? 1 : 0,
    gasUsed,
    cumulativeGas,
    effectiveGasPrice,
    logs,
    contractAddress,
    output,
    txHash,
    type,
    from: sender,
    to,
    halt,
  };
}

export const readMessage = (from: ResultReader): Message => {
  const sender = from.raw(20);
  const bytes = from.bytes();
  return { sender, value: BigInt(`0x${Buffer.from(bytes.subarray(0, 32)).toString('hex')}`), data: bytes.subarray(32) };
};

export const readDeposits = (from: ResultReader): Deposits => ({ hash: from.raw(32), count: from.u64() });

export function readDiff(from: ResultReader, noCode: Uint8Array): StateDiff {
  const accounts = from.list(() => {
    const address = from.raw(20);
    if (from.byte() === 0) return { address, deleted: true, nonce: 0n, balance: 0n, codeHash: noCode };
    return { address, deleted: false, nonce: from.u64(), balance: from.number(), codeHash: from.raw(32) };
  });
  const storage = from.list(() => ({ address: from.raw(20), slot: from.raw(32), value: from.raw(32) }));
  const code = from.list(() => ({ hash: from.raw(32), bytes: from.bytes() }));
  return { accounts, storage, code };
}
