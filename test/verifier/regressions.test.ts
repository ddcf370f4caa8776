// Holes that an audit found, each closed and kept as a test.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { segmentInput } from '../../prover/segment.ts';
import { airDigest } from '../../src/air/inventory.ts';
import { isConsistentKey, verifyingKey } from '../../src/air/key.ts';
import { extensionPointFromParameter, isProperExtension, previousPoint } from '../../src/core/circle.ts';
import { qInv } from '../../src/core/field.ts';
import { SENTINEL_ADDRESS } from '../../src/core/isa.ts';
import { testing } from '../../src/core/params.ts';
import { buildProgram, loadElf } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { assemble, haltingProgram } from '../machine/asm.ts';

const tables = programTables(buildProgram(loadElf(assemble(haltingProgram('')))));

test('an out-of-domain point with a coordinate in CM31 is never used', () => {
  const proper = extensionPointFromParameter([5, 6, 7, 8], qInv);
  assert.ok(isProperExtension(proper));
  assert.ok(isProperExtension(previousPoint(proper, 10)));
  // t in CM31 puts the point over CM31; t = i gives (0, 0), the point that 1/(1 + t^2) has no value for.
  for (const t of [
    [5, 6, 0, 0],
    [3, 0, 0, 0],
    [0, 1, 0, 0],
  ] as const) {
    assert.ok(!isProperExtension(extensionPointFromParameter(t, qInv)), `t = ${t}`);
  }
  assert.ok(
    !isProperExtension([
      [1, 2, 3, 4],
      [5, 6, 0, 0],
    ]),
  );
});

test('a key whose fields are not those of its digest is inconsistent', () => {
  const key = verifyingKey(tables, 1);
  assert.ok(isConsistentKey(key));
  const changed = (root: Uint32Array): Uint32Array => root.map((w, i) => (i === 3 ? w ^ 1 : w));
  assert.ok(!isConsistentKey({ ...key, programRoot: changed(key.programRoot) }));
  assert.ok(!isConsistentKey({ ...key, tablesRoot: changed(key.tablesRoot) }));
  assert.ok(!isConsistentKey({ ...key, entry: key.entry + 1 }));
  assert.ok(!isConsistentKey({ ...key, logBlowup: 2 }));
  assert.ok(!isConsistentKey({ ...key, digest: changed(key.digest) }));
});

test('the sentinel of the address chain is no memory cell', () => {
  const [address, , , chained, present] = tables.image as readonly Uint32Array[];
  const row = address?.indexOf(SENTINEL_ADDRESS) ?? -1;
  assert.ok(row > 0);
  assert.equal(chained?.[row], 1);
  assert.equal(present?.[row], 0);
  assert.equal(present?.[row - 1], 1);
});

test('the digest of the AIR does not depend on the order in which chips are loaded', () => {
  const script = (first: string): string =>
    `await import('./src/air/chips/${first}.ts');` +
    `const { airDigest } = await import('./src/air/inventory.ts'); console.log([...airDigest()].join());`;
  for (const first of ['shift', 'memory', 'host']) {
    const printed = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script(first)], {
      encoding: 'utf8',
      cwd: new URL('../..', import.meta.url),
    });
    assert.equal(printed.trim(), [...airDigest()].join());
  }
});

test('a run whose clock leaves the range of the refresh chip is refused before it is proven', () => {
  const run = { exitCode: 0, journal: new Uint8Array(0), records: {}, finalClk: 2 ** 26 };
  assert.throws(() => segmentInput(tables, run, testing), { code: 'too_long' });
});
