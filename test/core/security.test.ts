import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorBits, fraction, power, squareRoot } from '../../src/core/exact.ts';
import {
  checkParams,
  compact,
  decodeParams,
  encodeParams,
  friLayers,
  type ProofParams,
  presets,
  standard,
  testing,
} from '../../src/core/params.ts';
import { checkSecurity, grindSchedule, type ProofShape, provableBits, securityTerms } from '../../src/core/security.ts';
import { soundcalcReport } from '../../src/core/soundcalc.ts';

/** 2^20 rows, 1,200 columns, 150 fractions a row of width 8. */
const large: ProofShape = {
  maxLogN: 20,
  minLogN: 5,
  nColumns: 1200,
  nSamples: 1400,
  nConstraints: 600,
  logupTerms: 150 * 2 ** 20,
  tupleWidth: 8,
};

/** Bits of a term without its proof of work. */
function bare(params: ProofParams, shape: ProofShape, name: string): number {
  const term = securityTerms(params, shape).find((candidate) => candidate.name === name);
  assert.ok(term, name);
  return term.bits - term.grindBits;
}

function near(actual: number, expected: number, tolerance = 0.002): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

describe('exact logarithms', () => {
  it('are lower bounds, and exact for powers of two', () => {
    assert.equal(errorBits(fraction(1, 2n ** 100n)), 100);
    assert.equal(errorBits(fraction(1)), 0);
    assert.equal(errorBits(fraction(3, 2)), 0);
    for (const [num, den] of [
      [1, 3],
      [2, 3],
      [999_999, 1_000_000],
      [1, 2 ** 31 - 1],
    ] as const) {
      const bits = errorBits(fraction(num, den));
      const truth = Math.log2(den / num);
      assert.ok(bits <= truth + 1e-12 && truth - bits < 2 ** -19, `${num}/${den}: ${bits} for ${truth}`);
    }
    near(errorBits(power(fraction(3, 4), 193)), 193 * Math.log2(4 / 3), 2e-6);
  });

  it('bound square roots from both sides', () => {
    for (const value of [fraction(1, 2), fraction(1, 16), fraction(3, 7), fraction(2), fraction(1, 2n ** 40n)]) {
      const { lower, upper } = squareRoot(value);
      assert.ok(lower.num ** 2n * value.den <= value.num * lower.den ** 2n);
      assert.ok(upper.num ** 2n * value.den > value.num * upper.den ** 2n);
      assert.equal(upper.num - lower.num, 1n);
    }
  });
});

describe('terms against figures computed by hand', () => {
  it('OpenVM app: rate 1/2, 193 queries, 20 bits of work: 100 bits in unique decoding', () => {
    // 193 * log2(4/3) = 193 * 0.4150375 = 80.1022
    near(bare(standard, { ...large, maxLogN: 23 }, 'query'), 80.1022);
    near(securityTerms(standard, { ...large, maxLogN: 23 }).find((t) => t.name === 'query')?.bits ?? 0, 100.1022);
  });

  it('OpenVM internal: rate 1/4, 118 queries, 20 bits of work: 100 bits in unique decoding', () => {
    // 118 * log2(8/5) = 118 * 0.6780719 = 80.0125
    near(bare(compact, { ...large, maxLogN: 21 }, 'query'), 80.0125);
  });

  it('2^20 rows, 1,200 columns at rate 1/2', () => {
    // log2|F| = 124; batching: radius * n = 2^19
    near(bare(standard, large, 'deep batching'), 105);
    // folds: of 2, radius * n = 2^18 and up: 106 ...; of 8, 7 * 2^16
    near(bare({ ...standard, foldLog: 1 }, large, 'fold 0'), 106);
    near(bare({ ...standard, foldLog: 1 }, large, 'fold 9'), 115, 0.003);
    near(bare(standard, large, 'fold 0'), 124 - 16 - Math.log2(7));
    // DEEP: 3 (k + 1) + k - 1 = 2^22
    near(bare(standard, large, 'oods'), 102);
    // LogUp: 2^20 * 150 * 8 / |F|
    near(bare(standard, large, 'logup'), 124 - 20 - Math.log2(1200));
    assert.equal(Math.floor(bare(standard, large, 'logup')), 93);
    // ALI: 2^11 constraints give 113
    near(bare(standard, { ...large, nConstraints: 2048 }, 'composition'), 113);
  });

  it('rate 1/16, Johnson with m = 3, 2^18 rows of one height, 45 queries', () => {
    const jbr: ProofParams = { ...standard, logBlowup: 4, regime: 'jbr', jbrM: 3, nQueries: 45, foldLog: 1 };
    const shape = { ...large, maxLogN: 18, minLogN: 18, logupTerms: 150 * 2 ** 18 };
    // radius = 1 - 1/4 - 1/24 = 17/24; 45 * log2(24/7) = 79.9924
    near(bare(jbr, shape, 'query'), 79.9924);
    // (2 * 3.5^5 + 3 * 3.5 * 17/24 / 16) / (3 / 64) = 22419.25 a point, 2^22 points
    near(bare(jbr, shape, 'deep batching'), 124 - 22 - Math.log2(22419.25));
    near(bare(jbr, shape, 'fold 0'), 124 - 21 - Math.log2(22419.25));
    // 3.5 / (1/4) = 14 decodings
    near(bare(jbr, shape, 'oods'), 124 - 20 - Math.log2(14));
    near(bare(jbr, shape, 'composition'), 124 - Math.log2(600 * 14));
    const { deep, fri, query } = grindSchedule(jbr, shape);
    assert.equal(deep, 13); // 87.55
    assert.equal(fri[0], 12); // 88.55
    assert.equal(query, 21); // 79.99 misses 80 by a hair
  });

  it('Johnson counts for nothing where shorter columns are lifted', () => {
    const jbr: ProofParams = { ...standard, logBlowup: 4, regime: 'jbr', jbrM: 3, nQueries: 45 };
    // 45 queries at (1 + 1/16) / 2
    near(bare(jbr, { ...large, maxLogN: 18 }, 'query'), 45 * Math.log2(32 / 17));
    assert.equal(checkSecurity(jbr, { ...large, maxLogN: 18 })?.code, 'InsufficientSecurity');
  });
});

describe('presets', () => {
  it('standard and compact reach 100 bits from 2^6 rows to the largest domain', () => {
    for (const params of [standard, compact]) {
      for (let maxLogN = 6; maxLogN <= 22; maxLogN++) {
        const shape = { ...large, maxLogN, logupTerms: 150 * 2 ** maxLogN, tupleWidth: 24 };
        const bits = provableBits(params, shape);
        assert.ok(bits >= 100, `${params.name} at 2^${maxLogN}: ${bits}`);
        assert.equal(checkSecurity(params, shape), undefined);
      }
    }
  });

  it('fold down to the last polynomial', () => {
    for (const params of Object.values(presets)) {
      for (let maxLogN = 1; maxLogN <= 24; maxLogN++) {
        const { foldLogs, lastLog } = friLayers(params, maxLogN);
        assert.ok(foldLogs.length >= 1);
        assert.equal(foldLogs.reduce((a, b) => a + b) + lastLog, maxLogN);
        assert.ok(foldLogs.every((log) => log >= 1 && log <= params.foldLog));
        assert.equal(lastLog, Math.min(params.lastLayerLog, maxLogN - 1));
      }
    }
  });

  it('are stated in the input format of the outside calculator', () => {
    // What ethereum/soundcalc (commit 809896f) reports for this text is 100 (logup), 114 (ALI), 101 (DEEP), 104
    // (batching), 105 108 111 114 (folds), 100 (queries); it rounds down.
    const text = soundcalcReport(standard, large);
    for (const line of [
      'rho = 0.5',
      'trace_length = 1048576',
      'num_queries = 193',
      'fri_folding_factors = [8, 8, 8, 8]',
      'fri_early_stop_degree = 512',
      'explicit_regime = "unique"',
      'grinding_bits_lookup = 7',
      'rows_L = 157286400',
    ]) {
      assert.ok(text.includes(`\n${line}\n`), line);
    }
  });
});

describe('work', () => {
  it('is the least that reaches the target, draw by draw', () => {
    for (const params of [standard, compact]) {
      for (const term of securityTerms(params, large)) {
        assert.ok(term.bits >= 100, term.name);
        const least = term.name === 'query' ? params.queryGrindBits : 0;
        if (term.grindBits > least) assert.ok(term.bits - 1 < 100, term.name);
      }
    }
    assert.equal(grindSchedule(standard, large).logup, 7);
    assert.equal(grindSchedule(standard, { ...large, tupleWidth: 24 }).logup, 8);
  });

  it('is capped, and a term beyond the cap shows it', () => {
    const few = { ...standard, nQueries: 100 };
    assert.equal(grindSchedule(few, large).query, 28);
    near(provableBits(few, large), 100 * Math.log2(4 / 3) + 28);
    const error = checkSecurity(few, large);
    assert.ok(error?.code === 'InsufficientSecurity' && error.term === 'query' && error.expected === 100);
  });
});

describe('monotonicity', () => {
  const bitsOf = (params: ProofParams, shape: ProofShape, name: string): number => bare(params, shape, name);

  it('more queries, more blow-up, a larger domain', () => {
    for (let nQueries = 1; nQueries < 250; nQueries += 31) {
      const fewer = bitsOf({ ...standard, nQueries }, large, 'query');
      assert.ok(bitsOf({ ...standard, nQueries: nQueries + 1 }, large, 'query') > fewer);
    }
    for (let logBlowup = 1; logBlowup < 5; logBlowup++) {
      const [low, high] = [
        { ...standard, logBlowup },
        { ...standard, logBlowup: logBlowup + 1 },
      ];
      assert.ok(bitsOf(high, large, 'query') > bitsOf(low, large, 'query'));
      assert.ok(bitsOf(high, large, 'deep batching') < bitsOf(low, large, 'deep batching'));
    }
    for (let maxLogN = 6; maxLogN < 24; maxLogN++) {
      const [small, big] = [
        { ...large, maxLogN },
        { ...large, maxLogN: maxLogN + 1 },
      ];
      for (const name of ['oods', 'deep batching']) {
        assert.ok(bitsOf(standard, big, name) < bitsOf(standard, small, name), name);
      }
      // The extra dimensions of the circle weigh less on a larger domain.
      assert.ok(bitsOf(standard, big, 'query') >= bitsOf(standard, small, 'query'));
      assert.ok(bitsOf(standard, big, 'query') < 193 * Math.log2(4 / 3));
    }
  });

  it('more constraints, fractions, wider tuples weaken their own terms', () => {
    const more: readonly [keyof ProofShape, string][] = [
      ['nConstraints', 'composition'],
      ['logupTerms', 'logup'],
      ['tupleWidth', 'logup'],
    ];
    for (const [field, name] of more) {
      const doubled = { ...large, [field]: large[field] * 2 };
      near(bitsOf(standard, large, name) - bitsOf(standard, doubled, name), 1, 1e-4);
    }
  });
});

describe('encoding', () => {
  it('round-trips', () => {
    for (const params of Object.values(presets)) {
      assert.deepEqual(decodeParams(encodeParams(params)), { ok: true, params });
      assert.deepEqual(decodeParams(Uint32Array.from(encodeParams(params))), { ok: true, params });
    }
  });

  it('every parameter changes the encoding', () => {
    const changed: Readonly<Record<keyof ProofParams, Partial<ProofParams>>> = {
      name: { name: 'compact' },
      logBlowup: { logBlowup: 3 },
      regime: { regime: 'jbr', jbrM: 3 },
      jbrM: { jbrM: 1 },
      nQueries: { nQueries: 194 },
      queryGrindBits: { queryGrindBits: 21 },
      foldLog: { foldLog: 4 },
      lastLayerLog: { lastLayerLog: 7 },
      targetBits: { targetBits: 101 },
    };
    const seen = new Set([encodeParams(standard).join()]);
    for (const change of Object.values(changed)) seen.add(encodeParams({ ...standard, ...change }).join());
    assert.equal(seen.size, 1 + Object.keys(changed).length);
  });

  it('every parameter but the name changes the terms', () => {
    const changes: readonly Partial<ProofParams>[] = [
      { logBlowup: 2 },
      { regime: 'jbr', jbrM: 3 },
      { nQueries: 194 },
      { queryGrindBits: 21 },
      { foldLog: 4 },
      { lastLayerLog: 4 },
      { targetBits: 101 },
    ];
    const uniform = { ...large, minLogN: large.maxLogN };
    const seen = new Set([JSON.stringify(securityTerms(standard, uniform))]);
    for (const change of changes) seen.add(JSON.stringify(securityTerms({ ...standard, ...change }, uniform)));
    seen.add(JSON.stringify(securityTerms({ ...standard, regime: 'jbr', jbrM: 4 }, uniform)));
    assert.equal(seen.size, changes.length + 2);
  });

  it('refuses any word out of range with a typed error', () => {
    const good = encodeParams(standard);
    const hostile = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32 - 1, 5000];
    for (let i = 0; i < good.length; i++) {
      for (const value of hostile) {
        const result = decodeParams(good.with(i, value));
        assert.ok(!result.ok && result.error.code === 'InvalidParams', `word ${i} = ${value}`);
      }
    }
    for (const words of [[], good.slice(1), [...good, 0]]) {
      const result = decodeParams(words);
      assert.ok(!result.ok && result.error.field === 'length');
    }
    assert.equal(checkParams({ ...standard, jbrM: 3 })?.field, 'jbrM');
    assert.equal(checkParams({ ...standard, regime: 'jbr' })?.field, 'jbrM');
    assert.equal(checkParams({ ...standard, logBlowup: 0 })?.field, 'logBlowup');
  });
});

describe('checkSecurity', () => {
  it('refuses testing parameters unless asked for by name', () => {
    assert.deepEqual(checkSecurity(testing, large), { code: 'TestingParams' });
    assert.deepEqual(checkSecurity(testing, large, { minSecurityBits: 0 }), { code: 'TestingParams' });
    assert.equal(checkSecurity(testing, large, { allowTesting: true }), undefined);
  });

  it('does not believe a name', () => {
    const posing = { ...testing, name: 'standard' as const };
    assert.equal(checkSecurity(posing, large)?.code, 'InsufficientSecurity');
    assert.equal(checkSecurity(posing, large, { allowTesting: true })?.code, 'InsufficientSecurity');
  });

  it('refuses less than its caller asks for', () => {
    assert.equal(
      checkSecurity({ ...standard, nQueries: 192, queryGrindBits: 20, targetBits: 80 }, large)?.code,
      'InsufficientSecurity',
    );
    assert.equal(checkSecurity(standard, large, { minSecurityBits: 101 })?.code, 'InsufficientSecurity');
    assert.equal(checkSecurity({ ...standard, targetBits: 90 }, large)?.code, 'InsufficientSecurity');
    assert.equal(checkSecurity({ ...standard, targetBits: 90 }, large, { minSecurityBits: 90 }), undefined);
    // Nothing beats the hash.
    assert.equal(checkSecurity(standard, large, { minSecurityBits: 129 })?.code, 'InsufficientSecurity');
    assert.equal(checkSecurity(standard, large, { minSecurityBits: Number.NaN })?.code, 'InsufficientSecurity');
  });

  it('never throws, whatever the sizes', () => {
    const values = [-1, 0, 1, 29, 30, 2 ** 31, 2 ** 53, 1.5, Number.NaN, Number.POSITIVE_INFINITY];
    for (const field of Object.keys(large) as (keyof ProofShape)[]) {
      for (const value of values) checkSecurity(standard, { ...large, [field]: value });
    }
    for (let maxLogN = 1; maxLogN < 6; maxLogN++) {
      const shape = { ...large, maxLogN, minLogN: 0 };
      assert.equal(checkSecurity(standard, shape)?.code, 'InsufficientSecurity');
    }
    assert.equal(checkSecurity(standard, { ...large, maxLogN: 30 })?.code, 'InvalidShape');
    assert.equal(checkSecurity(standard, { ...large, minLogN: 21 })?.code, 'InvalidShape');
  });
});
