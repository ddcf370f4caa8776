/** Reads the words of an encoding: every length is checked against what is left before anything is allocated. */
import { WispError } from './errors.ts';
import { P, type Qm31 } from './field.ts';
import { bytesToWords } from './hash.ts';
import { decodeParams, PARAMS_WORDS, type ProofParams } from './params.ts';
import { PROTOCOL_VERSION } from './transcript.ts';

export type ProofShapeCode =
  | 'proof_truncated'
  | 'proof_magic'
  | 'proof_version'
  | 'proof_params'
  | 'proof_length'
  | 'proof_not_canonical'
  | 'proof_trailing';

/** The bytes are not the encoding of any proof. */
export class InvalidProofShape extends WispError {
  constructor(code: ProofShapeCode, message: string) {
    super(code, message);
  }
}

export class WordReader {
  readonly #words: Uint32Array;
  #at = 2;

  /** Checks size, magic number and version; `what` the bytes should be. Throws `InvalidProofShape`, as all methods do. */
  constructor(bytes: Uint8Array, maxBytes: number, magic: number, what: string) {
    if (bytes.length > maxBytes) this.fail('proof_length', `${what} of ${bytes.length} bytes is over ${maxBytes}`);
    if (bytes.length < 8) this.fail('proof_truncated', `a ${what} has at least 8 bytes, got ${bytes.length}`);
    this.#words = bytesToWords(bytes);
    if (this.#words[0] !== magic) this.fail('proof_magic', `not a ${what}`);
    if (this.#words[1] !== PROTOCOL_VERSION)
      this.fail('proof_version', `proof version ${this.#words[1]}, this verifier reads ${PROTOCOL_VERSION}`);
    if (bytes.length % 4 !== 0) this.fail('proof_truncated', `length ${bytes.length} is not a multiple of 4`);
  }

  fail(code: ProofShapeCode, message: string): never {
    throw new InvalidProofShape(code, message);
  }

  take(count: number, what: string): Uint32Array {
    const left = this.#words.length - this.#at;
    if (count > left) this.fail('proof_truncated', `${what}: needs ${count} words at word ${this.#at}, ${left} left`);
    this.#at += count;
    return this.#words.slice(this.#at - count, this.#at);
  }

  one(what: string): number {
    return this.take(1, what)[0] as number;
  }

  count(what: string, max: number): number {
    const n = this.one(what);
    return n > max ? this.fail('proof_length', `${what}: ${n} is over ${max}`) : n;
  }

  canonical(list: Uint32Array, what: string): Uint32Array {
    const bad = list.findIndex((v) => v >= P);
    if (bad >= 0) this.fail('proof_not_canonical', `${what}: word ${bad} is ${list[bad]}, not below 2^31 - 1`);
    return list;
  }

  extensions(what: string, max: number): Qm31[] {
    const n = this.count(what, max);
    const list = this.canonical(this.take(4 * n, what), what);
    return Array.from({ length: n }, (_, i) => Array.from(list.subarray(4 * i, 4 * i + 4)) as unknown as Qm31);
  }

  params(): ProofParams {
    const decoded = decodeParams(this.take(PARAMS_WORDS, 'parameters'));
    if (decoded.ok) return decoded.params;
    const { field, got, expected } = decoded.error;
    return this.fail('proof_params', `parameter ${field} is ${got}, expected ${expected}`);
  }

  /** Nothing may follow. */
  end(): void {
    const left = this.#words.length - this.#at;
    if (left > 0) this.fail('proof_trailing', `${left} words after the end`);
  }
}
