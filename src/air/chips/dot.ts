/**
 * Dot products over QM31, for programs that verify proofs: the four words at a0 become themselves plus the sum of
 * x_k y_k. `qm31_dot` has x_k of four words, `m31_dot` of one; y_k has four. x begins at a1, y at a2, and a3 is the length
 * of x in bytes, checked as a pointer is. Operand words count mod p, whatever they are: a word's limbs make its residue in
 * every constraint here. The result's words are below p.
 *
 * A call is a chain of tuples (clk, words of x left, where x and y go on, sum): the row of the call puts its start and
 * takes its end, and each row of terms takes one and gives the next. A row reads at least one and at most `elements` x_k,
 * the first ones of its columns, so what is left falls by `width` to `width` times `elements`. Rows are too few to bring it
 * round mod p: a chain that ends at 0 has read each word once, in order. Addresses go up one by one from below
 * 2^30 - 2^14, where words begin that have no first tuple, so no chain reaches the registers at 2^30.
 * Words behind a2 are read at clk + 1, a1 at clk + 2, and a0 accessed at clk + 3, so operands may overlap.
 *
 * A result word r = lo + 2^16 hi < 2^31 is not p: 98302 - lo - hi, which is 0 for p alone, has an inverse.
 *
 * Count of a row of terms: 13 columns, 2 fractions; each x_k 3 width + 12 columns and as many fractions, and from the
 * second on a column that says whether it is there. `qm31_dot` with one a row: 37 columns and 26 fractions in 13 secure
 * columns: 89 cells a product. `m31_dot` with n a row: 12 + 16 n columns and 2 + 15 n fractions: 48, 50 or 56 cells a
 * product for n = 8, 4, 2. With 4: 76 columns and 62 fractions in 31: 200 cells; 8 a row would save 4 % for twice the
 * columns. A row of a call: 30 columns and 23 fractions in 12: 78 cells; with call4, 151.
 */
import { CHIP_RECORDS } from '../../core/isa.ts';
import { M31_DOT_TERMS, operandSlot } from '../../core/precompiles.ts';
import { type Chip, type ChipBuilder, defineChip, type Limbs } from '../chip.ts';
import { add, type Expr, mul, sub } from '../expr.ts';
import { M31_DOT, MEMORY, QM31_DOT, type Relation } from '../relations.ts';
import { w } from '../witness.ts';
import { precompileChip } from './precompile.ts';

const COORDINATES = [0, 1, 2, 3] as const;
const [X, Y] = [1, 2];
/** Both limbs of p, added. */
const LIMBS_OF_P = 0xffff + 0x7fff;

interface Kind {
  readonly name: 'qm31_dot' | 'm31_dot';
  readonly relation: Relation;
  /** Words of an x_k. */
  readonly width: 1 | 4;
  /** Terms of a row. */
  readonly elements: number;
}

const QM31: Kind = { name: 'qm31_dot', relation: QM31_DOT, width: 4, elements: 1 };
const M31: Kind = { name: 'm31_dot', relation: M31_DOT, width: 1, elements: M31_DOT_TERMS };

const residue = ({ lo, hi }: Limbs): Expr => add(lo, mul(hi, 65536));

/** Coordinates of x y in QM31 = M31[i][u], i^2 = -1, u^2 = 2 + i; x of one or four words. */
const product = (x: readonly Expr[], y: readonly Expr[]): Expr[] => {
  const [x0, x1, x2, x3] = x as [Expr, Expr, Expr, Expr];
  const [y0, y1, y2, y3] = y as [Expr, Expr, Expr, Expr];
  if (x.length === 1) return y.map((c) => mul(x0, c));
  // (a + b u)(c + d u) = a c + (2 + i) b d + (a d + b c) u.
  const re = sub(mul(x2, y2), mul(x3, y3));
  const im = add(mul(x2, y3), mul(x3, y2));
  return [
    add(sub(mul(x0, y0), mul(x1, y1)), sub(mul(re, 2), im)),
    add(add(mul(x0, y1), mul(x1, y0)), add(re, mul(im, 2))),
    add(sub(mul(x0, y2), mul(x1, y3)), sub(mul(x2, y0), mul(x3, y1))),
    add(add(mul(x0, y3), mul(x1, y2)), add(mul(x2, y1), mul(x3, y0))),
  ];
};

/** A word that is read where `uses` is 1. */
const readWord = (b: ChipBuilder, name: string, previous: string, address: Expr, now: Expr, uses: Expr): Expr => {
  const limbs = b.limbs(name, b.record(name));
  const clk = b.column(`${name}_prev`, b.record(previous));
  b.take(MEMORY, [address, limbs.lo, limbs.hi, clk], uses);
  b.emit(MEMORY, [address, limbs.lo, limbs.hi, now], uses);
  b.range(sub(sub(now, clk), 1), 16, uses);
  return residue(limbs);
};

const termsChip = ({ name, relation, width, elements }: Kind): Chip =>
  defineChip({
    name: `${name}_terms`,
    record: CHIP_RECORDS[`${name}_terms`],
    build: (b) => {
      const enabler = b.enabler();
      const [clk, left, x, y] = ['clk', 'left', 'atx', 'aty'].map((field) => b.column(field, b.record(field))) as [
        Expr,
        Expr,
        Expr,
        Expr,
      ];
      const sum = COORDINATES.map((c) => b.column(`sum${c}`, b.record(`s${c}`)));
      const uses: Expr[] = [enabler];
      for (let k = 1; k < elements; k++) {
        const there = b.bit(`uses${k}`, w.lt(k, b.record('used')));
        b.zero(`term ${k} only behind the one before`, sub(there, mul(there, uses[k - 1] as Expr)));
        uses.push(there);
      }
      const terms = uses.map((there, k) => {
        const words = (operand: number, at: Expr, count: number): Expr[] =>
          Array.from({ length: count }, (_, i) => {
            const word = k * count + i;
            const [name, previous] = [`x${operand}_${word}`, `p${operand}_${word}`];
            return readWord(b, name, previous, add(at, word), add(clk, operandSlot(operand)), there);
          });
        const value = product(words(X, x, width), words(Y, y, 4));
        // Cells of a term that is not there are free, but do not count.
        return k === 0 ? value : value.map((c) => mul(there, c));
      });
      const next = COORDINATES.map((c) => {
        const column = b.column(`next${c}`, b.record(`t${c}`));
        b.zero(`sum, coordinate ${c}`, sub(column, add(sum[c] as Expr, ...terms.map((t) => t[c] as Expr))));
        return column;
      });
      const used = add(...uses);
      b.take(relation, [clk, left, x, y, ...sum]);
      b.emit(relation, [clk, sub(left, mul(used, width)), add(x, mul(used, width)), add(y, mul(used, 4)), ...next]);
    },
  });

const callChip = ({ name, relation, width }: Kind): Chip =>
  precompileChip(name, (b, call) => {
    const enabler = b.enabler();
    const [, x, y, length] = call.at as [Expr, Expr, Expr, Expr];
    const results = COORDINATES.map((i): Limbs => {
      const limbs = b.limbs(`y${i}`, call.result(i));
      b.range(limbs.lo);
      b.range(limbs.hi, 15);
      const [lo, hi] = [w.and(call.result(i), 0xffff), w.shr(call.result(i), 16)];
      const inverse = b.column(`inverse${i}`, w.finv(w.sub(LIMBS_OF_P, w.add(lo, hi))));
      const distance = sub(mul(enabler, LIMBS_OF_P), add(limbs.lo, limbs.hi));
      b.zero(`result word ${i} is not p`, sub(mul(distance, inverse), enabler));
      return limbs;
    });
    const first = results.map((limbs, i) => call.write(i, limbs));
    b.emit(relation, [call.clk, length, x, y, ...first.map(residue)]);
    const weights = width === 4 ? length : mul(length, 4);
    b.take(relation, [call.clk, 0, add(x, length), add(y, weights), ...results.map(residue)]);
  });

export const dotChips: readonly Chip[] = [QM31, M31].flatMap((kind) => [callChip(kind), termsChip(kind)]);
