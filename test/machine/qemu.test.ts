import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blake3 } from '@noble/hashes/blake3.js';
import { buildProgram, execute, loadElf } from '../../src/machine/index.ts';
import { frame, type QemuVector } from './qemu_harness.ts';

const vectors = (name: string): readonly QemuVector[] =>
  JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), 'utf8')) as QemuVector[];

/** The dump area after a run. */
function dumpOf({ code, dumpBytes }: QemuVector): Buffer {
  const program = buildProgram(loadElf(frame(Buffer.from(code, 'base64'), dumpBytes, 'wisp')));
  const options = { checkJournal: false, records: false, maxCycles: 2 ** 24 };
  return Buffer.from(execute(program, new Uint8Array(0), options).journal);
}

for (const vector of vectors('matrix')) {
  test(`all pairs of edge operands, as QEMU: ${vector.name}`, () => {
    const dump = dumpOf(vector);
    assert.equal(dump.length, vector.dumpBytes);
    assert.equal(Buffer.from(blake3(dump)).toString('hex'), vector.dumpDigest);
  });
}

test('random programs end as under QEMU', () => {
  for (const vector of vectors('random')) {
    const dump = dumpOf(vector);
    for (let r = 1; r < 32; r++) {
      const expected = vector.regs!.slice(8 * (r - 1), 8 * r);
      assert.equal(
        dump
          .readUInt32LE(4 * (r - 1))
          .toString(16)
          .padStart(8, '0'),
        expected,
        `${vector.name} x${r}`,
      );
    }
    assert.equal(Buffer.from(blake3(dump)).toString('hex'), vector.dumpDigest, vector.name);
  }
});
