// Forgeries of modular products of 256 and of 384 bits, each consistent but for one thing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MODMUL, PRECOMPILES, WIDE_MODMUL } from '../../src/core/precompiles.ts';
import { modmulCarries } from '../../src/machine/precompiles/modmul.ts';
import { Forgery, field, findings, rowsOf, type Segment, withRows } from './harness.ts';
import { callsOf, type Operands } from './precompile_runs.ts';

const refused = (found: readonly string[], by: RegExp): void => assert.match(found.join('\n'), by);

interface Result {
  readonly r: bigint;
  readonly q: bigint;
  readonly e: bigint;
}

const P256K1 = 2n ** 256n - 2n ** 32n - 977n;
const BLS12 = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;

for (const [CHIP, COUNT, PRIME] of [
  ['modmul', 8, P256K1],
  ['wide_modmul', 12, BLS12],
] as const) {
  const words = (n: bigint): number[] =>
    Array.from({ length: COUNT }, (_, i) => Number((n >> BigInt(32 * i)) & 0xffffffffn));
  const TOP = 2n ** BigInt(32 * COUNT) - 1n;
  const operands = (x: bigint, y: bigint, m: bigint, c: bigint): Operands => [
    words(0n),
    words(x),
    words(y),
    [...words(m), ...words(c)],
  ];

  /** A prover's choice of result, quotient and slack, its memory agreeing. */
  const claimed = (s: Segment, { r, q, e }: Result): Segment => {
    const rows = rowsOf(s);
    const row = (rows[CHIP] as number[][])[0] as number[];
    const put = (name: string, list: readonly number[]): void => {
      list.forEach((word, i) => {
        row[field(CHIP, `${name}${i}`)] = word;
      });
    };
    put('y', words(r));
    const read = (name: string, first: number): number[] =>
      Array.from({ length: COUNT }, (_, i) => row[field(CHIP, `${name}_${first + i}`)] as number);
    const [x, y, m, c] = [read('x1', 0), read('x2', 0), read('x3', 0), read('x3', COUNT)] as const;
    const size = CHIP === 'modmul' ? MODMUL : WIDE_MODMUL;
    put('z', [...words(q), ...words(e), ...modmulCarries(size, { x, y, m, c, r: words(r), q: words(q) })]);
    const image = s.tables.image[0]?.indexOf(row[field(CHIP, 'at0')] as number) ?? -1;
    words(r).forEach((word, i) => {
      ((rows.image as number[][])[image + i] as number[])[field('image', 'finalvalue')] = word;
    });
    return withRows(s, rows);
  };

  const x = TOP / 3n;
  const y = (PRIME * 5n) / 7n;
  const s = callsOf(CHIP, [operands(x, y, PRIME, 9n)]);
  const r = (x * y + 9n) % PRIME;
  const q = (x * y + 9n) / PRIME;
  const honest: Result = { r, q, e: PRIME - r - 1n };

  describe(CHIP, () => {
    it('numbers at the limits', () => {
      for (const [x, y, m, c] of [
        [0n, 0n, 1n, 0n],
        [0n, 0n, 1n, TOP],
        [TOP - 1n, TOP, TOP, TOP],
        [TOP - 1n, TOP - 1n, TOP, 0n],
        [PRIME - 1n, PRIME - 1n, PRIME, PRIME - 1n],
        [1n, TOP, (TOP + 1n) / 2n, TOP],
        [0xff00ff00ff00ffn, 2n ** 200n, 0x8000000000000001n << BigInt(32 * COUNT - 64), 1n],
      ] as const)
        assert.deepEqual(findings(callsOf(CHIP, [operands(x, y, m, c)])), [], `${x} ${y} ${m} ${c}`);
      assert.deepEqual(findings(claimed(s, honest)), []);
    });

    it('a result that is not reduced', () => {
      const small = callsOf(CHIP, [operands(5n, 7n, 11n, 0n)]);
      assert.deepEqual(findings(claimed(small, { r: 2n, q: 3n, e: 8n })), []);
      // 35 = 2 * 11 + 13, where 11 = 13 + 1 + e for no e in range.
      refused(findings(claimed(small, { r: 13n, q: 2n, e: TOP - 2n })), /r \+ 1 \+ e = m, limb (15|23) does not hold/);
      refused(findings(claimed(small, { r: 11n, q: 2n, e: TOP })), /r \+ 1 \+ e = m, limb (15|23) does not hold/);
    });

    it('another result, quotient or slack', () => {
      refused(findings(claimed(s, { ...honest, r: r + 1n, e: honest.e - 1n })), /x y \+ c = q m \+ r/);
      refused(findings(claimed(s, { ...honest, q: q + 1n })), /x y \+ c = q m \+ r/);
      refused(findings(claimed(s, { ...honest, e: honest.e + 1n })), /r \+ 1 \+ e = m/);
    });

    it('another last carry', () => {
      const forged = new Forgery(s).add(CHIP, 0, { [`carry${4 * COUNT - 2}`]: 1 });
      refused(forged.recount().findings(), new RegExp(`limb ${4 * COUNT - 2} does not hold|ends does not hold`));
    });

    it('a modulus of zero', () => {
      const { number } = PRECOMPILES[CHIP];
      assert.equal(number, CHIP === 'modmul' ? 0x103 : 0x108);
      // No slack makes r + 1 + e = 0 without a carry out.
      const one = callsOf(CHIP, [operands(0n, 5n, 1n, 0n)]);
      const rows = rowsOf(one);
      const row = (rows[CHIP] as number[][])[0] as number[];
      row[field(CHIP, 'x3_0')] = 0;
      for (let i = 0; i < COUNT; i++) row[field(CHIP, `z${COUNT + i}`)] = 0xffffffff;
      const found = findings(withRows(one, rows));
      refused(found, /r \+ 1 \+ e = m, limb (15|23) does not hold/);
    });

    it('carries out of range', () => {
      // Moves 2^16 carry by p: the same sum mod p, from a carry far away.
      const inverse = 2 ** 15; // 2^16 * 2^15 = 2^31 = 1 mod p
      const forged = new Forgery(s).add(CHIP, 0, { carry3: inverse, q6: 1 });
      refused(forged.recount().findings(), /relation range: \((16384|32768), /);
    });

    it('bytes that are none: the same limbs, the same products', () => {
      for (const name of ['x', 'y', 'm', 'q']) {
        const forged = new Forgery(s).add(CHIP, 0, { [`${name}4`]: 256, [`${name}5`]: -1 });
        refused(forged.recount().findings(), /relation range: \(256, /);
      }
      for (const name of ['r', 'e']) {
        const limbs = new Forgery(s).add(CHIP, 0, { [`${name}2_lo`]: 65536, [`${name}2_hi`]: -1 });
        refused(limbs.recount().findings(), /relation range: \(65536, /);
      }
    });
  });
}
