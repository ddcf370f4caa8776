// P + Q on secp256k1, y^2 = x^3 + 7 over 2^256 - 2^32 - 977 (SEC 2, section 2.4.1), affine: x, then y, lowest word first.

import { SECP256K1 } from '../../core/precompiles.ts';
import type { Precompile } from './index.ts';

const WORDS = 8;
const P = 2n ** 256n - 2n ** 32n - 977n;
/** Digits of twice the slope are bytes less 128. */
const DIGIT_OFFSET = (128n * (2n ** 256n - 1n)) / 255n;
const QUOTIENT_OFFSET = 2n ** 256n;

const numberOf = (words: Uint32Array, from: number): bigint => {
  let n = 0n;
  for (let i = WORDS - 1; i >= 0; i--) n = (n << 32n) | BigInt(words[from + i]!);
  return n;
};
const putNumber = (to: Uint32Array, at: number, n: bigint, count: number): void => {
  for (let i = 0; i < count; i++) to[at + i] = Number((n >> BigInt(32 * i)) & 0xffffffffn);
};
const mod = (n: bigint): bigint => {
  const rest = n % P;
  return rest < 0n ? rest + P : rest;
};

/** Bits of the numbers that quotients are found from: their products are exact. */
const HEAD_BITS = 31;

/**
 * Of a number in [1, p), by Euclid's algorithm in Lehmer's way: quotients from the leading bits as long as they are sure
 * (Knuth, The Art of Computer Programming 2, section 4.5.2, algorithm L), some eighteen steps of big numbers in place of 150.
 */
export function inverse(n: bigint): bigint {
  let [u, v, x, y] = [P, n, 0n, 1n];
  while (v > 1n) {
    const shift = BigInt(Math.max(0, Math.floor(Math.log2(Number(u))) + 1 - HEAD_BITS));
    let head = Number(u >> shift);
    let next = Number(v >> shift);
    let [a, b, c, d] = [1, 0, 0, 1];
    while (next + c !== 0 && next + d !== 0) {
      const q = Math.floor((head + a) / (next + c));
      if (q !== Math.floor((head + b) / (next + d))) break;
      const [e, f, rest] = [a - q * c, b - q * d, head - q * next];
      a = c;
      b = d;
      head = next;
      c = e;
      d = f;
      next = rest;
    }
    if (b === 0) {
      const q = u / v;
      [u, v] = [v, u - q * v];
      [x, y] = [y, x - q * y];
    } else {
      const [A, B, C, D] = [BigInt(a), BigInt(b), BigInt(c), BigInt(d)];
      [u, v] = [A * u + B * v, C * u + D * v];
      [x, y] = [A * x + B * y, C * x + D * y];
    }
  }
  return mod(v === 1n ? y : x);
}

const PLACES = 32;
type Six<T> = [T, T, T, T, T, T];
const digitsOf = (n: bigint, bits: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Number((n >> BigInt(bits * i)) & ((1n << BigInt(bits)) - 1n)));

/** Adds `weight` times what stands at each byte of x y. */
function addProduct(to: number[], x: readonly number[], y: readonly number[], weight: number): void {
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < y.length; j++) to[i + j]! += weight * x[i]! * y[j]!;
  }
}

/** Carries of products of bytes - limbs = q p, from each place but the last into the next: see the chip. */
function carriesOf(bytes: readonly number[], limbs: readonly number[], q: readonly number[], offset: number): number[] {
  const places = new Array<number>(PLACES + 1).fill(0);
  const put = (byte: number, term: number): void => {
    const place = Math.ceil(byte / 2);
    if (place < PLACES) places[place]! += byte > 0 && byte % 2 === 0 ? 256 * term : term;
  };
  bytes.forEach((term, byte) => {
    put(byte, term);
  });
  limbs.forEach((limb, i) => {
    put(2 * i, -limb);
  });
  q.forEach((digit, k) => {
    const byte = Math.max(2 * k - 1, 0);
    put(byte, 977 * digit);
    put(byte + 4, digit);
    put(byte + 32, -digit);
  });
  let carry = 0;
  return places.slice(0, PLACES - 1).map((term, j) => {
    carry = (term + carry) / (j === 0 ? 256 : 65536);
    return carry + offset;
  });
}

interface Sum {
  readonly of: readonly [x1: bigint, y1: bigint, x2: bigint, y2: bigint];
  readonly isDouble: boolean;
  /** The slope, or twice the slope of a doubling: see the chip. */
  readonly k: bigint;
  readonly x3: bigint;
  readonly y3: bigint;
}

function sumOf([first, second]: readonly Uint32Array[]): Sum | string {
  const [x1, y1] = [numberOf(first!, 0), numberOf(first!, WORDS)];
  const [x2, y2] = [numberOf(second!, 0), numberOf(second!, WORDS)];
  if (x1 >= P || y1 >= P || x2 >= P || y2 >= P) return 'a coordinate is not below the modulus';
  const isDouble = x1 === x2;
  if (isDouble && (y1 !== y2 || y1 === 0n)) return 'the sum is at infinity';
  const k = isDouble ? mod(3n * x1 * x1 * inverse(y1)) : mod((y2 - y1) * inverse(mod(x2 - x1)));
  const slope = isDouble ? (k % 2n === 0n ? k : k + P) / 2n : k;
  const x3 = mod(slope * slope - x1 - x2);
  return { of: [x1, y1, x2, y2], isDouble, k, x3, y3: mod(slope * (x1 - x3) - y1) };
}

export const secp256k1: Precompile = {
  steps: 28,
  output: (operands) => {
    const sum = sumOf(operands);
    if (typeof sum === 'string') return sum;
    const result = new Uint32Array(2 * WORDS);
    putNumber(result, 0, sum.x3, WORDS);
    putNumber(result, WORDS, sum.y3, WORDS);
    return result;
  },
  run: (operands) => {
    const sum = sumOf(operands);
    if (typeof sum === 'string') return sum;
    const { isDouble, k, x3, y3 } = sum;
    const [x1, y1, x2, y2] = sum.of;
    const signed = k + DIGIT_OFFSET < 2n ** 256n ? k : k - P;
    const [square, line] = isDouble ? [4n, 2n] : [1n, 1n];
    const multiples = [
      isDouble ? 3n * x1 * x1 - signed * y1 : signed * (x2 - x1) - (y2 - y1),
      signed * signed - square * (x1 + x2 + x3),
      signed * (x1 - x3) - line * (y1 + y3),
    ];
    const quotients = multiples.map((n) => (n / P + QUOTIENT_OFFSET) << 8n);
    const result = new Uint32Array(3 * WORDS + 3 * (WORDS + 1) + 3 * (PLACES - 1));
    putNumber(result, 0, x3, WORDS);
    putNumber(result, WORDS, y3, WORDS);
    putNumber(result, 2 * WORDS, signed + DIGIT_OFFSET, WORDS);
    quotients.forEach((q, i) => {
      putNumber(result, 3 * WORDS + (WORDS + 1) * i, q, WORDS + 1);
    });

    const bytesOf = (n: bigint): number[] => digitsOf(n, 8, 4 * WORDS);
    const limbsOf = (n: bigint): number[] => digitsOf(n, 16, 2 * WORDS);
    const [bx1, bx3, digits] = [bytesOf(x1), bytesOf(x3), bytesOf(signed + DIGIT_OFFSET).map((byte) => byte - 128)];
    const [lx1, lx2, lx3, ly1, ly2, ly3] = [x1, x2, x3, y1, y2, y3].map(limbsOf) as Six<number[]>;
    const products = [0, 1, 2].map(() => new Array<number>(8 * WORDS - 1).fill(0)) as [number[], number[], number[]];
    if (isDouble) {
      addProduct(products[0], bx1, bx1, 3);
      addProduct(products[0], digits, bytesOf(y1), -1);
    } else {
      const bx2 = bytesOf(x2);
      addProduct(
        products[0],
        digits,
        bx2.map((byte, i) => byte - bx1[i]!),
        1,
      );
    }
    addProduct(products[1], digits, digits, 1);
    addProduct(
      products[2],
      digits,
      bx1.map((byte, i) => byte - bx3[i]!),
      1,
    );
    const limbs = [
      ly1.map((limb, i) => (isDouble ? 0 : ly2[i]! - limb)),
      lx1.map((limb, i) => Number(square) * (limb + lx2[i]! + lx3[i]!)),
      ly1.map((limb, i) => Number(line) * (limb + ly3[i]!)),
    ];
    products.forEach((bytes, i) => {
      const q = digitsOf(quotients[i]!, 16, 2 * WORDS + 1);
      q[0]! >>= 8;
      q[2 * WORDS]! -= 256;
      const offset = isDouble && i === 0 ? SECP256K1.doublingOffset : SECP256K1.carryOffset;
      result.set(carriesOf(bytes, limbs[i]!, q, offset), 3 * WORDS + 3 * (WORDS + 1) + (PLACES - 1) * i);
    });
    return result;
  },
};
