// A growing byte string with WebAssembly's variable-length integers.

/** Bytes under construction. */
export class ByteWriter {
  #data: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity = 64) {
    this.#data = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    if (this.#length === this.#data.length) this.#grow(1);
    this.#data[this.#length++] = value;
  }

  append(bytes: ArrayLike<number>): void {
    if (this.#length + bytes.length > this.#data.length) this.#grow(bytes.length);
    this.#data.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** LEB128 of an integer in 0..2^53. */
  unsigned(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 0x80);
    this.byte(rest);
  }

  /** Signed LEB128 of the low 32 bits of a number. */
  signed32(value: number): void {
    let rest = value | 0;
    for (; rest < -64 || rest > 63; rest >>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest & 0x7f);
  }

  /** Signed LEB128 of the low 64 bits. */
  signed64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    for (; rest < -64n || rest > 63n; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest & 0x7fn));
  }

  /** A name or another string: its length in UTF-8, then its bytes. */
  text(value: string): void {
    this.sized(new TextEncoder().encode(value));
  }

  /** A length, then the bytes. */
  sized(bytes: Uint8Array): void {
    this.unsigned(bytes.length);
    this.append(bytes);
  }

  /** What is written so far, as a view. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#data.subarray(0, this.#length);
  }

  #grow(by: number): void {
    const grown = new Uint8Array(Math.max(2 * this.#data.length, this.#length + by));
    grown.set(this.bytes());
    this.#data = grown;
  }
}
