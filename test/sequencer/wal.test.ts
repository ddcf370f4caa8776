import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openWal } from '../../src/sequencer/storage/wal.ts';

const root = mkdtempSync(join(tmpdir(), 'wisp-wal-'));
after(() => rmSync(root, { recursive: true, force: true }));

const payload = (i: number): Uint8Array => new Uint8Array(100 + 7 * i).fill(i);
const lengths = (folder: string, from = 0): number[] => [...openWal(folder).records(from)].map((p) => p.length);

async function filled(name: string, count: number, fileBytes?: number): Promise<string> {
  const folder = join(root, name);
  const wal = openWal(folder, fileBytes);
  await Promise.all(Array.from({ length: count }, (_, i) => wal.append(payload(i))));
  await wal.close();
  return folder;
}
const lastFile = (folder: string): string => join(folder, readdirSync(folder).sort().at(-1) as string);
const expected = (count: number, from = 0): number[] =>
  Array.from({ length: count - from }, (_, i) => payload(from + i).length);

describe('the write-ahead log', () => {
  it('gives back what was appended, over several files', async () => {
    const folder = await filled('files', 20, 500);
    assert.ok(readdirSync(folder).length > 3);
    assert.deepEqual(lengths(folder), expected(20));
    assert.deepEqual(lengths(folder, 13), expected(20, 13));
    const wal = openWal(folder, 500);
    assert.equal(wal.length, 20);
    await wal.append(payload(20));
    assert.deepEqual(
      [...wal.records()].map((p) => p.length),
      expected(21),
    );
    await wal.close();
  });

  it('cuts off a torn last record, wherever it is torn', async () => {
    const folder = await filled('torn', 4);
    const file = lastFile(folder);
    const whole = readFileSync(file);
    const last = 16 + payload(3).length;
    for (let cut = 1; cut <= last; cut += cut === 1 ? 1 : 13) {
      writeFileSync(file, whole);
      truncateSync(file, whole.length - cut);
      assert.deepEqual(lengths(folder), expected(3), `${cut} bytes less`);
      const wal = openWal(folder);
      await wal.append(payload(3));
      await wal.close();
      assert.deepEqual(readFileSync(file), whole);
    }
    for (const garbage of [new Uint8Array(1), new Uint8Array(5000), new Uint8Array(300).fill(255)]) {
      appendFileSync(file, garbage);
      assert.equal(openWal(folder).tornBytes, garbage.length);
    }
    const changed = new Uint8Array(whole);
    changed[whole.length - 1] = (changed[whole.length - 1] as number) ^ 1;
    writeFileSync(file, changed);
    assert.deepEqual(lengths(folder), expected(3));
  });

  it('refuses damage anywhere else', async () => {
    const folder = await filled('damaged', 12, 600);
    const files = readdirSync(folder).sort();
    for (const name of files) {
      const file = join(folder, name);
      const whole = readFileSync(file);
      for (const at of [0, 5, 9, 20]) {
        const changed = new Uint8Array(whole);
        changed[at] = (changed[at] as number) ^ 4;
        writeFileSync(file, changed);
        const isLastRecord = name === files.at(-1) && 16 + payload(11).length === whole.length;
        if (!isLastRecord) assert.throws(() => openWal(folder), { code: 'wal_damaged' }, `${name} at ${at}`);
      }
      writeFileSync(file, whole);
    }
    rmSync(join(folder, files[1] as string));
    assert.throws(() => openWal(folder), { code: 'wal_damaged' });
  });

  it('fails and stays failed where the disk does', async () => {
    const wal = openWal(join(root, 'closed'));
    await wal.append(payload(0));
    await wal.close();
    await assert.rejects(wal.append(payload(1)), { code: 'stopping' });
    assert.deepEqual(lengths(join(root, 'closed')), expected(1));
  });
});
