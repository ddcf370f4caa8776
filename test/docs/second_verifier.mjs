// A second verifier, written from docs/ alone: it imports nothing of this package and reads the hash keys, constants,
// relations and chips out of the documents. It checks the documents more than the proof: no security policy, no typed
// errors, no bounds. Usage: node second_verifier.mjs <proof> <key.json>; exits 0 and prints the public values if it accepts.
import { readFileSync } from 'node:fs';

const docs = (name) => readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');
const [PROTOCOL, MACHINE, CHIPS] = ['protocol', 'machine', 'chips'].map(docs);
const check = (condition, what) => {
  if (!condition) throw new Error(`refused: ${what}`);
};
const range = (n) => Array.from({ length: n }, (_, i) => i);
const sorted = (list) => [...new Set(list)].sort((a, b) => a - b);

// protocol.md 1: M31 in numbers, F in four of them.
const P = 2 ** 31 - 1;
const m = (a) => ((a % P) + P) % P;
const mul = (a, b) => Number((BigInt(a) * BigInt(b)) % BigInt(P));
const power = (a, e) => {
  let [r, b] = [1, a];
  for (let k = BigInt(e); k > 0n; k >>= 1n) {
    if (k & 1n) r = mul(r, b);
    b = mul(b, b);
  }
  return r;
};
const inv = (a) => power(a, P - 2);
const f = (a) => (Array.isArray(a) ? a : [m(a), 0, 0, 0]);
const fAdd = (a, b) => f(a).map((v, i) => m(v + f(b)[i]));
const fSub = (a, b) => f(a).map((v, i) => m(v - f(b)[i]));
const fMul = (x, y) => {
  const [[a0, a1, a2, a3], [b0, b1, b2, b3]] = [f(x), f(y)];
  const re = mul(a2, b2) - mul(a3, b3);
  const im = mul(a2, b3) + mul(a3, b2);
  return [
    m(mul(a0, b0) - mul(a1, b1) + 2 * re - im),
    m(mul(a0, b1) + mul(a1, b0) + 2 * im + re),
    m(mul(a0, b2) - mul(a1, b3) + mul(a2, b0) - mul(a3, b1)),
    m(mul(a0, b3) + mul(a1, b2) + mul(a2, b1) + mul(a3, b0)),
  ];
};
const conj = ([a, b, c, d]) => [a, b, m(-c), m(-d)];
const fInv = (a) => {
  // a conj(a) is in CM31: divide by its norm there.
  const [x, y] = fMul(a, conj(a));
  const d = inv(m(mul(x, x) + mul(y, y)));
  return fMul(conj(a), [mul(x, d), m(-mul(y, d)), 0, 0]);
};
const fEq = (a, b) => f(a).every((v, i) => v === f(b)[i]);

// 2: the circle.
const circleMul = (a, b, times = mul) => [
  fAdd(times(a[0], b[0]), fSub(0, times(a[1], b[1]))),
  fAdd(times(a[0], b[1]), times(a[1], b[0])),
];
const pointAt = (k) => {
  let [r, b] = [
    [1, 0],
    [2, 1268011823],
  ];
  const times = ([x, y], [z, w]) => [m(mul(x, z) - mul(y, w)), m(mul(x, w) + mul(y, z))];
  for (let e = k; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) r = times(r, b);
    b = times(b, b);
  }
  return r;
};
const reversed = (i, bits) => range(bits).reduce((r, k) => r * 2 + (Math.floor(i / 2 ** k) % 2), 0);
const storagePoint = (s, n) => {
  const [j, size] = [reversed(s, n), 2 ** n];
  const c = j < size / 2 ? 2 * j : size - 1 - 2 * (j - size / 2);
  return pointAt(((2 * c + 1) * 2 ** (30 - n)) % 2 ** 31);
};
const doubled = (x, times) => range(times).reduce((v) => m(2 * mul(v, v) - 1), x);

// 4: BLAKE3's compression, chained.
const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const ORDER = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
// biome-ignore format: columns, then diagonals
const LANES = [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15], [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]];
const compress = (cv, block, bytes, flags) => {
  const v = [...cv, ...IV.slice(0, 4), 0, 0, bytes, flags];
  let w = block;
  const rotate = (x, n) => (x >>> n) | (x << (32 - n));
  for (let round = 0; round < 7; round++) {
    LANES.forEach(([a, b, c, d], i) => {
      for (const [word, left, right] of [
        [w[2 * i], 16, 12],
        [w[2 * i + 1], 8, 7],
      ]) {
        v[a] = (v[a] + v[b] + word) | 0;
        v[d] = rotate(v[d] ^ v[a], left);
        v[c] = (v[c] + v[d]) | 0;
        v[b] = rotate(v[b] ^ v[c], right);
      }
    });
    w = ORDER.map((i) => w[i]);
  }
  return range(8).map((i) => (v[i] ^ v[i + 8]) >>> 0);
};
const hash = (key, words) => {
  const blocks = Math.max(1, Math.ceil(words.length / 16));
  return range(blocks).reduce((cv, k) => {
    const own = words.slice(16 * k, 16 * k + 16);
    const flags = 16 + (k === 0 ? 1 : 0) + (k === blocks - 1 ? 10 : 0);
    return compress(cv, [...own, ...range(16 - own.length).fill(0)], 4 * own.length, flags);
  }, key);
};
const fromHex = (hex) => range(8).map((i) => Buffer.from(hex, 'hex').readUInt32LE(4 * i));
const KEYS = Object.fromEntries(
  [...PROTOCOL.matchAll(/`wisp\/1\/(\w+)` \| `(\w{64})`/g)].map(([, name, hex]) => [name, fromHex(hex)]),
);
const constantOf = (name) => fromHex(new RegExp(`${name} \\| \`(\\w{64})\``).exec(PROTOCOL)[1]);

// chips.md: columns, constraints and fractions as text, and a parser for + - * ( ).
const TAGS = Object.fromEntries([...MACHINE.matchAll(/^\| (\d+) \| `(\w+)` \| \d+ \|/gm)].map(([, t, n]) => [n, +t]));
const evaluate = (text, column) => {
  const tokens = text.match(/\w+|[-+*()]/g);
  let at = 0;
  const atom = () => {
    const token = tokens[at++];
    if (token === '(') {
      const value = sum();
      at++;
      return value;
    }
    return /^\d/.test(token) ? f(+token) : column(token);
  };
  const product = () => {
    let value = atom();
    while (tokens[at] === '*') {
      at++;
      value = fMul(value, atom());
    }
    return value;
  };
  const sum = () => {
    let value = tokens[at] === '-' ? f(0) : product();
    while (tokens[at] === '+' || tokens[at] === '-') value = (tokens[at++] === '+' ? fAdd : fSub)(value, product());
    return value;
  };
  return sum();
};
const chips = [];
for (const text of CHIPS.split(/^## /m).slice(1)) {
  const name = /^\d+\. (\w+)/.exec(text)[1];
  const original = /^A second table of `(\w+)`/m.exec(text)?.[1];
  if (original !== undefined) {
    chips.push({ ...chips.find((c) => c.name === original), name });
    continue;
  }
  const fixed = /^Given columns \(tree `(\w+)`\): (.*)$/m.exec(text);
  const [, body] = /```text\n([\s\S]*?)```/.exec(text);
  const fractions = [...body.matchAll(/^(?:S\d+| {2}) {2}([+-]) (.*?) \/ (\w+)\((.*)\)$/gm)];
  chips.push({
    name,
    reads: /^Reads the given columns of `(\w+)`$/m.exec(text)?.[1],
    tree: fixed?.[1],
    fixed: fixed?.[2].split(', ') ?? [],
    columns: /^Trace columns: (.*)$/m.exec(text)[1].split(', '),
    constraints: [...body.matchAll(/^ {2}(\S.*) = 0$/gm)].map(([, e]) => e),
    fractions: fractions.map(([, sign, top, name, tuple]) => ({ sign, top, name, tuple: tuple.split(', ') })),
    pairs: Math.ceil(fractions.length / 2),
  });
}

// proof_format.md
const bytes = readFileSync(process.argv[2]);
const words = range(bytes.length / 4).map((i) => bytes.readUInt32LE(4 * i));
let at = 0;
const take = (n) => {
  at += n;
  return words.slice(at - n, at);
};
const one = () => take(1)[0];
const list = (each) => range(one()).map(each);
const element = () => take(4);
check(one() === 0x50534957 && one() === 2, 'magic and version');
const params = take(9);
const [, b, , , nQueries, queryGrind, foldLog, lastLayerLog, target] = params;
const heights = list(() => one() - 1);
const exitCode = one();
const journalLength = one();
const journalWords = take(Math.ceil(journalLength / 4));
const roots = range(3).map(() => take(8));
const claimed = list(element);
const samples = list(element);
const friRoots = list(() => take(8));
const last = list(element);
const nonces = list(() => take(2));
const opening = () => ({ values: take(one()), siblings: list(() => take(8)) });
const treeOpenings = list(opening);
const friOpenings = list(opening);
check(at === words.length, 'length');

// protocol.md 6: layout.
const TREES = ['tables', 'program', 'trace', 'logup', 'composition'];
const trees = Object.fromEntries(TREES.map((name) => [name, []]));
const present = [];
const shifted = [];
let nConstraints = 0;
let terms = 4;
chips.forEach((chip, i) => {
  const n = heights[i];
  if (n < 0) return;
  const owner = chip.reads === undefined ? chip : chips.find(({ name }) => name === chip.reads);
  if (owner === chip) {
    chip.firstFixed = trees[chip.tree]?.length;
    for (const _ of chip.fixed) trees[chip.tree].push(n);
  } else {
    [chip.fixed, chip.tree] = [owner.fixed, owner.tree];
    check(heights[chips.indexOf(owner)] === n, 'height of a chip that reads a table');
  }
  if (chip.pairs === 0) return;
  check(chip.tree !== 'boundary' && chip.name !== 'image_once', 'chips of segments');
  const first = { fixed: owner.firstFixed, trace: trees.trace.length, logup: trees.logup.length };
  present.push({ chip, n, first, firstConstraint: nConstraints });
  for (const _ of chip.columns) trees.trace.push(n);
  for (const _ of range(4 * chip.pairs)) trees.logup.push(n);
  shifted.push(...range(4).map((k) => trees.logup.length - 4 + k));
  nConstraints += chip.constraints.length + chip.pairs;
  terms += chip.fractions.length * 2 ** n;
});
const M = Math.max(...present.map(({ n }) => n));
trees.composition = range(8).fill(M);
const offset = {};
let nColumns = 0;
for (const name of TREES) {
  offset[name] = nColumns;
  nColumns += trees[name].length;
}
check(samples.length === nColumns + shifted.length && claimed.length === present.length, 'counts');

// 11, 14: layers and work.
const L = Math.max(0, Math.min(lastLayerLog, M - 1));
const folds = [];
for (let left = M - L; left > 0; left -= foldLog) folds.push(Math.min(left, foldLog));
const FIELD = BigInt(P) ** 4n;
const [N, D] = [1n << BigInt(M), 1n << BigInt(M + b)];
const bits = (num, den) => {
  if (num >= den) return 0;
  const x = (den << 128n) / num;
  const whole = x.toString(2).length - 129;
  let mantissa = x >> BigInt(whole);
  let fractional = 0;
  for (let i = 0; i < 20; i++) {
    mantissa = (mantissa * mantissa) >> 128n;
    const carry = mantissa >> 129n;
    mantissa >>= carry;
    fractional = 2 * fractional + Number(carry);
  }
  return whole + fractional / 2 ** 20;
};
const grind = (num, den, least = 0) => Math.min(28, Math.max(least, Math.ceil(target - bits(num, den)), 0));
// radius = (D - N - 3) / 2D, so line(n) = ((D - N - 3) n + 2D) / (2D |F|).
const line = (n) => (D - N - 3n) * n + 2n * D;
let folded = 0n;
const work = [
  grind(BigInt(terms) * 19n, FIELD),
  grind(BigInt(nConstraints), FIELD),
  grind(3n * (N + 4n) + N + 2n, FIELD - N - D - 2n),
  grind(line(D) + 2n * D, 2n * D * FIELD),
  ...folds.map((a) => {
    folded += BigInt(a);
    return grind((2n ** BigInt(a) - 1n) * line(D >> folded), 2n * D * FIELD);
  }),
  grind((D + N + 3n) ** BigInt(nQueries), (2n * D) ** BigInt(nQueries), queryGrind),
];
check(nonces.length === work.length && friRoots.length === folds.length && last.length === 2 ** L, 'counts of FRI');

// 12: transcript.
let state = range(8).fill(0);
let counter = 0;
let nextWork = 0;
const mix = (label, message) => {
  state = hash(KEYS.transcript, [...state, label, message.length, ...message]);
  counter = 0;
};
const drawWords = () => hash(KEYS.draw, [...state, counter++]);
const draw = (count) => {
  const out = [];
  while (out.length < 4 * count) {
    for (const word of drawWords()) if ((word & P) !== P && out.length < 4 * count) out.push(word & P);
  }
  return range(count).map((i) => out.slice(4 * i, 4 * i + 4));
};
const checkWork = () => {
  const nonce = nonces[nextWork];
  const g = work[nextWork++];
  check(g > 0 || nonce.every((w) => w === 0), 'nonce');
  check((hash(KEYS.grind, [...state, ...nonce])[0] & (2 ** g - 1)) === 0, `work ${nextWork - 1}`);
  mix(8, nonce);
};

// 13, steps 0 and 1.
const key = JSON.parse(readFileSync(process.argv[3], 'utf8'));
check(`${constantOf(`shared tables, b = ${b}`)}` === `${key.tablesRoot}`, 'tables root');
const keyDigest = hash(KEYS.program, [
  b,
  key.entry,
  key.logProgram,
  key.logImage,
  ...key.tablesRoot,
  ...key.programRoot,
]);
check(journalLength <= 64, 'this verifier hashes journals of one block only');
const digest = compress(IV, [...journalWords, ...range(16 - journalWords.length).fill(0)], journalLength, 11);
const statement = [2, 0, 9, ...params, ...constantOf('digest of the AIR'), ...keyDigest, 9, exitCode, ...digest];
mix(1, [...statement, heights.length, ...heights.map((n) => n + 1)]);
// 2
mix(2, roots[0]);
checkWork();
const [z, alpha] = draw(2);
const fingerprint = (name, tuple) => {
  let [d, alphas] = [fSub(z, TAGS[name]), alpha];
  for (const v of tuple) {
    d = fSub(d, fMul(alphas, v));
    alphas = fMul(alphas, alpha);
  }
  return d;
};
// 3
mix(3, [...roots[1], ...claimed.flat()]);
const limbs = (v) => [v & 0xffff, v >>> 16];
const ends = [
  [1, 'state', [key.entry, 4]],
  [1, 'chain', [0]],
  [-1, 'chain', [2 ** 30 - 2 ** 14 + 1]],
  [-1, 'output', [exitCode, ...digest].flatMap(limbs)],
].map(([sign, name, tuple]) => fMul(fInv(fingerprint(name, tuple)), sign));
check(fEq([...claimed, ...ends].reduce(fAdd), 0), 'balance of the relations');
checkWork();
const coefficients = draw(nConstraints);
// 4
mix(4, roots[2]);
checkWork();
const [gx, gy] = pointAt(2 ** (31 - M));
const isProper = (point) => point.every((c) => c[2] !== 0 || c[3] !== 0);
let [O, before] = [[], []];
do {
  const [t] = draw(1);
  const scale = fInv(fAdd(fMul(t, t), 1));
  O = [fMul(fSub(1, fMul(t, t)), scale), fMul(fAdd(t, t), scale)];
  before = circleMul(O, [gx, m(-gy)], fMul);
} while (!isProper(O) || !isProper(before));
// 5
mix(5, samples.flat());
const recombined = (v) =>
  [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ].reduce((s, unit, i) => fAdd(s, fMul(v[i], unit)), f(0));
const secureAt = (name, index) => recombined(range(4).map((i) => samples[offset[name] + index + i]));
let H = f(0);
present.forEach(({ chip, n, first, firstConstraint }, i) => {
  const values = new Map([
    ...chip.fixed.map((name, k) => [name, samples[offset[chip.tree] + first.fixed + k]]),
    ...chip.columns.map((name, k) => [name, samples[offset.trace + first.trace + k]]),
  ]);
  const of = (text) => evaluate(text, (name) => values.get(name));
  let c = firstConstraint;
  for (const constraint of chip.constraints) H = fAdd(H, fMul(coefficients[c++], of(constraint)));
  const fractions = chip.fractions.map(({ sign, top, name, tuple }) => ({
    numerator: fMul(of(top), sign === '+' ? 1 : -1),
    denominator: fingerprint(name, tuple.map(of)),
  }));
  const secure = range(chip.pairs).map((k) => secureAt('logup', first.logup + 4 * k));
  const lastColumn = shifted.indexOf(first.logup + 4 * (chip.pairs - 1));
  const previous = recombined(samples.slice(nColumns + lastColumn, nColumns + lastColumn + 4));
  for (let k = 0; k < chip.pairs; k++) {
    const [p, q] = [fractions[2 * k], fractions[2 * k + 1] ?? { numerator: f(0), denominator: f(1) }];
    const top = fAdd(fMul(p.numerator, q.denominator), fMul(q.numerator, p.denominator));
    let step = fSub(secure[k], secure[k - 1] ?? 0);
    if (k === chip.pairs - 1) step = fAdd(fSub(step, previous), fMul(claimed[i], inv(2 ** n)));
    H = fAdd(H, fMul(coefficients[c++], fSub(fMul(step, fMul(p.denominator, q.denominator)), top)));
  }
});
const Z = range(M - 1).reduce((x) => fSub(fMul(fMul(x, x), 2), 1), O[0]);
const quotient = fAdd(secureAt('composition', 0), fMul(Z, secureAt('composition', 4)));
check(fEq(H, fMul(quotient, Z)), 'constraints at the out-of-domain point');
checkWork();
const gammas = draw(samples.length);
// 6 to 8
const challenges = friRoots.map((root) => {
  mix(6, root);
  checkWork();
  return draw(1)[0];
});
mix(7, last.flat());
checkWork();
const logDomain = M + b;
const drawn = [];
while (drawn.length < nQueries) drawn.push(...drawWords().map((word) => word & (2 ** logDomain - 1)));
const positions = sorted(drawn.slice(0, nQueries));
const toCommit = (s) => (s & 1) * 2 ** (logDomain - 1) + (s >> 1);

// 5, 9: openings.
const checkMerkle = (root, log, leaves, siblings, inner) => {
  let layer = new Map(leaves.map(([q, row]) => [q, hash(KEYS.leaf, row)]));
  let used = 0;
  for (let h = log - 1; h >= 0; h--) {
    const next = new Map();
    for (const q of sorted(layer.keys())) {
      if (next.has(q >> 1)) continue;
      const other = layer.get(q ^ 1) ?? siblings[used++];
      const children = q % 2 === 0 ? [layer.get(q), other] : [other, layer.get(q)];
      next.set(q >> 1, hash(KEYS.node, [...children.flat(), ...inner(h, q >> 1)]));
    }
    layer = next;
  }
  check(used === siblings.length && `${layer.get(0)}` === `${root}`, 'Merkle opening');
};
const committed = sorted(positions.map(toCommit));
const opened = TREES.map((name, i) => {
  const { values, siblings } = treeOpenings[i];
  const rows = new Map();
  let from = 0;
  for (const n of sorted(trees[name]).reverse()) {
    const width = trees[name].filter((h) => h === n).length;
    for (const q of sorted(committed.map((c) => c >> (M - n)))) {
      rows.set(`${n + b} ${q}`, values.slice(from, from + width));
      from += width;
    }
  }
  check(from === values.length, 'opened values');
  const tallest = Math.max(...trees[name]);
  const leaves = sorted(committed.map((c) => c >> (M - tallest))).map((q) => [q, rows.get(`${tallest + b} ${q}`)]);
  const root = [key.tablesRoot, key.programRoot, ...roots][i];
  checkMerkle(root, tallest + b, leaves, siblings, (h, q) => rows.get(`${h} ${q}`) ?? []);
  const slot = trees[name].map((n, k) => trees[name].slice(0, k).filter((h) => h === n).length);
  return (k, c) => rows.get(`${trees[name][k] + b} ${c >> (M - trees[name][k])}`)[slot[k]];
});

// 10: DEEP.
const lineOf = ([, y], values, weights) => {
  const inverse = fInv(fSub(conj(y), y));
  let [A, B] = [f(0), f(0)];
  values.forEach((v, k) => {
    const a = fMul(fSub(conj(v), v), inverse);
    A = fAdd(A, fMul(weights[k], a));
    B = fAdd(B, fMul(weights[k], fSub(v, fMul(a, y))));
  });
  return { A, B };
};
const parts = [
  { point: O, ...lineOf(O, samples.slice(0, nColumns), gammas) },
  { point: before, ...lineOf(before, samples.slice(nColumns), gammas.slice(nColumns)) },
];
const firstWord = (s) => {
  const [x, y] = storagePoint(s, logDomain);
  const c = toCommit(s);
  const columns = TREES.flatMap((name, i) => trees[name].map((_, k) => opened[i](k, c)));
  const rows = [columns, shifted.map((k) => opened[3](k, c))];
  let k = 0;
  return parts.reduce((word, { point: [X, Y], A, B }, i) => {
    const sum = rows[i].reduce((acc, v) => fAdd(acc, fMul(gammas[k++], v)), f(0));
    const [re, im] = [(v) => [v[0], v[1], 0, 0], (v) => [v[2], v[3], 0, 0]];
    const L1 = fSub(fMul(fSub(x, re(X)), im(Y)), fMul(fSub(y, re(Y)), im(X)));
    return fAdd(word, fMul(fSub(sum, fAdd(fMul(A, y), B)), fInv(L1)));
  }, f(0));
};

// 11: folds.
let current = new Map(positions.map((s) => [s, firstWord(s)]));
let done = 0;
folds.forEach((a, layer) => {
  const { values, siblings } = friOpenings[layer];
  const cosets = sorted([...current.keys()].map((s) => s >> a));
  check(values.length === cosets.length * 4 * 2 ** a, 'opened FRI values');
  const rows = new Map(cosets.map((q, i) => [q, values.slice(4 * 2 ** a * i, 4 * 2 ** a * (i + 1))]));
  checkMerkle(friRoots[layer], logDomain - done - a, [...rows], siblings, () => []);
  for (const [s, value] of current) {
    const entry = s % 2 ** a;
    check(fEq(rows.get(s >> a).slice(4 * entry, 4 * entry + 4), value), `FRI layer ${layer}`);
  }
  current = new Map(
    cosets.map((q) => {
      let word = range(2 ** a).map((i) => rows.get(q).slice(4 * i, 4 * i + 4));
      let [beta, first] = [challenges[layer], q * 2 ** a];
      for (let i = done; word.length > 1; i++) {
        first /= 2;
        word = range(word.length / 2).map((h) => {
          const [x, y] = storagePoint((first + h) * 2 ** (i + 1), logDomain);
          const twiddle = i === 0 ? y : doubled(x, i - 1);
          const [u, v] = [word[2 * h], word[2 * h + 1]];
          return fAdd(fAdd(u, v), fMul(beta, fMul(fSub(u, v), inv(twiddle))));
        });
        beta = fMul(beta, beta);
      }
      return [q, word[0]];
    }),
  );
  done += a;
});
for (const [q, value] of current) {
  let T = doubled(storagePoint(q * 2 ** done, logDomain)[0], done - 1);
  let basis = [1];
  for (let j = 0; j < L; j++) {
    const factor = T;
    basis = [...basis, ...basis.map((v) => mul(v, factor))];
    T = doubled(T, 1);
  }
  check(
    fEq(
      last.reduce((sum, c, k) => fAdd(sum, fMul(c, basis[k])), f(0)),
      value,
    ),
    'last polynomial',
  );
}
const journal = Buffer.from(Uint32Array.from(journalWords).buffer).subarray(0, journalLength);
console.log(JSON.stringify({ exitCode, journal: journal.toString('hex'), work }));
