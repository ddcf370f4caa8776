// Work of a chip's programs, counted on the very graphs that kernels are made from.
import { constraintsOf, logupOf } from '../../prover/gpu/air/chip_kernels.ts';
import { childrenOf, type GraphNode } from '../../prover/gpu/air/circuit_graph.ts';
import type { Chip } from '../../src/air/chip.ts';
import type { Work } from '../schema.ts';
import {
  EXTENSION_BY_BASE,
  EXTENSION_PRODUCT,
  EXTENSION_SUM,
  NOTHING,
  PRODUCT,
  plus,
  SUM,
  times,
  traffic,
} from './costs.ts';

interface Counted {
  readonly work: Work;
  /** Words read of a row: base columns and secure columns. */
  readonly words: number;
}

const isPowerOfTwo = (n: GraphNode): boolean => n.kind === 'const' && n.value > 0 && (n.value & (n.value - 1)) === 0;

const ownWork = (n: GraphNode): Work => {
  switch (n.kind) {
    case 'add':
    case 'sub':
      return SUM;
    case 'mul': // by a power of two: a rotation
      return isPowerOfTwo(n.a) || isPowerOfTwo(n.b) ? SUM : PRODUCT;
    case 'dot':
      return times(n.terms.length, EXTENSION_BY_BASE);
    case 'eadd':
    case 'esub':
      return EXTENSION_SUM;
    case 'mac':
      return plus(EXTENSION_PRODUCT, EXTENSION_SUM);
    case 'macb':
      return EXTENSION_BY_BASE;
    default:
      return NOTHING;
  }
};

/** Every node once, however often it is used. */
function count(roots: readonly GraphNode[]): Counted {
  const seen = new Set<GraphNode>();
  const columns = new Set<string>();
  let work = NOTHING;
  let words = 0;
  const visit = (node: GraphNode): void => {
    if (seen.has(node)) return;
    seen.add(node);
    work = plus(work, ownWork(node));
    if (node.kind === 'column') columns.add(`${node.fixed}${node.index}`);
    if (node.kind === 'secure') words += 4;
    for (const child of childrenOf(node)) visit(child);
  };
  for (const root of roots) visit(root);
  return { work, words: words + columns.size };
}

/** One row of the constraints on the extended domain; the sums are read and written. */
export function constraintWork(chip: Chip): Work {
  if (chip.constraints.length === 0 && chip.logupColumns === 0) return NOTHING;
  const { baseTerms, extensionTerms } = constraintsOf(chip);
  const { work, words } = count([...baseTerms.map((t) => t.value), ...extensionTerms.map((t) => t.value)]);
  const terms = plus(
    times(baseTerms.length, EXTENSION_BY_BASE),
    times(extensionTerms.length, plus(EXTENSION_PRODUCT, EXTENSION_SUM)),
  );
  return plus(work, terms, traffic(4 * words + 32));
}

/** Of an inversion in M31 (30 squarings, 8 products), one for six pairs; of the pair's part in it. */
const INVERSION_PRODUCTS = 38;
const PAIRS_TOGETHER = 6;
const PAIR_PRODUCTS = 31;

/** One row of the LogUp columns: a quotient and a running sum for each pair of fractions. */
export function logupWork(chip: Chip): Work {
  if (chip.logupColumns === 0) return NOTHING;
  const { pairs } = logupOf(chip);
  const { work, words } = count(pairs.flatMap((p) => [p.numerator, p.denominator]));
  const products = pairs.length * (PAIR_PRODUCTS + INVERSION_PRODUCTS / PAIRS_TOGETHER);
  return plus(
    work,
    times(products, PRODUCT),
    times(pairs.length, EXTENSION_SUM),
    traffic(4 * words + 16 * pairs.length),
  );
}
