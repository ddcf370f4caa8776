// Bundles: the header is bound field by field, proofs to their place, and no bytes do anything but verify or be refused.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHIPS } from '../../src/air/inventory.ts';
import { buildLayout } from '../../src/air/layout.ts';
import {
  type Bundle,
  bundleHeaderBytes,
  decodeBundleHeader,
  encodeBundleHeader,
  MAX_SEGMENTS,
} from '../../src/core/bundle.ts';
import { add, neg, P, type Qm31, qAdd } from '../../src/core/field.ts';
import { bytesToWords, wordsToBytes } from '../../src/core/hash.ts';
import { MAX_PROGRAM_LENGTH, SENTINEL_ADDRESS } from '../../src/core/isa.ts';
import { PARAMS_WORDS, type ProofParams } from '../../src/core/params.ts';
import { decodeSegmentProof, encodeProof, encodeSegmentProof, InvalidProofShape } from '../../src/core/proof.ts';
import { SEGMENT_HEADER_WORDS, type SegmentHeader } from '../../src/core/transcript.ts';
import { checkBalance, checkRun, verifySegment } from '../../src/verifier/bundle.ts';
import { VerificationError } from '../../src/verifier/errors.ts';
import { verify, verifyProof } from '../../src/verifier/verify.ts';
import { assembleBundle, bundle, bytes, headerBytes, proofs, TESTING, verifyBytes } from './bundle_fixture.ts';
import { key, program, proof as whole } from './fixture.ts';

type Header = Omit<Bundle, 'proofBytes'>;

const isRefusal = (error: unknown): error is InvalidProofShape | VerificationError =>
  error instanceof InvalidProofShape || error instanceof VerificationError;

/** The code of a refusal; any other error is a failure of the test. */
const codeOf = async (run: () => unknown): Promise<string> => {
  try {
    await run();
  } catch (error) {
    if (isRefusal(error)) return error.code;
    throw error;
  }
  return 'accepted';
};
const refuses = async (change: Partial<Header>, code: string): Promise<void> =>
  assert.equal(await codeOf(() => verifyBytes(assembleBundle({ ...bundle, ...change }, proofs))), code);
const withSegment = (index: number, change: Partial<SegmentHeader>): Partial<Header> => ({
  segments: bundle.segments.map((s, i) => (i === index ? { ...s, ...change } : s)),
});
const run = checkRun(bundle, key, TESTING);
const N = bundle.segments.length;

describe('the fixture', () => {
  it('verifies, segment by segment', async () => {
    const done: number[] = [];
    const { exitCode, journal, params, segments } = await verifyBytes(bytes);
    assert.deepEqual([exitCode, [...journal], params.name, segments], [0, [0x6d, 0x1a, 0, 0], 'testing', 5]);
    const checked = proofs.map((p, i) => {
      done.push(i);
      return verifySegment(run, i, p, TESTING);
    });
    checkBalance(run, checked);
    assert.equal(done.length, N);
  });

  it('has three segments that run and two that only hold first tuples', () => {
    assert.deepEqual(
      bundle.segments.map(({ exit, logBoundary, logFirst }) => [exit === null, logBoundary >= 0, logFirst >= 0]),
      [
        [false, true, false],
        [false, true, false],
        [true, true, true],
        [true, false, true],
        [true, false, true],
      ],
    );
  });

  it('is refused unless testing parameters are asked for', async () => {
    for (const policy of [{}, { minSecurityBits: 0 }, { allowTesting: false }])
      assert.equal(await codeOf(() => verifyBytes(bytes, policy)), 'weak_parameters');
  });
});

describe('header fields', () => {
  for (const [field, value, code] of [
    ['name', 'standard', 'bad_shape'],
    ['nQueries', 9, 'bad_shape'],
    ['nQueries', 193, 'bad_shape'],
    ['queryGrindBits', 0, 'bad_shape'],
    ['foldLog', 3, 'bad_shape'],
    ['lastLayerLog', 3, 'bad_shape'],
    ['targetBits', 0, 'bad_shape'],
    ['logBlowup', 2, 'bad_shape'],
    ['logBlowup', 3, 'bad_shape'],
    ['logBlowup', 5, 'bad_shape'],
  ] as const) {
    it(`parameter ${field} ${value}: ${code}`, () =>
      refuses({ params: { ...bundle.params, [field]: value } as ProofParams }, code));
  }

  it('the Johnson regime, which segments are not analysed under', () =>
    refuses({ params: { ...bundle.params, regime: 'jbr', jbrM: 3 } }, 'weak_parameters'));

  it('a name that promises more security than the work before the run shows', async () => {
    const params = { ...bundle.params, name: 'standard' } as const;
    assert.equal(await codeOf(() => checkRun({ ...bundle, params }, key, { minSecurityBits: 120 })), 'weak_parameters');
    const sized = { ...params, targetBits: 120 };
    assert.equal(await codeOf(() => checkRun({ ...bundle, params: sized }, key)), 'insufficient_work');
  });

  it('exit code and journal', async () => {
    await refuses({ exitCode: 1 }, 'relations_unbalanced');
    await refuses({ exitCode: 2 ** 31 }, 'relations_unbalanced');
    await refuses({ journal: Uint8Array.of(0x6e, 0x1a, 0, 0) }, 'relations_unbalanced');
    await refuses({ journal: new Uint8Array(0) }, 'relations_unbalanced');
    await refuses({ journal: Uint8Array.of(...bundle.journal, 0) }, 'relations_unbalanced');
  });

  it('end of the chain of first tuples', async () => {
    for (const by of [-1, 1]) await refuses({ chainEnd: bundle.chainEnd + by }, 'relations_unbalanced');
    await refuses({ chainEnd: 0 }, 'relations_unbalanced');
    await refuses({ chainEnd: SENTINEL_ADDRESS }, 'relations_unbalanced');
    await refuses({ chainEnd: SENTINEL_ADDRESS + 1 }, 'bad_shape');
    await refuses({ chainEnd: P - 1 }, 'bad_shape');
    await refuses({ chainEnd: P }, 'proof_not_canonical');
  });

  it('the nonce', async () => {
    await refuses({ nonce: [1, 0] }, 'insufficient_work');
    await refuses({ nonce: [0, 1] }, 'insufficient_work');
  });

  it('a segment’s root, in any word', async () => {
    for (let i = 0; i < N; i++)
      for (const word of [0, 7]) {
        const root = (bundle.segments[i] as SegmentHeader).root.map((w, k) => (k === word ? (w ^ 1) >>> 0 : w));
        await refuses(withSegment(i, { root }), 'relations_unbalanced');
      }
  });

  it('heights of the tables that the run’s relations read', async () => {
    for (const [i, s] of bundle.segments.entries()) {
      // The first segment's own heights differ at once; those of others show in its transcript.
      const code = i === 0 ? 'bad_heights' : 'relations_unbalanced';
      for (const by of [-1, 1]) {
        if (s.logBoundary >= 0) {
          const boundaryRows = Math.min(s.boundaryRows, 2 ** (s.logBoundary + by));
          await refuses(withSegment(i, { logBoundary: s.logBoundary + by, boundaryRows }), code);
        }
        if (s.logFirst >= 0) await refuses(withSegment(i, { logFirst: s.logFirst + by }), code);
      }
      await refuses(withSegment(i, { logBoundary: -1, boundaryRows: 0 }), s.logBoundary < 0 ? 'accepted' : code);
      await refuses(withSegment(i, { logFirst: s.logFirst < 0 ? 4 : -1 }), code);
    }
    for (const log of [0, 3, 23, 31, 64, P - 2]) {
      await refuses(withSegment(1, { logBoundary: log }), 'bad_heights');
      await refuses(withSegment(1, { logFirst: log }), 'bad_heights');
    }
  });

  it('more rows in all than multiplicities below p allow', async () => {
    const segments = Array.from({ length: 100 }, (_, i) => ({
      ...(bundle.segments[i === 0 ? 0 : N - 1] as SegmentHeader),
      exit: i === 99 ? null : 1,
      logFirst: 22,
    }));
    assert.equal(await codeOf(() => checkRun({ ...bundle, segments }, key, TESTING)), 'bad_heights');
  });

  it('rows of the boundary table in use', async () => {
    for (const [i, s] of bundle.segments.entries()) {
      if (s.logBoundary >= 0)
        for (const by of [-1, 1])
          await refuses(withSegment(i, { boundaryRows: s.boundaryRows + by }), 'relations_unbalanced');
      await refuses(withSegment(i, { boundaryRows: 2 ** Math.max(s.logBoundary, 0) + 1 }), 'bad_shape');
    }
    await refuses(withSegment(N - 1, { boundaryRows: 1 }), 'bad_shape');
  });

  it('where a segment ends, and when', async () => {
    const [first, second] = bundle.segments as [SegmentHeader, SegmentHeader];
    for (const exit of [0, key.entry, (first.exit as number) + 1, MAX_PROGRAM_LENGTH - 1])
      await refuses(withSegment(0, { exit }), 'relations_unbalanced');
    await refuses(withSegment(0, { exit: MAX_PROGRAM_LENGTH }), 'proof_length');
    for (const exitClk of [0, 4, first.exitClk - 4, first.exitClk + 4, P - 1])
      await refuses(withSegment(0, { exitClk }), 'relations_unbalanced');
    await refuses(withSegment(0, { exitClk: first.exitClk + P }), 'proof_not_canonical');
    await refuses(withSegment(0, { exit: second.exit, exitClk: second.exitClk }), 'relations_unbalanced');
  });

  it('halting: in the end, once, and for good', async () => {
    // A halt in the middle: what follows would go on.
    await refuses(withSegment(0, { exit: null, exitClk: 0 }), 'bad_shape');
    await refuses(withSegment(1, { exit: null, exitClk: 0 }), 'relations_unbalanced');
    await refuses(withSegment(1, { exit: null }), 'bad_shape');
    // No halt at all, or an execution after it.
    await refuses(withSegment(N - 1, { exit: 5, exitClk: 8 }), 'bad_shape');
    await refuses(withSegment(2, { exit: 5, exitClk: 8 }), 'relations_unbalanced');
    await refuses(withSegment(3, { exit: 5, exitClk: 8 }), 'bad_shape');
    for (const i of [2, 3, 4]) await refuses(withSegment(i, { exitClk: 4 }), 'bad_shape');
  });
});

describe('segments', () => {
  const arranged = (order: readonly number[], proofOrder: readonly number[] = order): Uint8Array =>
    assembleBundle(
      { ...bundle, segments: order.map((i) => bundle.segments[i] as SegmentHeader) },
      proofOrder.map((i) => proofs[i] as Uint8Array),
    );
  const all = [0, 1, 2, 3, 4];

  it('none, missing, repeated, in another order', async () => {
    assert.equal(await codeOf(() => verifyBytes(arranged([]))), 'bad_shape');
    for (const drop of all) {
      const rest = all.filter((i) => i !== drop);
      assert.notEqual(await codeOf(() => verifyBytes(arranged(rest))), 'accepted', `without ${drop}`);
      assert.notEqual(
        await codeOf(() => verifyBytes(arranged([...rest, drop].sort(), [...rest, rest[0] as number]))),
        'accepted',
      );
      const twice = all.flatMap((i) => (i === drop ? [i, i] : [i]));
      assert.notEqual(await codeOf(() => verifyBytes(arranged(twice))), 'accepted', `${drop} twice`);
    }
    for (const [a, b] of [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ] as const) {
      const swapped = all.map((i) => (i === a ? b : i === b ? a : i));
      assert.notEqual(await codeOf(() => verifyBytes(arranged(swapped))), 'accepted', `${a} and ${b} swapped`);
      const code = await codeOf(() => verifyBytes(arranged(all, swapped)));
      assert.match(code, /^(bad_heights|relations_unbalanced)$/, `proofs ${a} and ${b} swapped`);
    }
  });

  it('every proof at every other index', async () => {
    for (const i of all)
      for (const j of all) {
        const code = await codeOf(() => verifySegment(run, j, proofs[i] as Uint8Array, TESTING));
        if (i === j) assert.equal(code, 'accepted');
        else assert.match(code, /^(bad_heights|relations_unbalanced)$/, `proof ${i} as ${j}`);
      }
  });

  it('proofs of a run whose header says something else', async () => {
    // Each header is sound in itself: only the digest that the proofs name differs.
    for (const other of [
      { exitCode: 1 },
      { chainEnd: bundle.chainEnd + 1 },
      withSegment(1, { boundaryRows: 45 }),
      withSegment(4, { logFirst: 10 }),
    ]) {
      const foreign = checkRun({ ...bundle, ...other }, key, TESTING);
      for (const [i, p] of proofs.entries())
        assert.match(
          await codeOf(() => verifySegment(foreign, i, p, TESTING)),
          // Without public terms (first tuples alone) the sums vanish under any challenges; the constraints do not.
          /^(bad_heights|relations_unbalanced|constraints_unsatisfied)$/,
        );
    }
  });

  it('another program’s key', async () => {
    const forged = { ...key, entry: key.entry + 1 };
    assert.equal(await codeOf(() => checkRun(bundle, forged, TESTING)), 'wrong_program');
  });

  it('a proof of a whole run is no segment, and the other way round', async () => {
    for (const i of all) {
      const asSegment = encodeSegmentProof(whole);
      assert.equal(await codeOf(() => verifySegment(run, i, asSegment, TESTING)), 'bad_heights');
      const body = decodeSegmentProof(proofs[i] as Uint8Array);
      const { exitCode, journal } = bundle;
      assert.equal(await codeOf(() => verifyProof({ ...body, exitCode, journal }, key, TESTING)), 'bad_heights');
      assert.equal(await codeOf(() => verify(proofs[i] as Uint8Array, program, TESTING)), 'proof_magic');
    }
    assert.equal(await codeOf(() => verifySegment(run, 0, encodeProof(whole), TESTING)), 'proof_magic');
    assert.equal(await codeOf(() => verify(bytes, program, TESTING)), 'proof_magic');
    assert.equal(await codeOf(() => verifyBytes(encodeProof(whole))), 'proof_magic');
  });

  it('the image offered in a segment that is not the last', async () => {
    const at = CHIPS.findIndex((c) => c.name === 'image_once');
    const body = decodeSegmentProof(proofs[3] as Uint8Array);
    const logRows = body.logRows.with(at, key.logImage);
    const code = await codeOf(() => verifySegment(run, 3, encodeSegmentProof({ ...body, logRows }), TESTING));
    assert.equal(code, 'bad_heights');
  });

  it('first tuples without the chip that orders them, cells without the one that dates them', async () => {
    for (const name of ['first_chain', 'boundary_memory']) {
      const at = CHIPS.findIndex((c) => c.name === name);
      const body = decodeSegmentProof(proofs[2] as Uint8Array);
      for (const logN of [-1, 4, 22]) {
        const changed = encodeSegmentProof({ ...body, logRows: body.logRows.with(at, logN) });
        assert.equal(await codeOf(() => verifySegment(run, 2, changed, TESTING)), 'bad_heights', `${name} ${logN}`);
      }
    }
  });

  it('claimed sums moved between chips, within a segment', async () => {
    const body = decodeSegmentProof(proofs[2] as Uint8Array);
    const { active } = buildLayout(body.logRows);
    const ofRun = active.flatMap(({ chip }, i) => (chip.scope === 'run' ? [i] : []));
    const own = active.flatMap(({ chip }, i) => (chip.scope === 'segment' ? [i] : []));
    const moved = (from: number, to: number): Uint8Array => {
      const claimedSums = body.claimedSums.map((q, i): Qm31 => {
        const by = i === to ? 1 : i === from ? neg(1) : 0;
        return q.with(0, add(q[0], by)) as unknown as Qm31;
      });
      return encodeSegmentProof({ ...body, claimedSums });
    };
    const [a, b] = ofRun as [number, number];
    const [c, d] = own as [number, number];
    for (const [from, to, code] of [
      [a, b, 'constraints_unsatisfied'],
      [c, d, 'constraints_unsatisfied'],
      [a, c, 'relations_unbalanced'],
      [c, a, 'relations_unbalanced'],
    ] as const)
      assert.equal(await codeOf(() => verifySegment(run, 2, moved(from, to), TESTING)), code);
  });

  it('sums over the run that do not vanish, or are not of all segments', async () => {
    const checked = proofs.map((p, i) => verifySegment(run, i, p, TESTING));
    const one: Qm31 = [1, 0, 0, 0];
    for (const sums of [
      checked.map((c, i) => (i === 1 ? { ...c, runSum: qAdd(c.runSum, one) } : c)),
      checked.slice(1),
      [...checked, checked[0] as (typeof checked)[0]],
      [],
    ])
      assert.equal(await codeOf(() => checkBalance(run, sums)), 'relations_unbalanced');
    // The chain's end is the verifier's own term.
    const other = { ...run, bundle: { ...bundle, chainEnd: bundle.chainEnd + 1 } };
    assert.equal(await codeOf(() => checkBalance(other, checked)), 'relations_unbalanced');
  });
});

describe('bytes', () => {
  const words = bytesToWords(headerBytes);
  const HEADER_LENGTH = 2;
  const JOURNAL_LENGTH = 3 + PARAMS_WORDS + 1;
  const CHAIN_END = JOURNAL_LENGTH + 1 + Math.ceil(bundle.journal.length / 4);
  const COUNT = CHAIN_END + 1;
  const segmentAt = (i: number): number => COUNT + 1 + i * (SEGMENT_HEADER_WORDS + 1);
  const shapeCode = (data: Uint8Array): string => {
    try {
      decodeBundleHeader(data);
    } catch (error) {
      if (error instanceof InvalidProofShape) return error.code;
      throw error;
    }
    return 'decoded';
  };
  const withWord = (at: number, value: number): Uint8Array => wordsToBytes(words.with(at, value));

  it('the positions this test uses', () => {
    assert.deepEqual(
      [HEADER_LENGTH, JOURNAL_LENGTH, CHAIN_END, COUNT, segmentAt(N - 1) + SEGMENT_HEADER_WORDS].map((at) => words[at]),
      [headerBytes.length, bundle.journal.length, bundle.chainEnd, N, bundle.proofBytes[N - 1]],
    );
    assert.equal(segmentAt(N) + 2, words.length);
  });

  it('decoding is canonical', () => {
    assert.deepEqual(encodeBundleHeader(bundle), headerBytes);
    const next = random(5);
    for (let i = 0; i < 500; i++) {
      const changed = withWord(3 + next(words.length - 3), next(2) === 0 ? next(2 ** 32) : next(64));
      try {
        assert.deepEqual(encodeBundleHeader(decodeBundleHeader(changed)), changed);
      } catch (error) {
        if (!(error instanceof InvalidProofShape)) throw error;
      }
    }
    const padded = encodeBundleHeader({ ...bundle, journal: Uint8Array.of(1, 2, 3) });
    assert.equal(shapeCode(padded), 'decoded');
    padded[4 * (JOURNAL_LENGTH + 1) + 3] = 1;
    assert.equal(shapeCode(padded), 'proof_not_canonical');
  });

  it('truncated or continued headers', () => {
    for (let length = 0; length < headerBytes.length; length++)
      assert.equal(shapeCode(headerBytes.slice(0, length)), 'proof_truncated', `${length}`);
    // With a length of its own that agrees, what is missing or left over shows.
    for (let cut = 4; cut <= headerBytes.length - 12; cut += 4) {
      const shorter = wordsToBytes(words.slice(0, -cut / 4).with(HEADER_LENGTH, headerBytes.length - cut));
      assert.equal(shapeCode(shorter), 'proof_truncated', `-${cut}`);
    }
    const longer = wordsToBytes([...words.with(HEADER_LENGTH, headerBytes.length + 4), 0]);
    assert.equal(shapeCode(longer), 'proof_trailing');
    assert.equal(shapeCode(withWord(0, 0)), 'proof_magic');
    for (const version of [0, 1, 3]) assert.equal(shapeCode(withWord(1, version)), 'proof_version');
    for (let at = 3; at < 3 + PARAMS_WORDS; at++) assert.equal(shapeCode(withWord(at, 0xffffffff)), 'proof_params');
  });

  it('truncated or continued bundles, proofs cut at another place', async () => {
    for (const cut of [1, 4, 100, (proofs[N - 1] as Uint8Array).length, bytes.length - headerBytes.length])
      assert.equal(await codeOf(() => verifyBytes(bytes.slice(0, -cut))), 'proof_truncated');
    assert.equal(await codeOf(() => verifyBytes(new Uint8Array(Buffer.concat([bytes, bytes])))), 'proof_trailing');
    assert.equal(await codeOf(() => verifyBytes(Uint8Array.from([...bytes, 0]))), 'proof_trailing');
    for (const by of [-4, 4, -1, 1]) {
      const proofBytes = bundle.proofBytes.map((n, i) => (i === 0 ? n + by : i === 1 ? n - by : n));
      const front = encodeBundleHeader({ ...bundle, proofBytes });
      const code = await codeOf(() => verifyBytes(new Uint8Array(Buffer.concat([front, ...proofs]))));
      assert.equal(code, by === 4 ? 'proof_trailing' : 'proof_truncated', `${by}`);
    }
  });

  it('hostile lengths and counts allocate nothing', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const at of [HEADER_LENGTH, JOURNAL_LENGTH, COUNT, segmentAt(0) + SEGMENT_HEADER_WORDS])
      for (const value of [0xffffffff, 0x7fffffff, 2 ** 26 + 1])
        assert.match(shapeCode(withWord(at, value)), /^proof_(length|truncated)$/, `${at} ${value}`);
    for (const value of [MAX_SEGMENTS + 1, 2 ** 20]) assert.equal(shapeCode(withWord(COUNT, value)), 'proof_length');
    assert.equal(shapeCode(withWord(COUNT, MAX_SEGMENTS)), 'proof_truncated');
    for (const value of [0, 11, 2 ** 27, 0xffffffff])
      assert.equal(bundleHeaderBytes(withWord(HEADER_LENGTH, value)), 12);
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 24);
  });

  it('field elements that are not canonical', () => {
    for (const at of [CHAIN_END, segmentAt(0) + 8, segmentAt(1) + 9, segmentAt(2) + 10, segmentAt(0) + 12])
      for (const value of [P, 2 ** 31, 0xffffffff])
        assert.equal(shapeCode(withWord(at, value)), 'proof_not_canonical', `${at} ${value}`);
    assert.equal(shapeCode(withWord(segmentAt(0) + 11, MAX_PROGRAM_LENGTH + 1)), 'proof_length');
  });
});

/** Mulberry32. */
const random = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
};

describe('fuzzing', () => {
  const rounds = process.env.WISP_LONG === '1' ? 10_000 : 400;
  const flipped = (data: Uint8Array, next: (below: number) => number): Uint8Array => {
    const changed = data.slice();
    for (let k = next(3); k >= 0; k--) {
      const at = next(data.length);
      changed[at] = (changed[at] as number) ^ (1 << next(8));
    }
    return changed;
  };
  const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((v, i) => v === b[i]);

  it('bit flips in the header', async () => {
    const next = random(1);
    for (let i = 0; i < rounds; i++) {
      const front = flipped(headerBytes, next);
      if (isSame(front, headerBytes)) continue;
      const code = await codeOf(() => verifyBytes(new Uint8Array(Buffer.concat([front, ...proofs]))));
      assert.notEqual(code, 'accepted', `round ${i}`);
    }
  });

  it('bit flips in the proofs', async () => {
    const next = random(2);
    for (let i = 0; i < rounds; i++) {
      const index = next(N);
      const changed = flipped(proofs[index] as Uint8Array, next);
      if (isSame(changed, proofs[index] as Uint8Array)) continue;
      assert.notEqual(await codeOf(() => verifySegment(run, index, changed, TESTING)), 'accepted', `round ${i}`);
    }
  });

  it('bit flips anywhere, pieces moved, random bytes behind a valid head', async () => {
    const next = random(3);
    for (let i = 0; i < rounds / 4; i++) {
      const kind = next(3);
      const changed = kind === 0 ? flipped(bytes, next) : bytes.slice();
      if (kind === 1) changed.copyWithin(next(bytes.length), next(bytes.length), next(bytes.length));
      if (kind === 2) for (let k = next(2 * headerBytes.length); k < bytes.length; k++) changed[k] = next(256);
      if (isSame(changed, bytes)) continue;
      assert.notEqual(await codeOf(() => verifyBytes(changed)), 'accepted', `round ${i}`);
    }
  });
});
