// A chip that is wider than any of the machine: it overflows the interpreters' registers unless programs are cut, has
// pairs whose numerators differ, and uses every witness operation.
import { type Chip, defineChip } from '../../src/air/chip.ts';
import { add, type Expr, mul, sub } from '../../src/air/expr.ts';
import { BITWISE, MEMORY, RANGE } from '../../src/air/relations.ts';
import { type W, w } from '../../src/air/witness.ts';

const OPERATIONS: readonly ((a: W, b: W) => W)[] = [
  w.add,
  w.sub,
  w.mul,
  w.mulhi,
  w.and,
  w.or,
  w.xor,
  w.eq,
  w.lt,
  w.divu,
  w.fsub,
  w.fmul,
  (a, b) => w.shl(a, w.and(b, 31)),
  (a, b) => w.shr(a, w.and(b, 31)),
  (a, b) => w.select(w.and(b, 1), a, w.finv(a)),
];

export const wideChip: Chip = defineChip({
  name: 'wide',
  record: ['a', 'b', 'c', 'd'],
  build: (b) => {
    b.enabler();
    const words: W[] = ['a', 'b', 'c', 'd'].map((name) => b.record(name));
    const columns: Expr[] = [];
    for (let i = 0; i < 130; i++) {
      const operation = OPERATIONS[i % OPERATIONS.length] as (a: W, b: W) => W;
      const word = operation(words.at(-1) as W, words.at(-3) as W);
      words.push(word);
      columns.push(b.column(`c${i}`, w.and(word, 0xff)));
    }
    const at = (i: number): Expr => columns[i % columns.length] as Expr;
    for (let i = 0; i < 130; i++) {
      const long = add(...Array.from({ length: 24 }, (_, k) => mul(at(i + 5 * k), k + 2)));
      b.zero(`z${i}`, sub(mul(long, at(i), at(3 * i + 1)), mul(at(i + 7), at(i + 11))));
    }
    for (let i = 0; i < 45; i++) {
      const address = add(at(i), mul(at(i + 1), 256));
      b.emit(MEMORY, [address, at(i + 2), at(i + 3), add(at(i + 4), i)], i % 3 === 0 ? at(i + 5) : undefined);
      if (i % 5 === 0) b.take(RANGE, [256, at(i)], at(i + 9));
      if (i % 9 === 0) b.take(BITWISE, [0, at(i), at(i), 0]);
    }
  },
});
