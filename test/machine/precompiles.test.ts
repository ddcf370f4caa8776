// Precompiles in the executor against @noble/hashes and @noble/curves: results, overlapping operands, segments.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bn254 } from '@noble/curves/bn254.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256, keccakP } from '@noble/hashes/sha3.js';
import { P, Q_ZERO, type Qm31, qAdd, qAt, qMul, qMulBase } from '../../src/core/field.ts';
import { MAX_DOT_WORDS, PRECOMPILES, type PrecompileName } from '../../src/core/precompiles.ts';
import { buildProgram, execute, loadElf } from '../../src/machine/index.ts';
import { IMPLEMENTATIONS } from '../../src/machine/precompiles/index.ts';
import { inverse } from '../../src/machine/precompiles/secp256k1.ts';
import { assemble, haltingProgram } from './asm.ts';
import { checkRecords } from './replay.ts';

const run = (name: PrecompileName, ...operands: Uint32Array[]): Uint32Array => {
  const { words } = PRECOMPILES[name];
  const result = IMPLEMENTATIONS[name].run(operands, () => {});
  assert.notEqual(typeof result, 'string', `${result}`);
  return Uint32Array.from(result as ArrayLike<number>).subarray(0, words[0]);
};
const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.slice().buffer);
const patterned = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i * 151 + (i >> 3) + length);
const blocksOf = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));
const blockWords = (bytes: Uint8Array): Uint32Array => {
  const padded = new Uint8Array(64);
  padded.set(bytes);
  return new Uint32Array(padded.buffer);
};

const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const [CHUNK_START, CHUNK_END, PARENT, ROOT, KEYED] = [1, 2, 4, 8, 16];

const compress = (cv: ArrayLike<number>, block: Uint32Array, counter: number, length: number, flags: number) =>
  run('blake3', new Uint32Array(8), Uint32Array.from([...Array.from(cv), counter, 0, length, flags]), block);

/** BLAKE3 of up to two chunks. */
const hashed = (bytes: Uint8Array, key: ArrayLike<number> = IV, mode = 0): Uint8Array => {
  const chunks = bytes.length === 0 ? [bytes] : blocksOf(bytes, 1024);
  const values = chunks.map((chunk, counter) => {
    const blocks = chunk.length === 0 ? [chunk] : blocksOf(chunk, 64);
    return blocks.reduce<Uint32Array>((cv, block, i) => {
      const last = i === blocks.length - 1;
      const end = last ? CHUNK_END + (chunks.length === 1 ? ROOT : 0) : 0;
      return compress(cv, blockWords(block), counter, block.length, mode + (i === 0 ? CHUNK_START : 0) + end);
    }, Uint32Array.from(key));
  });
  const [left, right] = values as [Uint32Array, Uint32Array?];
  if (!right) return bytesOf(left);
  return bytesOf(compress(key, Uint32Array.from([...left, ...right]), 0, 64, mode + PARENT + ROOT));
};

describe('blake3', () => {
  it('hashes as the standard says', () => {
    for (const length of [0, 1, 63, 64, 65, 1023, 1024, 1025, 1500, 2048])
      assert.deepEqual(hashed(patterned(length)), blake3(patterned(length)), `${length} bytes`);
  });

  it('hashes with a key', () => {
    const key = patterned(32);
    const words = new Uint32Array(key.slice().buffer);
    for (const length of [0, 64, 100, 1300])
      assert.deepEqual(hashed(patterned(length), words, KEYED), blake3(patterned(length), { key }));
  });

  it('takes all 64 bits of the counter', () => {
    const parameters = (low: number, high: number) => Uint32Array.from([...IV, low, high, 64, 0]);
    const block = blockWords(patterned(64));
    const results = [
      [0, 0],
      [1, 0],
      [0, 1],
    ].map(([low, high]) => run('blake3', new Uint32Array(8), parameters(low as number, high as number), block).join());
    assert.equal(new Set(results).size, 3);
  });
});

describe('sha256', () => {
  const swapped = (bytes: Uint8Array): Uint32Array =>
    Uint32Array.from({ length: bytes.length / 4 }, (_, i) =>
      new DataView(bytes.buffer, bytes.byteOffset).getUint32(4 * i),
    );

  it('hashes as the standard says', () => {
    // biome-ignore format: the initial state
    const initial = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
    for (const length of [0, 1, 3, 55, 56, 63, 64, 119, 120, 1000]) {
      const message = patterned(length);
      const padded = new Uint8Array(64 * Math.ceil((length + 9) / 64));
      padded.set(message);
      padded[length] = 0x80;
      new DataView(padded.buffer).setUint32(padded.length - 4, 8 * length);
      const state = blocksOf(padded, 64).reduce<Uint32Array>(
        (s, block) => run('sha256', s, swapped(block)),
        Uint32Array.from(initial),
      );
      assert.deepEqual(bytesOf(swapped(bytesOf(state))), sha256(message), `${length} bytes`);
    }
  });
});

describe('keccak', () => {
  it('permutes', () => {
    for (let seed = 0; seed < 20; seed++) {
      const state = Uint32Array.from({ length: 50 }, (_, i) =>
        seed === 0 ? 0 : Math.imul(i + seed, 0x9e3779b1 ^ seed),
      );
      const wanted = state.slice();
      keccakP(wanted);
      assert.deepEqual(run('keccak', state), wanted);
    }
  });

  it('hashes', () => {
    for (const length of [0, 1, 135]) {
      const block = new Uint8Array(200);
      block.set(patterned(length));
      block[length]! ^= 1;
      block[135]! ^= 0x80;
      const state = run('keccak', new Uint32Array(block.buffer));
      assert.deepEqual(bytesOf(state).subarray(0, 32), keccak_256(patterned(length)), `${length} bytes`);
    }
  });
});

describe('modmul', () => {
  const words = (n: bigint): number[] =>
    Array.from({ length: 8 }, (_, i) => Number((n >> BigInt(32 * i)) & 0xffffffffn));
  const number = (list: ArrayLike<number>): bigint =>
    Array.from(list).reduceRight((n, word) => (n << 32n) | BigInt(word), 0n);
  const TOP = 2n ** 256n - 1n;
  const call = (x: bigint, y: bigint, m: bigint, c: bigint) =>
    IMPLEMENTATIONS.modmul.run(
      [
        new Uint32Array(8),
        Uint32Array.from(words(x)),
        Uint32Array.from(words(y)),
        Uint32Array.from([...words(m), ...words(c)]),
      ],
      () => {},
    );

  it('multiplies and adds', () => {
    const moduli = [
      p256.Point.Fp.ORDER,
      p256.Point.Fn.ORDER,
      bn254.fields.Fp.ORDER,
      bn254.fields.Fr.ORDER,
      secp256k1.Point.Fp.ORDER,
      secp256k1.Point.Fn.ORDER,
      2n ** 255n - 19n,
      TOP,
      1n,
      3n,
    ];
    for (const m of moduli) {
      for (const x of [0n, 1n % m, m - 1n, m >> 1n, (m * 5n) / 7n]) {
        for (const y of [0n, 1n, m - 1n, TOP]) {
          for (const c of [0n, m - 1n, TOP]) {
            const result = call(x, y, m, c);
            assert.notEqual(typeof result, 'string');
            assert.equal(number(Array.from(result as ArrayLike<number>).slice(0, 8)), (x * y + c) % m);
          }
        }
      }
    }
    const { Fp } = secp256k1.Point;
    const [x, y] = [Fp.create(TOP / 3n), Fp.create(TOP / 5n)];
    assert.equal(
      number(Array.from(call(x, y, Fp.ORDER, 7n) as ArrayLike<number>).slice(0, 8)),
      Fp.add(Fp.mul(x, y), 7n),
    );
  });

  it('multiplies numbers of 384 bits', () => {
    const p = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;
    const [top, wide] = [
      2n ** 384n - 1n,
      (n: bigint) => Array.from({ length: 12 }, (_, i) => Number((n >> BigInt(32 * i)) & 0xffffffffn)),
    ];
    const calculate = (x: bigint, y: bigint, m: bigint, c: bigint) =>
      IMPLEMENTATIONS.wide_modmul.run(
        [new Uint32Array(12), ...[wide(x), wide(y), [...wide(m), ...wide(c)]].map((list) => Uint32Array.from(list))],
        () => {},
      );
    for (const m of [p, top, 1n, 2n ** 383n]) {
      for (const x of [0n, m - 1n, m / 3n]) {
        for (const [y, c] of [
          [top, top],
          [p - 1n, 0n],
          [top / 7n, 5n],
        ] as const) {
          const result = calculate(x, y, m, c);
          assert.equal(number(Array.from(result as ArrayLike<number>).slice(0, 12)), (x * y + c) % m);
        }
      }
    }
    assert.match(calculate(1n, 1n, 0n, 0n) as string, /modulus is zero/);
    assert.match(calculate(p, top, 2n, 0n) as string, /quotient has more than 384 bits/);
  });

  it('refuses a modulus of zero and quotients that are too long', () => {
    assert.match(call(1n, 1n, 0n, 0n) as string, /modulus is zero/);
    assert.match(call(2n, TOP, 1n, 0n) as string, /quotient/);
    assert.match(call(TOP, TOP, TOP - 1n, TOP) as string, /quotient/);
    assert.notEqual(typeof call(TOP - 2n, TOP, TOP - 1n, TOP), 'string');
  });
});

describe('secp256k1', () => {
  const { BASE, Fp } = secp256k1.Point;
  const ORDER = secp256k1.Point.Fn.ORDER;
  const P = Fp.ORDER;
  type Point = typeof BASE;
  const words = (...numbers: bigint[]): Uint32Array =>
    Uint32Array.from(
      numbers.flatMap((n) => Array.from({ length: 8 }, (_, i) => Number((n >> BigInt(32 * i)) & 0xffffffffn))),
    );
  const wordsOf = (p: Point): Uint32Array => words(p.x, p.y);
  const call = (p: Uint32Array, q: Uint32Array) => IMPLEMENTATIONS.secp256k1.run([p, q], () => {});

  it('adds and doubles', () => {
    let n = 1n;
    const scalars = [
      2n,
      3n,
      ORDER - 1n,
      (ORDER + 1n) / 2n,
      ...Array.from({ length: 30 }, () => (n = (n * 7n ** 80n) % ORDER)),
    ];
    for (const [i, k] of scalars.entries()) {
      const p = BASE.multiply(k);
      const q = BASE.multiply(scalars[(i * 7 + 3) % scalars.length] as bigint);
      if (!p.equals(q)) assert.deepEqual(run('secp256k1', wordsOf(p), wordsOf(q)), wordsOf(p.add(q)), `${k}`);
      assert.deepEqual(run('secp256k1', wordsOf(p), wordsOf(p)), wordsOf(p.double()), `${k}`);
    }
    // Points whose x is as large or as small as points have it.
    const atX = (x: bigint): Point | undefined => {
      const y2 = Fp.add(Fp.pow(x, 3n), 7n);
      const y = Fp.pow(y2, (P + 1n) / 4n);
      return Fp.mul(y, y) === y2 ? secp256k1.Point.fromAffine({ x, y }) : undefined;
    };
    const edges = Array.from({ length: 40 }, (_, i) => [atX(BigInt(i)), atX(P - 1n - BigInt(i))])
      .flat()
      .filter((p) => p !== undefined);
    assert.ok(edges.length > 20);
    for (const p of edges) {
      assert.deepEqual(run('secp256k1', wordsOf(p), wordsOf(BASE)), wordsOf(p.add(BASE)));
      assert.deepEqual(run('secp256k1', wordsOf(p), wordsOf(p)), wordsOf(p.double()));
    }
  });

  it('inverts whatever can be inverted', () => {
    const { p } = secp256k1.Point.CURVE();
    const edges = Array.from({ length: 256 }, (_, i) => [
      1n << BigInt(i),
      (1n << BigInt(i)) + 1n,
      p - (1n << BigInt(i)),
    ]);
    const ratios = Array.from({ length: 200 }, (_, i) => [
      p / BigInt(i + 2),
      p / BigInt(i + 2) + 1n,
      p / 2n ** 31n + BigInt(i),
    ]);
    let n = 3n;
    const others = Array.from({ length: 2000 }, () => {
      n = (n * n * 7n + 11n) % p;
      return n;
    });
    for (const of of [...edges.flat(), ...ratios.flat(), ...others]) {
      const number = ((of % p) + p) % p;
      if (number === 0n) continue;
      const found = inverse(number);
      assert.ok(found > 0n && found < p && (found * number) % p === 1n, `${number}`);
    }
  });

  it('refuses sums at infinity and coordinates that are not canonical', () => {
    const g = wordsOf(BASE);
    assert.match(call(g, wordsOf(BASE.negate())) as string, /infinity/);
    assert.match(call(words(5n, 0n), words(5n, 0n)) as string, /infinity/);
    assert.match(call(words(5n, 1n), words(5n, 3n)) as string, /infinity/);
    for (const over of [P, P + 1n, 2n ** 256n - 1n]) {
      assert.match(call(words(over, 1n), g) as string, /not below/);
      assert.match(call(words(1n, over), g) as string, /not below/);
      assert.match(call(g, words(over, 1n)) as string, /not below/);
      assert.match(call(g, words(1n, over)) as string, /not below/);
    }
  });

  it('doubles in place by one pointer twice', () => {
    const data = `x0: .word ${[...wordsOf(BASE)].join(', ')}`;
    const body = `la a0, x0; mv a1, a0; li a7, ${PRECOMPILES.secp256k1.number}; ecall; ecall`;
    const program = buildProgram(loadElf(assemble(haltingProgram(body, data))));
    const execution = execute(program, new Uint8Array(0));
    checkRecords(program, execution);
    const { fields, data: rows } = execution.records.secp256k1;
    const got = Uint32Array.from({ length: 16 }, (_, i) => rows[fields.length + fields.indexOf(`y${i}`)]!);
    assert.deepEqual(got, wordsOf(BASE.multiply(4n)));
  });
});

describe('dot products', () => {
  const elements = (words: Uint32Array): Qm31[] =>
    Array.from({ length: words.length / 4 }, (_, k) =>
      qAt(
        words.subarray(4 * k, 4 * k + 4).map((w) => w % P),
        0,
      ),
    );
  const sum = (terms: readonly Qm31[]): Uint32Array => Uint32Array.from(terms.reduce(qAdd, Q_ZERO));
  const any = (count: number, seed: number): Uint32Array =>
    Uint32Array.from(
      { length: count },
      (_, i) => [0, P, P - 1, 0xffffffff, P + 1][(i + seed) % 9] ?? Math.imul(i + seed, 0x9e3779b1),
    );

  it('sum products of residues, canonical', () => {
    for (let n = 0; n < 12; n++) {
      const [first, x, y] = [any(4, n), any(4 * n, n + 1), any(4 * n, n + 5)];
      const products = elements(x).map((e, k) => qMul(e, elements(y)[k] as Qm31));
      assert.deepEqual(run('qm31_dot', first, x, y), sum([...elements(first), ...products]));
      const scaled = elements(y).map((e, k) => qMulBase(e, x[k]! % P));
      assert.deepEqual(run('m31_dot', first, x.subarray(0, n), y), sum([...elements(first), ...scaled]));
    }
  });

  it('stop the run where the length is no number of elements, too long, or leads out of memory', () => {
    const call = (name: PrecompileName, length: number, x = 0x60000): (() => unknown) => {
      const { number } = PRECOMPILES[name];
      const body = `li a0, 0x50000; li a1, ${x}; li a2, 0x200000; li a3, ${length}; li a7, ${number}; ecall`;
      return () => execute(buildProgram(loadElf(assemble(haltingProgram(body)))), new Uint8Array(0));
    };
    assert.throws(call('qm31_dot', 12), /not a whole number of elements/);
    assert.throws(call('m31_dot', 6), /misaligned/);
    assert.throws(call('m31_dot', 4 * MAX_DOT_WORDS + 4), /in one call/);
    assert.throws(call('m31_dot', 0xffff0000), /unusable/);
    assert.throws(call('m31_dot', 64, 0xfffeffc4), /unusable/);
    assert.doesNotThrow(call('m31_dot', 64, 0xfffeffc0));
  });
});

describe('what a run without records computes', () => {
  /** Words from a generator of fixed start (Marsaglia's xorshift), some of them all ones or zero. */
  let seed = 1;
  const word = (): number => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return seed % 11 === 0 ? 0 : seed % 13 === 0 ? 0xffffffff : seed >>> 0;
  };
  const words = (count: number): Uint32Array => Uint32Array.from({ length: count }, word);
  const point = (scalar: bigint): Uint32Array => {
    const { x, y } = secp256k1.Point.BASE.multiply(scalar).toAffine();
    return Uint32Array.from({ length: 16 }, (_, i) => Number(((i < 8 ? x : y) >> BigInt(32 * (i % 8))) & 0xffffffffn));
  };
  const negated = (of: Uint32Array): Uint32Array => {
    const y = of.slice(8).reduceRight((n, w) => (n << 32n) | BigInt(w), 0n);
    const other = secp256k1.Point.CURVE().p - y;
    return Uint32Array.from({ length: 16 }, (_, i) =>
      i < 8 ? of[i]! : Number((other >> BigInt(32 * (i - 8))) & 0xffffffffn),
    );
  };
  const points = Array.from({ length: 12 }, (_, i) => point(BigInt(i * i * 7919 + 1)));
  const operands: Partial<Record<PrecompileName, Uint32Array[][]>> = {
    keccak: Array.from({ length: 20 }, () => [words(50)]),
    secp256k1: [
      ...points.flatMap((a) => points.map((b) => [a, b])),
      ...points.map((a) => [a, negated(a)]),
      ...Array.from({ length: 20 }, () => [words(16), words(16)]),
      [points[0]!, new Uint32Array(16).fill(0xffffffff)],
    ],
    modmul: Array.from({ length: 200 }, () => [words(8), words(8), words(8), words(16)]),
    wide_modmul: Array.from({ length: 200 }, () => [words(12), words(12), words(12), words(24)]),
  };
  // Nothing to divide by, and a quotient that does not fit.
  for (const [name, n] of [
    ['modmul', 8],
    ['wide_modmul', 12],
  ] as const) {
    const last = new Uint32Array(2 * n);
    operands[name]!.push([words(n), words(n), words(n), last], [words(n), words(n), words(n), last.with(0, 2)]);
  }

  for (const [key, { output, run: whole }] of Object.entries(IMPLEMENTATIONS)) {
    const name = key as PrecompileName;
    if (output === undefined) continue;
    it(`${name}: the words of a recorded one, and its refusals`, () => {
      const results = operands[name]!.map((of) => {
        const expected = whole(of, () => {});
        const got = output(of);
        if (typeof expected === 'string') assert.equal(got, expected);
        else {
          const count = PRECOMPILES[name].words[0]!;
          assert.deepEqual(Uint32Array.from(got as ArrayLike<number>), Uint32Array.from(expected).subarray(0, count));
        }
        return typeof expected;
      });
      assert.ok(results.includes('object'));
      if (name !== 'keccak') assert.ok(results.includes('string'));
    });
  }
});

describe('calls', () => {
  /** The last argument of a dot product is the length of the first operand. */
  const lengthOf = (name: PrecompileName): string => (/_dot$/.test(name) ? '; li a3, 32' : '');
  const sizesOf = (name: PrecompileName): readonly number[] => {
    if (name === 'qm31_dot') return [4, 8, 8];
    return name === 'm31_dot' ? [4, 8, 32] : PRECOMPILES[name].words;
  };
  const load = (name: PrecompileName): string =>
    sizesOf(name)
      .map((_, k) => `la a${k}, x${k}`)
      .join('; ') + lengthOf(name);
  const dataOf = (name: PrecompileName): string =>
    sizesOf(name)
      .map(
        (count, k) =>
          `x${k}: .word ${Array.from({ length: count }, (_, i) => ((i + 1) * 0x9e3779b1 + k) >>> 0).join(', ')}`,
      )
      .join('\n');

  for (const [key, { number, words }] of Object.entries(PRECOMPILES)) {
    const name = key as PrecompileName;
    it(`${name}: records balance, also where cells rest for long`, () => {
      const wait = 'li s0, 9000; l: addi s0, s0, -1; bnez s0, l';
      const body = `${load(name)}; li a7, ${number}; ecall; ${wait}; ecall`;
      const program = buildProgram(loadElf(assemble(haltingProgram(body, dataOf(name)))));
      const execution = execute(program, new Uint8Array(0));
      checkRecords(program, execution);
      assert.equal(execution.records[name].nRows, 2);
      assert.ok(execution.records.refresh.nRows >= words[0]!);
    });

    it(`${name}: operands that overlap are read before any is written`, () => {
      const steps = [0, 4, 8, 12].slice(0, words.length);
      const at = steps.map((by, k) => `la a${k}, x0; addi a${k}, a${k}, ${by}`).join('; ') + lengthOf(name);
      const data = `x0: .word ${Array.from({ length: 60 }, (_, i) => (i * 0x85ebca6b + 1) >>> 0).join(', ')}`;
      const program = buildProgram(loadElf(assemble(haltingProgram(`${at}; li a7, ${number}; ecall`, data))));
      const execution = execute(program, new Uint8Array(0));
      checkRecords(program, execution);
      const memory = Uint32Array.from({ length: 60 }, (_, i) => (i * 0x85ebca6b + 1) >>> 0);
      const operands = sizesOf(name).map((count, k) => memory.slice(k, k + count));
      const { fields, data: row } = execution.records[name];
      const got = Uint32Array.from({ length: words[0]! }, (_, i) => row[fields.indexOf(`y${i}`)]!);
      assert.deepEqual(got, run(name, ...operands));
    });
  }
});
