// Reads debug information, which is not trusted to be well formed: past its end everything is zero, and `ok` says so.

export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at: number;
  readonly end: number;
  ok = true;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = Math.max(0, at);
    this.end = Math.min(end, bytes.length);
  }

  get done(): boolean {
    return !this.ok || this.at >= this.end;
  }

  /** Moves on by `length` bytes and returns where they start, or -1 where there are not so many. */
  skip(length: number): number {
    if (!this.ok || !(length >= 0) || this.at + length > this.end) {
      this.ok = false;
      return -1;
    }
    this.at += length;
    return this.at - length;
  }

  u8(): number {
    const at = this.skip(1);
    return at < 0 ? 0 : this.#view.getUint8(at);
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    const at = this.skip(2);
    return at < 0 ? 0 : this.#view.getUint16(at, true);
  }

  u32(): number {
    const at = this.skip(4);
    return at < 0 ? 0 : this.#view.getUint32(at, true);
  }

  /** Exact up to 2^53; more has no use here. */
  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 || !this.ok) return value;
    }
  }

  sleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte >= 0x80 && this.ok) continue;
      return byte & 0x40 ? value - scale * 128 : value;
    }
  }

  /** A text that ends with a zero byte. */
  text(): string {
    const start = this.at;
    let end = start;
    while (end < this.end && this.#bytes[end] !== 0) end++;
    this.skip(end - start + 1);
    return new TextDecoder().decode(this.#bytes.subarray(start, end));
  }
}
