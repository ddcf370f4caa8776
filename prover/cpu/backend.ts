/** The CPU reference tier: the shortest correct code for every stage, and the definition of the proof's bytes. */

import { circuitsOf } from '../../src/air/circuit.ts';
import { type ChallengeSets, paramValues } from '../../src/air/evaluate.ts';
import type { ActiveChip, Layout, TreeName } from '../../src/air/layout.ts';
import { FIXED_TREES } from '../../src/air/layout.ts';
import { grindHash } from '../../src/core/channel.ts';
import {
  cosetToStorage,
  cosetVanishing,
  type ExtensionPoint,
  extensionPointDouble,
  fromCommitIndex,
  liftIndex,
  storagePoint,
  storageToCoset,
  toCommitIndex,
} from '../../src/core/circle.ts';
import { buildColumnTree } from '../../src/core/commitment.ts';
import { type BatchedLine, deepQuotient } from '../../src/core/deep.ts';
import { basisAt, evaluate, evaluateAt, interpolate, twiddles } from '../../src/core/fft.ts';
import { inv, neg, Q_ZERO, type Qm31, qAdd, qMulBase } from '../../src/core/field.ts';
import { foldCoset, interpolateLine } from '../../src/core/fri.ts';
import { buildMerkle, type MerkleTree, merkleRoot, openMerkle, shiftedPositions } from '../../src/core/merkle.ts';
import type { Opening } from '../../src/core/proof.ts';
import type { Nonce } from '../../src/core/transcript.ts';
import type { Backend, ProverSession, SegmentInput } from '../backend.ts';
import { evaluateRows } from './evaluate_rows.ts';
import { logupColumns } from './logup.ts';
import { fillTrace, type Trace } from './trace.ts';

interface CommittedTree {
  readonly logRows: readonly number[];
  readonly coefficients: readonly Uint32Array[];
  /** Low-degree extensions in storage order. */
  readonly extended: readonly Uint32Array[];
  readonly merkle: MerkleTree;
}

const commitCoefficients = (coefficients: readonly Uint32Array[], logBlowup: number): CommittedTree => {
  const logRows = coefficients.map((c) => Math.log2(c.length));
  const extended = coefficients.map((c, i) => evaluate(c, (logRows[i] as number) + logBlowup));
  const merkle = buildColumnTree(extended);
  return { logRows, coefficients, extended, merkle };
};

const commitValues = (values: readonly Uint32Array[], logBlowup: number): CommittedTree =>
  commitCoefficients(values.map(interpolate), logBlowup);

/** Row words of an opening at commit-order positions: by height from the tallest, by position, in column order. */
const openTree = (tree: CommittedTree, positions: readonly number[], logDomain: number, logBlowup: number): Opening => {
  const heights = [...new Set(tree.logRows)].sort((a, b) => b - a);
  const values = heights.flatMap((logN) =>
    shiftedPositions(positions, logDomain - logN - logBlowup).flatMap((q) =>
      tree.extended
        .filter((_, i) => tree.logRows[i] === logN)
        .map((c) => c[fromCommitIndex(q, logN + logBlowup)] as number),
    ),
  );
  const own = shiftedPositions(positions, logDomain - (heights[0] as number) - logBlowup);
  return { values: Uint32Array.from(values), siblings: openMerkle(tree.merkle, own) };
};

const columnsOfTree = (layout: Layout, tree: TreeName, input: SegmentInput): Uint32Array[] =>
  layout.tables.filter((t) => t.tree === tree).flatMap((t) => [...(input.fixed.get(t.name) ?? [])]);

interface FriLayer {
  readonly values: readonly Qm31[];
  readonly foldLog: number;
  readonly merkle: MerkleTree;
}

const openSession = (input: SegmentInput, fill: typeof fillTrace): ProverSession => {
  const { layout, params } = input;
  const b = params.logBlowup;
  const logDomain = layout.maxLogN + b;
  const trees = new Map<TreeName, CommittedTree>();
  for (const name of FIXED_TREES)
    if (layout.trees[name].length > 0) trees.set(name, commitValues(columnsOfTree(layout, name, input), b));
  const tree = (name: TreeName): CommittedTree => trees.get(name) as CommittedTree;
  let trace: Trace = new Map();
  let challenges: ChallengeSets;
  let claimedSums: Qm31[] = [];
  let word: readonly Qm31[] = [];
  let folds = 0;
  const layers: FriLayer[] = [];

  /** Sum over the chips of the constraints on the committed evaluations, lifted to the tallest domain. */
  const constraintSum = (coefficients: readonly Qm31[]): Qm31[] => {
    const sum: Qm31[] = new Array<Qm31>(2 ** logDomain).fill(Q_ZERO);
    layout.active.forEach((active, k) => {
      const { chip, logN } = active;
      const circuit = circuitsOf(chip).constraints;
      const logSize = logN + b;
      const fixedTree = chip.fixedTree === null ? undefined : tree(chip.fixedTree);
      const ownCoefficients = coefficients.slice(active.coefficientOffset);
      const rowInput = {
        column: (fixed: boolean, i: number): Uint32Array =>
          (fixed
            ? fixedTree?.extended[active.fixedOffset + i]
            : tree('trace').extended[active.traceOffset + i]) as Uint32Array,
        secure: (i: number) => tree('logup').extended.slice(active.logupOffset + 4 * i, active.logupOffset + 4 * i + 4),
        previousRow: (row: number): number =>
          cosetToStorage((storageToCoset(row, logSize) - 2 ** b + 2 ** logSize) % 2 ** logSize, logSize),
        params: paramValues(circuit, {
          challenges: challenges[chip.scope],
          coefficients: ownCoefficients,
          claimedSum: claimedSums[k] as Qm31,
          logN,
        }),
      };
      const own: Qm31[] = [];
      evaluateRows(circuit, 2 ** logSize, rowInput, (row, [value]) => {
        own[row] = value as Qm31;
      });
      for (let i = 0; i < sum.length; i++)
        sum[i] = qAdd(sum[i] as Qm31, own[liftIndex(i, logDomain - logSize)] as Qm31);
    });
    return sum;
  };

  return {
    commitTrace: async () => {
      trace = fill(input);
      trees.set(
        'trace',
        commitValues(
          layout.active.flatMap((a) => trace.get(a.chip.name) ?? []),
          b,
        ),
      );
      return merkleRoot(tree('trace').merkle);
    },
    commitLogup: async (drawn) => {
      challenges = drawn;
      const built = layout.active.map(({ chip, logN }: ActiveChip) =>
        logupColumns(
          chip,
          logN,
          challenges[chip.scope],
          (fixed, i) => (fixed ? input.fixed.get(chip.table)?.[i] : trace.get(chip.name)?.[i]) as Uint32Array,
        ),
      );
      claimedSums = built.map((l) => l.claimedSum);
      trees.set(
        'logup',
        commitValues(
          built.flatMap((l) => l.columns),
          b,
        ),
      );
      return { root: merkleRoot(tree('logup').merkle), claimedSums };
    },
    commitComposition: async (coefficients) => {
      const sum = constraintSum(coefficients);
      // The vanishing polynomial takes 2^b values on the domain, constant on blocks of 2^n storage indices.
      const inverses = Array.from({ length: 2 ** b }, (_, block) =>
        inv(cosetVanishing(storagePoint(block * 2 ** layout.maxLogN, logDomain)[0], layout.maxLogN)),
      );
      const quotient = sum.map((v, i) => qMulBase(v, inverses[i >> layout.maxLogN] as number));
      const n = 2 ** layout.maxLogN;
      const halves: [Uint32Array[], Uint32Array[]] = [[], []];
      for (let k = 0; k < 4; k++) {
        const coordinates = interpolate(Uint32Array.from(quotient, (q) => q[k] as number));
        halves[0].push(coordinates.slice(0, n));
        halves[1].push(coordinates.slice(n, 2 * n));
      }
      trees.set('composition', commitCoefficients(halves.flat(), b));
      return merkleRoot(tree('composition').merkle);
    },
    sample: async (point, previous) => {
      const bases = new Map<string, Uint32Array>();
      const basis = (at: ExtensionPoint, logN: number, name: string): Uint32Array => {
        const key = `${name}${logN}`;
        const known = bases.get(key) ?? basisAt(extensionPointDouble(at, layout.maxLogN - logN), logN);
        bases.set(key, known);
        return known;
      };
      const values: Qm31[] = [];
      for (const name of layout.treeNames) {
        for (const [i, c] of tree(name).coefficients.entries()) {
          values.push(evaluateAt(c, basis(point, tree(name).logRows[i] as number, 'here')));
        }
      }
      for (const i of layout.shifted) {
        const logN = layout.trees.logup[i] as number;
        values.push(evaluateAt(tree('logup').coefficients[i] as Uint32Array, basis(previous, logN, 'previous')));
      }
      return values;
    },
    deep: async (points, lines, gammas) => {
      const columns = layout.treeNames.flatMap((name) => tree(name).extended);
      const shifted = layout.shifted.map((i) => tree('logup').extended[i] as Uint32Array);
      const size = 2 ** logDomain;
      const sums = [columns, shifted].map((list, t) => {
        const sum: Qm31[] = new Array<Qm31>(size).fill(Q_ZERO);
        // Columns of one height are summed at that height first, then lifted.
        for (const logSize of new Set(list.map((c) => Math.log2(c.length)))) {
          const own: Qm31[] = new Array<Qm31>(2 ** logSize).fill(Q_ZERO);
          list.forEach((c, k) => {
            if (c.length !== own.length) return;
            const gamma = gammas[t === 0 ? k : columns.length + k] as Qm31;
            for (let i = 0; i < own.length; i++) own[i] = qAdd(own[i] as Qm31, qMulBase(gamma, c[i] as number));
          });
          for (let i = 0; i < size; i++) sum[i] = qAdd(sum[i] as Qm31, own[liftIndex(i, logDomain - logSize)] as Qm31);
        }
        return sum;
      });
      const half = twiddlePoints(logDomain);
      word = Array.from({ length: size }, (_, i) => {
        const p = half(i);
        return [0, 1].reduce(
          (q, t) =>
            qAdd(
              q,
              deepQuotient(points[t] as ExtensionPoint, lines[t] as BatchedLine, p, (sums[t] as Qm31[])[i] as Qm31),
            ),
          Q_ZERO as Qm31,
        );
      });
    },
    commitFriLayer: async (foldLog) => {
      const leaf = 2 ** foldLog;
      const logN = Math.log2(word.length) - foldLog;
      const columns = Array.from({ length: 4 * leaf }, (_, k) => ({
        logN,
        values: Uint32Array.from({ length: 2 ** logN }, (_, i) => (word[i * leaf + (k >> 2)] as Qm31)[k & 3] as number),
      }));
      const merkle = buildMerkle(columns);
      layers.push({ values: word, foldLog, merkle });
      return merkleRoot(merkle);
    },
    foldFriLayer: async (alpha) => {
      const { foldLog, values } = layers.at(-1) as FriLayer;
      const leaf = 2 ** foldLog;
      word = Array.from({ length: values.length / leaf }, (_, i) =>
        foldCoset(values.slice(i * leaf, (i + 1) * leaf), alpha, logDomain, folds, i),
      );
      folds += foldLog;
    },
    lastLayer: async (lastLog) => interpolateLine(word, logDomain, folds).slice(0, 2 ** lastLog),
    grind: async (state, bits): Promise<Nonce> => {
      let low = 0;
      while (grindHash(state, [low, 0], bits) !== 0) low++;
      return [low, 0];
    },
    open: async (positions) => {
      const committed = positions.map((q) => toCommitIndex(q, logDomain)).sort((x, y) => x - y);
      const opened = layout.treeNames.map((name) => openTree(tree(name), committed, logDomain, b));
      let current = positions;
      const fri = layers.map(({ values, foldLog, merkle }): Opening => {
        current = shiftedPositions(current, foldLog);
        const leaf = 2 ** foldLog;
        const words = current.flatMap((q) => values.slice(q * leaf, (q + 1) * leaf).flat());
        return { values: Uint32Array.from(words), siblings: openMerkle(merkle, current) };
      });
      return { trees: opened, fri };
    },
    destroy: () => {
      trees.clear();
    },
  };
};

/** The point at a storage index, from the twiddles: pairs share x and have opposite y. */
const twiddlePoints = (logN: number): ((i: number) => readonly [number, number]) => {
  const { layers } = twiddles(logN);
  const [y, x] = [layers[0] as Uint32Array, layers[1] as Uint32Array];
  return (i) => {
    const h = i >> 1;
    const px = x[h >> 1] as number;
    const py = y[h] as number;
    return [h % 2 === 0 ? px : neg(px), i % 2 === 0 ? py : neg(py)];
  };
};

export const cpuBackendWith = (fill: typeof fillTrace): Backend => ({
  name: 'cpu',
  description: 'reference tier (JavaScript)',
  open: async (input) => openSession(input, fill),
  commitColumns: async (columns, logBlowup) => merkleRoot(commitValues(columns, logBlowup).merkle),
  peakGpuBytes: 0,
});

export const cpuBackend: Backend = cpuBackendWith(fillTrace);
