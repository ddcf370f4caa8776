// The forger: an honest run's witness with one thing changed. The checks of the trace refuse every such witness, and for
// a few of them the verifier itself refuses the proof that the reference tier makes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Backend, ProverSession } from '../../prover/backend.ts';
import { cpuBackend, cpuBackendWith } from '../../prover/cpu/backend.ts';
import { ProverError } from '../../prover/errors.ts';
import { prove } from '../../prover/prove.ts';
import { boundarySum, boundaryTerms, type PublicValues } from '../../src/air/boundary.ts';
import type { ChallengeSets } from '../../src/air/evaluate.ts';
import { chipByName } from '../../src/air/inventory.ts';
import { WispError } from '../../src/core/errors.ts';
import { add, P, type Qm31, qAdd, qSub } from '../../src/core/field.ts';
import { testing } from '../../src/core/params.ts';
import { verify } from '../../src/verifier/verify.ts';
import {
  Forgery,
  findings,
  inOneTable,
  RECORDED_CHIPS,
  type Rows,
  random,
  rowsOf,
  type Segment,
  segment,
  withRows,
} from '../air/harness.ts';
import { everyChip } from '../air/programs.ts';
import { effect, rowModel } from '../air/rows.ts';

const LONG = process.env.WISP_LONG === '1';
const ROUNDS = LONG ? 2000 : 100;
const s = everyChip();
const nextOf = (seed: number): ((below: number) => number) => random(seed * 7919 + 1);
const pick = <T>(next: (below: number) => number, list: readonly T[]): T => list[next(list.length)] as T;

/** Deltas that limbs and the modulus make interesting, besides random ones. */
const DELTAS = [1, P - 1, 256, 65536, P - 65536, 2 ** 30];

/** Whether a row of another segment or trace does the same to the rest as the honest one. */
const sameEffect = (chipName: string, row: number, other: Segment): boolean => {
  const chip = chipByName.get(chipName) ?? assert.fail(chipName);
  const [before, after] = [rowModel(s, chip, row), rowModel(other, chip, row)];
  return effect(before, before.honest).join('|') === effect(after, after.honest).join('|');
};

/** The segment of forged records; undefined where the tier itself says that they are none. */
const filled = (rows: Rows): Segment | undefined => {
  try {
    return withRows(s, rows);
  } catch (error) {
    if (error instanceof ProverError) return undefined;
    throw error;
  }
};

describe('one change to an honest witness', () => {
  it(`a cell: ${3 * ROUNDS} cases`, () => {
    const next = nextOf(1);
    let harmless = 0;
    for (let i = 0; i < 3 * ROUNDS; i++) {
      const chip = chipByName.get(pick(next, RECORDED_CHIPS)) ?? assert.fail();
      const used = s.input.records.get(chip.name)?.nRows ?? 0;
      const rows = s.trace.get(chip.name)?.[0]?.length ?? 0;
      const row = next(10) === 0 ? next(rows) : next(used);
      const column = pick(next, chip.columns).name;
      const by = next(2) === 0 ? 1 + next(P - 1) : pick(next, DELTAS);
      const forged = new Forgery(s).add(chip.name, row, { [column]: by });
      // A tier counts lookups from the forged cells; an attacker may as well keep the honest counts.
      if (next(4) !== 0) forged.recount();
      if (forged.findings().length > 0) continue;
      assert.ok(
        sameEffect(chip.name, row, { ...s, trace: forged.trace }),
        `${chip.name} row ${row}: ${column} + ${by}`,
      );
      harmless++;
    }
    assert.ok(harmless < ROUNDS, `${harmless} cases were harmless`);
  });

  it(`a record word: ${ROUNDS} cases`, () => {
    const next = nextOf(2);
    for (let i = 0; i < ROUNDS; i++) {
      const rows = rowsOf(s);
      const chip = pick(next, RECORDED_CHIPS);
      const row = next(rows[chip]?.length ?? 0);
      const words = rows[chip]?.[row] as number[];
      const at = next(words.length);
      const old = words[at] as number;
      words[at] = (next(2) === 0 ? old ^ (1 << next(32)) : next(2 ** 32)) >>> 0;
      if (words[at] === old) continue;
      const forged = filled(rows);
      if (forged === undefined) continue;
      if (findings(forged).length > 0) continue;
      assert.ok(sameEffect(chip, row, forged), `${chip} row ${row}: word ${at} ${old} -> ${words[at]}`);
    }
  });

  it(`a row left out, doubled, or of another run: ${ROUNDS} cases`, () => {
    const next = nextOf(3);
    const other = rowsOf(
      segment('li s0, 3; add s1, s0, s0; sub s2, s1, s0; xor s3, s2, s1; lw s4, 0(x0); beqz s0, on; on:'),
    );
    for (let i = 0; i < ROUNDS; i++) {
      const rows = rowsOf(s);
      const chip = pick(
        next,
        RECORDED_CHIPS.filter((name) => name !== 'image'),
      );
      const list = rows[chip] as number[][];
      const row = next(list.length);
      const kind = next(3);
      const foreign = other[chip] ?? [];
      if (kind === 0) list.splice(row, 1);
      else if (kind === 1 || foreign.length === 0) list.push(list[row] as number[]);
      else list[row] = pick(next, foreign);
      const forged = filled(rows);
      if (forged) assert.notDeepEqual(findings(forged), [], `${chip} row ${row}, kind ${kind}`);
    }
  });

  it('the order of rows does not matter, the order of their clocks does', () => {
    const next = nextOf(4);
    for (const chip of RECORDED_CHIPS) {
      const rows = rowsOf(s);
      const list = rows[chip] as number[][];
      if (list.length < 2) continue;
      const [a, b] = [next(list.length - 1), list.length - 1];
      [list[a], list[b]] = [list[b] as number[], list[a] as number[]];
      assert.equal(findings(withRows(s, rows)).length === 0, chip !== 'image', chip);
      const clk = chipByName.get(chip)?.record.indexOf('clk') ?? -1;
      if (clk < 0) continue;
      const swapped = rowsOf(s);
      const [x, y] = [swapped[chip]?.[a] as number[], swapped[chip]?.[b] as number[]];
      if (x[clk] === y[clk]) continue;
      [x[clk], y[clk]] = [y[clk] as number, x[clk] as number];
      assert.notDeepEqual(findings(withRows(s, swapped)), [], chip);
    }
  });

  it(`a multiplicity: ${ROUNDS} cases`, () => {
    const next = nextOf(5);
    const tables = s.input.layout.active
      .map(({ chip }) => chip)
      .filter(({ columns }) => columns.some(({ witness }) => witness === null));
    for (let i = 0; i < ROUNDS; i++) {
      const chip = pick(next, tables);
      const { name } = pick(next, chip.columns);
      const rows = s.trace.get(chip.name)?.[0]?.length ?? 0;
      const by = next(2) === 0 ? pick(next, DELTAS) : 1 + next(P - 1);
      const forged = new Forgery(s).add(chip.name, next(rows), { [name]: by });
      assert.notDeepEqual(forged.findings(), [], `${chip.name}.${name} + ${by}`);
    }
  });

  it('a public value', () => {
    const { publicValues } = s;
    const refuses = (change: Partial<PublicValues>): void =>
      assert.notDeepEqual(findings(s, s.trace, { ...publicValues, ...change }), []);
    for (let bit = 0; bit < 32; bit++) refuses({ exitCode: (publicValues.exitCode ^ (1 << bit)) >>> 0 });
    for (const entry of [1, 2, s.tables.entry + 1]) if (entry !== publicValues.entry) refuses({ entry });
    for (let i = 0; i < 8; i++) {
      const digest = Array.from(publicValues.digest);
      digest[i] = ((digest[i] as number) ^ (1 << (3 * i))) >>> 0;
      refuses({ digest });
    }
    refuses({ digest: Array.from(publicValues.digest).reverse() });
  });
});

describe('proofs of forged witnesses', () => {
  const base = segment('li a2, 5; li a3, 7; add a4, a2, a3; sub a5, a3, a2; lw x0, 0(x0)');
  const codeOf = async (backend: Backend): Promise<string> => {
    const { proof } = await prove(base.tables, base.run, backend, { params: testing, tables: inOneTable });
    try {
      verify(proof, base.tables, { allowTesting: true });
      return 'accepted';
    } catch (error) {
      assert.ok(error instanceof WispError, String(error));
      return error.code;
    }
  };
  const cells = (edit: (f: Forgery) => Forgery): Backend =>
    cpuBackendWith(() => edit(new Forgery(base)).recount().trace);
  /** The reference tier with one of its answers changed. */
  const lying = (backend: Backend, lie: (session: ProverSession) => Partial<ProverSession>): Backend => ({
    ...backend,
    open: async (input, start) => {
      const session = await backend.open(input, start);
      return { ...session, ...lie(session) };
    },
  });
  const [A4, X] = [14, 13];

  it('a sum that is wrong everywhere: 5 + 7 = 13', async () => {
    const wrong = cells((f) => f.set('add', 0, { c_lo: X }).set('image', A4, { final_lo: X }));
    assert.equal(await codeOf(wrong), 'constraints_unsatisfied');
  });

  it('a value never written, and the claimed sum that would make up for it', async () => {
    const wrong = cells((f) => f.set('image', A4, { final_lo: X }));
    const balanced = lying(wrong, (session) => ({
      commitLogup: async (challenges: ChallengeSets) => {
        const { root, claimedSums } = await session.commitLogup(challenges);
        const missing = claimedSums.reduce(qAdd, boundarySum(boundaryTerms(base.publicValues), challenges.segment));
        assert.notDeepEqual([...missing], [0, 0, 0, 0]);
        return { root, claimedSums: claimedSums.with(5, qSub(claimedSums[5] as Qm31, missing)) };
      },
    }));
    assert.equal(await codeOf(balanced), 'constraints_unsatisfied');
  });

  it('a last polynomial that is not the folded word', async () => {
    const wrong = lying(cpuBackend, (session) => ({
      lastLayer: async (log: number) => {
        const coefficients = await session.lastLayer(log);
        return coefficients.map((q, i) => (i === 0 ? ([add(q[0], 1), q[1], q[2], q[3]] as const) : q));
      },
    }));
    assert.equal(await codeOf(wrong), 'fri_mismatch');
  });
});
