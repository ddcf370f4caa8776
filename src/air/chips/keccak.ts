/**
 * Keccak-f[1600] (FIPS 202, section 3), in a row for the call and one for each round.
 *
 * A round row takes (clk, round, limbs of 25 lanes) and gives the next. A'[x,y,z], the state after theta, is bits, and so is
 * D[x,z], what theta adds to a column: A = A' xor D, of degree two, are the bits of the limbs that come in. With C the
 * column parities of A, and those of A' being C xor D, theta's D[x,z] = C[x-1,z] xor C[x+1,z-1] says that a sum of 13 bits
 * is even: three bits of D and two columns of A'. The sum less 2 u is 0, 6 or 12, for u in {0, 1, 2}. Given A there is
 * one such D, as C does not depend on it. Rho and pi renumber bits; chi and the limbs that go out are polynomials of
 * degree three in A'. Only 7 bits of a round constant vary: they come from a table, and those of chi's result that they
 * meet have columns.
 *
 * A state is two tuples, to keep the widest fingerprint of all narrow. As rounds are 0 to 23 by the table, only the call
 * emits halves of round 0, one each, so that there is one row of round 0 and a clock, and then one of each round.
 *
 * Count of a round row: 3 columns, 7 constant bits and 7 that they meet, 100 limbs in, 100 out, 320 D, 320 u, 1,600 A':
 * 2,457 columns; 5 fractions in 3 secure columns: 2,469 cells. Call row: 253 columns and 155 fractions in 78: 565 cells.
 * With call1, a permutation is 24 * 2,469 + 565 + 32 = 59,853 cells, or 936 cycles of 64 cells.
 *
 * Why rows are that wide: each bit of A' meets its D in theta and its row in chi. A set of rows of chi that is a fifth or
 * half of them meets all of D, so that rows of 700 columns would repeat D in each, and cost 3,400 cells a round.
 */
import { CHIP_RECORDS } from '../../core/isa.ts';
import { KECCAK_IOTA, KECCAK_ROTATIONS, KECCAK_ROUNDS as ROUNDS } from '../../core/keccak_constants.ts';
import { type Chip, type ChipBuilder, defineChip, type Limbs } from '../chip.ts';
import { add, type Expr, mul, sub, type Term } from '../expr.ts';
import { KECCAK_CONSTANTS, KECCAK_ROUND } from '../relations.ts';
import { type W, w } from '../witness.ts';
import { joined, xorBits } from './bits.ts';
import { precompileChip } from './precompile.ts';

const BITS = 64;
const FIVE = [0, 1, 2, 3, 4] as const;
/** Bits of round constants that are not always 0. */
const CONSTANT_BITS = [0, 1, 3, 7, 15, 31, 63];
/** Bit k of a round's constant: k is a place in CONSTANT_BITS. */
const constantBit = (round: number, k: number): number => {
  const bit = CONSTANT_BITS[k] as number;
  return ((KECCAK_IOTA[round]?.[bit >> 5] as number) >>> (bit & 31)) & 1;
};
const TABLE_LOG = 5;
const column = (value: (round: number) => number): Uint32Array =>
  Uint32Array.from({ length: 2 ** TABLE_LOG }, (_, row) => value(row < ROUNDS ? row : 0));

/** (round, seven bits of its constant); the rows behind the last round repeat the first. */
export const keccakConstantsChip: Chip = defineChip({
  name: 'keccak_table',
  record: [],
  fixedTree: 'tables',
  fixedColumns: ['round', ...CONSTANT_BITS.map((bit) => `bit${bit}`)],
  tableLog: TABLE_LOG,
  tableValues: () => [column((r) => r), ...CONSTANT_BITS.map((_, k) => column((r) => constantBit(r, k)))],
  build: (b) => {
    const bits = CONSTANT_BITS.map((bit) => b.fixed(`bit${bit}`));
    b.emit(KECCAK_CONSTANTS, [b.fixed('round'), ...bits], b.multiplicity('uses'));
  },
});

/** A value of 64 bits, in two words. */
type Lane = readonly [low: W, high: W];
const bitOf = ([low, high]: Lane, z: number): W => w.and(w.shr(z < 32 ? low : high, z & 31), 1);
const xorLanes = (lanes: readonly Lane[]): Lane => lanes.reduce(([a, b], [c, d]): Lane => [w.xor(a, c), w.xor(b, d)]);
/** Rotated left by one. */
const turned = ([low, high]: Lane): Lane => [
  w.or(w.shl(low, 1), w.shr(high, 31)),
  w.or(w.shl(high, 1), w.shr(low, 31)),
];

const at = (x: number, y: number): number => ((x + 5) % 5) + 5 * ((y + 5) % 5);
const wrap = (z: number): number => (z + BITS) % BITS;
const zs = Array.from({ length: BITS }, (_, z) => z);

/** Four limbs of 64 bits. */
const limbsOf = (bits: readonly Expr[]): Expr[] => [0, 16, 32, 48].map((from) => joined(bits.slice(from, from + 16)));

const limbColumns = (b: ChipBuilder, name: string, [low, high]: Lane): Expr[] => {
  const [x, y] = [b.limbs(`${name}_low`, low), b.limbs(`${name}_high`, high)];
  return [x.lo, x.hi, y.lo, y.hi];
};

/** A state of a clock and round, in two tuples. */
const halves = (use: ChipBuilder['take'], clk: Expr, round: Term, limbs: readonly Expr[]): void => {
  for (const half of [0, 1]) use(KECCAK_ROUND, [clk, round, half, ...limbs.slice(50 * half, 50 * half + 50)]);
};

const sumOfFive = (terms: (y: number) => W): W => FIVE.map(terms).reduce((x, y) => w.add(x, y));

export const keccakRoundChip: Chip = defineChip({
  name: 'keccak_round',
  record: CHIP_RECORDS.keccak_round,
  build: (b) => {
    b.enabler();
    const clk = b.column('clk', b.record('clk'));
    const round = b.column('round', b.record('round'));
    const lanes = KECCAK_ROTATIONS.map((_, i): Lane => [b.record(`w${2 * i}`), b.record(`w${2 * i + 1}`)]);
    const incoming = lanes.map((lane, i) => limbColumns(b, `in${i}`, lane));
    halves(b.take, clk, round, incoming.flat());
    const constants = CONSTANT_BITS.map((bit, k) =>
      b.column(`constant${bit}`, w.lookup('keccak_table', 1 + k, b.record('round'))),
    );
    b.take(KECCAK_CONSTANTS, [round, ...constants]);

    // Theta.
    const parities = FIVE.map((x) => xorLanes(FIVE.map((y) => lanes[at(x, y)] as Lane)));
    const added = FIVE.map((x) => xorLanes([parities[(x + 4) % 5] as Lane, turned(parities[(x + 1) % 5] as Lane)]));
    const after = lanes.map((lane, i) => xorLanes([lane, added[i % 5] as Lane]));
    const d = FIVE.map((x) => zs.map((z) => b.bit(`d${x}_${z}`, bitOf(added[x] as Lane, z))));
    const a = after.map((lane, i) => zs.map((z) => b.bit(`a${i}_${z}`, bitOf(lane, z))));
    a.forEach((bits, i) => {
      const before = limbsOf(bits.map((bit, z) => xorBits(bit, d[i % 5]?.[z] as Expr)));
      before.forEach((limb, k) => {
        b.zero(`lane ${i}, limb ${k} is A' xor D`, sub(incoming[i]?.[k] as Expr, limb));
      });
    });
    const columnSum = (x: number, z: number): Expr => add(...FIVE.map((y) => a[at(x, y)]?.[z] as Expr));
    const columnValue = (x: number, z: number): W => sumOfFive((y) => bitOf(after[at(x, y)] as Lane, z));
    for (const x of FIVE) {
      const [left, right] = [(x + 4) % 5, (x + 1) % 5];
      for (const z of zs) {
        const below = wrap(z - 1);
        const bits = [d[x]?.[z], d[left]?.[z], d[right]?.[below]] as Expr[];
        const total = add(...bits, columnSum(left, z), columnSum(right, below));
        const values = [bitOf(added[x] as Lane, z), bitOf(added[left] as Lane, z), bitOf(added[right] as Lane, below)];
        const value = [...values, columnValue(left, z), columnValue(right, below)].reduce((p, q) => w.add(p, q));
        // Half of it is in 0 to 6: its rest mod 3.
        const half = w.shr(value, 1);
        const u = b.column(`u${x}_${z}`, w.and(w.sub(half, w.mul(3, w.add(w.lt(2, half), w.lt(5, half)))), 3));
        b.zero(`u${x}_${z} is 0, 1 or 2`, mul(u, sub(u, 1), sub(u, 2)));
        const rest = sub(total, mul(u, 2));
        b.zero(`theta of column ${x}, bit ${z}`, mul(rest, sub(rest, 6), sub(rest, 12)));
      }
    }

    // Rho and pi: lane (x, y) goes to (y, 2 x + 3 y), rotated left.
    const moved: Expr[][] = [];
    const movedLanes: ((z: number) => W)[] = [];
    for (const y of FIVE) {
      for (const x of FIVE) {
        const from = at(x, y);
        const by = KECCAK_ROTATIONS[from] as number;
        const to = at(y, 2 * x + 3 * y);
        moved[to] = zs.map((z) => a[from]?.[wrap(z - by)] as Expr);
        movedLanes[to] = (z) => bitOf(after[from] as Lane, wrap(z - by));
      }
    }

    // Chi and iota.
    const outgoing = KECCAK_ROTATIONS.flatMap((_, i) => {
      const [x, y] = [i % 5, Math.floor(i / 5)];
      const neighbours = [at(x, y), at(x + 1, y), at(x + 2, y)] as const;
      const [p, q, r] = neighbours.map((k) => moved[k]) as [Expr[], Expr[], Expr[]];
      const [pw, qw, rw] = neighbours.map((k) => movedLanes[k]) as [
        (typeof movedLanes)[0],
        (typeof movedLanes)[0],
        (typeof movedLanes)[0],
      ];
      const chiValue = (z: number): W => w.xor(pw(z), w.and(w.xor(qw(z), 1), rw(z)));
      const bits = zs.map((z) => {
        const chi = xorBits(p[z] as Expr, mul(sub(1, q[z] as Expr), r[z] as Expr));
        const k = i === 0 ? CONSTANT_BITS.indexOf(z) : -1;
        if (k < 0) return { bit: chi, value: chiValue(z) };
        const met = b.column(`chi${z}`, w.and(chiValue(z), 1));
        b.zero(`chi${z} is chi's bit`, sub(met, chi));
        const constant = w.lookup('keccak_table', 1 + k, b.record('round'));
        return { bit: xorBits(met, constants[k] as Expr), value: w.xor(chiValue(z), constant) };
      });
      return [0, 16, 32, 48].map((from) => {
        const part = bits.slice(from, from + 16);
        const value = w.and(
          part.map(({ value }, j) => w.shl(value, j)).reduce((m, n) => w.or(m, n)),
          0xffff,
        );
        const limb = b.column(`out${i}_${from}`, value);
        b.zero(`lane ${i}, bits from ${from} go out`, sub(limb, joined(part.map(({ bit }) => bit))));
        return limb;
      });
    });
    halves(b.emit, clk, add(round, 1), outgoing);
  },
});

const flat = (list: readonly Limbs[]): Expr[] => list.flatMap(({ lo, hi }) => [lo, hi]);

/** The call: the 25 lanes at a0, low word first, lane x + 5 y, are permuted. The last round's limbs are sums of bits. */
export const keccakChip: Chip = precompileChip('keccak', (b, call) => {
  const after = Array.from({ length: 50 }, (_, i) => b.limbs(`y${i}`, call.result(i)));
  const before = after.map((limbs, i) => call.write(i, limbs));
  halves(b.emit, call.clk, 0, flat(before));
  halves(b.take, call.clk, ROUNDS, flat(after));
});
