// An instance of the WebAssembly build of guests/rollup: memory, arguments, and the state that answers its imports.
import { existsSync, readFileSync } from 'node:fs';
import type { StateReader } from '../contract.ts';
import { StfError } from './errors.ts';
import { ResultReader } from './wire.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  result_size(): number;
  reserve(words: number): number;
  release(at: number, words: number): void;
  open(at: number, words: number): number;
  apply(block: number, at: number, bytes: number, sender: number): number;
  close(block: number): number;
  abandon(block: number): void;
  call(at: number, words: number): number;
  run(at: number, words: number): number;
  prove(at: number, words: number): number;
  sender(at: number, bytes: number): number;
  trace(block: number, at: number, words: number): number;
  trace_call(at: number, words: number): number;
}

/** A block may leave this much behind before the instance is given up: freed memory never goes back to the host. */
const MAX_KEPT_BYTES = 2 ** 28;

function artefact(name: string): URL {
  // From src/ in a checkout, and from dist/src/.
  for (const up of ['../../../', '../../../../']) {
    const url = new URL(`${up}guests/elf/${name}`, import.meta.url);
    if (existsSync(url)) return url;
  }
  throw new StfError('stf_missing', `guests/elf/${name} is missing`);
}

export const readArtefact = (name: string): Uint8Array => readFileSync(artefact(name));

/** The build in the repository, or another. */
export const compileStf = (wasm: Uint8Array = readArtefact('rollup.wasm')): Promise<WebAssembly.Module> =>
  WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);

const EMPTY = new Uint8Array(0);

export interface SignedTransaction {
  readonly raw: Uint8Array;
  readonly sender: Uint8Array | undefined;
}

export class StfInstance {
  readonly #exports: Exports;
  #state: StateReader | undefined;
  #code: Uint8Array = EMPTY;
  #broken = false;
  #signed: Iterator<SignedTransaction> | undefined;

  constructor(module: WebAssembly.Module) {
    const read = (at: number, length: number): Uint8Array => this.#bytes(at, length).slice();
    const state = {
      account: (address: number, out: number): number => this.#account(read(address, 20), out),
      storage: (address: number, slot: number, out: number): void =>
        this.#bytes(out, 32).set(this.#reader().storage(read(address, 20), read(slot, 32))),
      code_size: (hash: number): number => {
        this.#code = this.#reader().code(read(hash, 32));
        return this.#code.length;
      },
      code: (_hash: number, out: number): void => this.#bytes(out, this.#code.length).set(this.#code),
      sender_of: (at: number, length: number, out: number): number => this.#senderOf(read(at, length), out),
      block_hash: (number: bigint, out: number): void =>
        this.#bytes(out, 32).set(this.#reader().blockHash(BigInt.asUintN(64, number))),
      panicked: (at: number, length: number): never => {
        throw new StfError('stf_panicked', new TextDecoder().decode(read(at, length)));
      },
    };
    this.#exports = new WebAssembly.Instance(module, { state }).exports as unknown as Exports;
  }

  /** Whether it can be used for something else: not where a call threw, and not where it holds much memory. */
  get reusable(): boolean {
    return !this.#broken && this.#exports.memory.buffer.byteLength <= MAX_KEPT_BYTES;
  }

  open(state: StateReader, words: readonly number[]): number {
    return this.#with(state, () =>
      this.#argument(Uint32Array.from(words), (at) => this.#exports.open(at, words.length)),
    );
  }

  apply(state: StateReader, block: number, raw: Uint8Array, sender: Uint8Array | undefined): ResultReader {
    // The sender first, where it is aligned; then the transaction.
    const bytes = new Uint8Array(20 + raw.length);
    if (sender !== undefined) bytes.set(sender);
    bytes.set(raw, 20);
    return this.#with(state, () =>
      this.#argument(bytes, (at) =>
        this.#result(this.#exports.apply(block, at + 20, raw.length, sender === undefined ? 0 : at)),
      ),
    );
  }

  close(state: StateReader, block: number): ResultReader {
    return this.#with(state, () => this.#result(this.#exports.close(block)));
  }

  abandon(block: number): void {
    if (!this.#broken) this.#exports.abandon(block);
  }

  call(state: StateReader, words: readonly number[]): ResultReader {
    return this.#with(state, () =>
      this.#argument(Uint32Array.from(words), (at) => this.#result(this.#exports.call(at, words.length))),
    );
  }

  /** `signed`: the batch's transactions in order, with their senders where they are known: recovering costs most of a run. */
  run(state: StateReader, words: Uint32Array, signed: Iterable<SignedTransaction> = []): ResultReader {
    this.#signed = signed[Symbol.iterator]();
    return this.#with(state, () => this.#argument(words, (at) => this.#result(this.#exports.run(at, words.length))));
  }

  /** The journal of an input of the proof; throws where the proven program refuses it. */
  prove(input: Uint8Array): Uint8Array {
    return this.#with(undefined, () =>
      this.#argument(input, (at) => {
        const result = this.#exports.prove(at, Math.ceil(input.length / 4));
        return this.#bytes(result, this.#exports.result_size()).slice();
      }),
    );
  }

  trace(state: StateReader, block: number, words: readonly number[]): ResultReader {
    return this.#with(state, () =>
      this.#argument(Uint32Array.from(words), (at) => this.#result(this.#exports.trace(block, at, words.length))),
    );
  }

  traceCall(state: StateReader, words: readonly number[]): ResultReader {
    return this.#with(state, () =>
      this.#argument(Uint32Array.from(words), (at) => this.#result(this.#exports.trace_call(at, words.length))),
    );
  }

  sender(raw: Uint8Array): ResultReader {
    return this.#with(undefined, () => this.#argument(raw, (at) => this.#result(this.#exports.sender(at, raw.length))));
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, at, length);
  }

  #reader(): StateReader {
    return this.#state!;
  }

  /** Of the next transaction, if it is this one. */
  #senderOf(raw: Uint8Array, out: number): number {
    const next = this.#signed?.next();
    if (next === undefined || next.done === true || next.value.sender === undefined) return 0;
    if (Buffer.compare(next.value.raw, raw) !== 0) return 0;
    this.#bytes(out, 20).set(next.value.sender);
    return 1;
  }

  #account(address: Uint8Array, out: number): number {
    const account = this.#reader().account(address);
    if (account === undefined) return 0;
    const view = new DataView(this.#exports.memory.buffer, out, 72);
    view.setBigUint64(0, account.nonce, true);
    for (let i = 0; i < 4; i++) view.setBigUint64(8 + 8 * i, (account.balance >> BigInt(192 - 64 * i)) & MASK, false);
    this.#bytes(out + 40, 32).set(account.codeHash);
    return 1;
  }

  /** A panic, a trap or a state that throws leaves the instance as it happened to be. */
  #with<T>(state: StateReader | undefined, run: () => T): T {
    if (this.#broken) throw new StfError('stf_panicked', 'this execution has failed before');
    this.#state = state;
    this.#broken = true;
    const result = run();
    this.#broken = false;
    this.#state = undefined;
    return result;
  }

  #argument<T>(content: Uint8Array | Uint32Array, use: (at: number) => T): T {
    const words = Math.max(1, Math.ceil(content.byteLength / 4));
    const at = this.#exports.reserve(words);
    this.#bytes(at, content.byteLength).set(new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
    const result = use(at);
    this.#exports.release(at, words);
    return result;
  }

  #result(at: number): ResultReader {
    return new ResultReader(this.#bytes(at, this.#exports.result_size()).slice());
  }
}

const MASK = 2n ** 64n - 1n;
