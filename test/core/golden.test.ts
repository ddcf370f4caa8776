// What must not change by accident: the digest of the AIR, the roots of the shared tables, the transcript.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { airDigest, CHIPS } from '../../src/air/inventory.ts';
import { rootOfColumns, sharedTables } from '../../src/air/key.ts';
import { RELATIONS } from '../../src/air/relations.ts';
import { TABLES_ROOTS } from '../../src/air/table_roots.ts';
import { Channel } from '../../src/core/channel.ts';
import type { Qm31 } from '../../src/core/field.ts';
import { standard } from '../../src/core/params.ts';
import type { GrindSchedule } from '../../src/core/security.ts';
import { type Statement, Transcript } from '../../src/core/transcript.ts';

const hex = (words: ArrayLike<number>): string => Array.from(words, (w) => w.toString(16).padStart(8, '0')).join('');
const GRINDS: GrindSchedule = { logup: 0, composition: 0, oods: 0, deep: 0, fri: [0], query: 0 };
const root = (seed: number): Uint32Array => Uint32Array.from({ length: 8 }, (_, i) => seed + i);
const STATEMENT: Statement = {
  kind: 'whole',
  params: standard,
  airDigest: root(1),
  keyDigest: root(2),
  publicValues: [0, ...root(3)],
  logRows: [4, -1, 16],
};
const SUMS: Qm31[] = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
];

/** Every message of the protocol, then the state. */
const run = (statement: Statement, edit: (step: string) => boolean = () => false): string => {
  const t = new Transcript(statement, GRINDS);
  const seed = (step: string, n: number): Uint32Array => root(edit(step) ? n + 1 : n);
  t.trace(seed('trace', 10));
  assert.ok(t.work(0, [0, 0]));
  const [z, alpha] = t.drawLogup();
  t.logup(seed('logup', 20), edit('sums') ? SUMS.toReversed() : SUMS);
  t.composition(seed('composition', 30));
  t.samples(edit('samples') ? [z] : [z, alpha]);
  t.friLayer(seed('fri', 40));
  const fold = t.drawFold();
  t.lastLayer(edit('last') ? [] : [fold]);
  return `${hex(t.state)} ${t.drawQueries(4, 20).join()}`;
};

describe('golden', () => {
  it('the digest of the AIR', () => {
    assert.equal(hex(airDigest()), '6708ad5b9a19b5ac71b1bc9ea983bc5e35fd20499d3cfea634d8032a7bb95448');
  });

  it('the root of the shared tables', () => {
    assert.deepEqual([...rootOfColumns(sharedTables(), 1)], TABLES_ROOTS[1]);
    if (process.env.WISP_LONG === '1') assert.deepEqual([...rootOfColumns(sharedTables(), 2)], TABLES_ROOTS[2]);
  });

  it('the transcript', () => {
    assert.equal(
      run(STATEMENT),
      '09525ecbf6eeb0df364e638690c2e0df7e92673c1490ce47c3b34fd17f924b44 941576,325859,318826,985096',
    );
  });
});

describe('transcript', () => {
  it('depends on every message and every part of the statement', () => {
    const runs = [
      run(STATEMENT),
      ...['trace', 'logup', 'sums', 'composition', 'samples', 'fri', 'last'].map((step) =>
        run(STATEMENT, (s) => s === step),
      ),
      ...(
        [
          { params: { ...standard, nQueries: 194 } },
          { airDigest: root(7) },
          { keyDigest: root(7) },
          { publicValues: [1, ...root(3)] },
          { publicValues: [0, ...root(4)] },
          { logRows: [4, 16, -1] },
          { logRows: [4, -1, 17] },
          { logRows: [4, -1, 16, -1] },
        ] satisfies Partial<Statement>[]
      ).map((change) => run({ ...STATEMENT, ...change })),
    ];
    assert.equal(new Set(runs).size, runs.length);
  });

  it('messages do not run together: label and length count', () => {
    const states = (
      [
        [[1, [1, 2, 3]]],
        [[2, [1, 2, 3]]],
        [
          [1, [1, 2]],
          [1, [3]],
        ],
        [
          [1, [1]],
          [1, [2, 3]],
        ],
        [[1, [1, 2, 3, 0]]],
      ] as const
    ).map((messages) => {
      const channel = new Channel();
      for (const [label, words] of messages) channel.mix(label, words);
      return hex(channel.state);
    });
    assert.equal(new Set(states).size, states.length);
  });

  it('draws differ from each other and come afresh after a message', () => {
    const channel = new Channel();
    channel.mix(1, [1]);
    const drawn = [...channel.drawExtension(3), ...channel.drawExtension(3)].map((q) => q.join());
    channel.mix(1, [1]);
    drawn.push(...channel.drawExtension(3).map((q) => q.join()));
    assert.equal(new Set(drawn).size, 9);
    assert.ok(channel.drawIndices(100, 5).every((i) => i >= 0 && i < 32));
  });

  it('work: none asked for is none given; a nonce shows its bits', () => {
    const t = new Transcript(STATEMENT, GRINDS);
    assert.ok(!new Transcript(STATEMENT, GRINDS).work(0, [1, 0]));
    assert.ok(!new Transcript(STATEMENT, GRINDS).work(0, [0, 1]));
    const works = (n: number): boolean => new Transcript(STATEMENT, GRINDS).work(6, [n, 0]);
    const found = Array.from({ length: 2000 }, (_, n) => n).filter(works);
    assert.ok(found.length > 5 && found.length < 100, `${found.length}`);
    assert.ok(t.work(6, [found[0] as number, 0]));
  });
});

describe('inventory', () => {
  it('relations have tags of their own, and every one is used', () => {
    assert.equal(new Set(RELATIONS.map((r) => r.tag)).size, RELATIONS.length);
    const used = new Set(CHIPS.flatMap((c) => c.fractions.map((f) => f.relation)));
    assert.deepEqual(
      RELATIONS.filter((r) => !used.has(r)),
      [],
    );
  });

  it('tables are of the size of their multiplicities, and distinct rows but for padding', () => {
    for (const chip of CHIPS) {
      const values = chip.tableValues?.();
      if (!values) continue;
      assert.ok(values.every((c) => c.length === values[0]?.length));
      assert.equal(values.length, chip.fixedColumns.length);
    }
  });
});
