/**
 * The Fiat–Shamir channel: a 256-bit state that every message is mixed into, from which challenges are drawn.
 * `mix` hashes state, a label and the message's length with the message; `draw…` expands the state with a counter that
 * `mix` resets. Field elements come from 31 bits of a word, p itself being rejected, so they are uniform.
 */
import { P, type Qm31 } from './field.ts';
import { type Digest, DRAW_KEY, GRIND_KEY, hashWords, TRANSCRIPT_KEY } from './hash.ts';

export class Channel {
  #state: Digest = new Uint32Array(8);
  #counter = 0;

  get state(): Digest {
    return Uint32Array.from(this.#state);
  }

  /** Absorbs u32 words under a label number; the length is absorbed too, so messages cannot run together. */
  mix(label: number, words: ArrayLike<number>): void {
    const message = new Uint32Array(10 + words.length);
    message.set(this.#state);
    message[8] = label;
    message[9] = words.length;
    message.set(words, 10);
    this.#state = hashWords(TRANSCRIPT_KEY, message);
    this.#counter = 0;
  }

  #drawWords(): Digest {
    const message = new Uint32Array(9);
    message.set(this.#state);
    message[8] = this.#counter++;
    return hashWords(DRAW_KEY, message);
  }

  /** `count` independent uniform extension elements. */
  drawExtension(count: number): Qm31[] {
    const needed = 4 * count;
    const elements: number[] = [];
    while (elements.length < needed) {
      for (const word of this.#drawWords()) {
        const candidate = word & P;
        if (candidate !== P && elements.length < needed) elements.push(candidate);
      }
    }
    return Array.from({ length: count }, (_, i) => elements.slice(4 * i, 4 * i + 4) as unknown as Qm31);
  }

  /** `count` uniform indices below 2^log, with repetition. */
  drawIndices(count: number, log: number): number[] {
    const out: number[] = [];
    while (out.length < count) {
      for (const word of this.#drawWords()) if (out.length < count) out.push(word & (2 ** log - 1));
    }
    return out;
  }

  /** Whether `nonce` (two u32 words) makes the grinding hash of this state end in `bits` zero bits, bits in [0, 31]. */
  checkGrind(bits: number, nonce: readonly [number, number]): boolean {
    return grindHash(this.#state, nonce, bits) === 0;
  }
}

/** The lowest `bits` bits of the grinding hash. */
export const grindHash = (state: Digest, nonce: readonly [number, number], bits: number): number => {
  const message = new Uint32Array(10);
  message.set(state);
  message[8] = nonce[0];
  message[9] = nonce[1];
  const word = hashWords(GRIND_KEY, message)[0] as number;
  return bits === 0 ? 0 : word & (2 ** bits - 1);
};
