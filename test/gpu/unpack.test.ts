import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { tarFiles, unpackCached } from '../../prover/gpu/unpack.ts';

/** A member of a tar archive: a header block and the padded data. */
function member(name: string, data: string, mode = '0000755', type = '0'): Uint8Array {
  const block = new Uint8Array(512 + Math.ceil(data.length / 512) * 512);
  const put = (at: number, text: string): void => block.set(Buffer.from(text, 'latin1'), at);
  put(0, name);
  put(100, mode);
  put(124, data.length.toString(8).padStart(11, '0'));
  put(156, type);
  put(512, data);
  return block;
}

describe('unpacking', () => {
  it('reads the files of an archive', () => {
    const tar = Buffer.concat([
      member('lib/', '', '0000755', '5'),
      member('lib/a', 'x'.repeat(600)),
      member('b', '', '0000644'),
      new Uint8Array(1024),
    ]);
    const read = [...tarFiles(tar)].map(({ name, mode, data }) => [name, mode, data.length]);
    assert.deepEqual(read, [
      ['lib/a', 0o755, 600],
      ['b', 0o644, 0],
    ]);
  });

  it('refuses names that leave the folder', () => {
    assert.throws(() => [...tarFiles(member('../evil', 'x'))], /leaves the folder/);
    assert.throws(() => [...tarFiles(member('/etc/evil', 'x'))], /leaves the folder/);
    assert.throws(() => [...tarFiles(member('lib/../../evil', 'x'))], /leaves the folder/);
  });

  it('fills the cache once, and again when files are missing', async () => {
    const source = mkdtempSync(join(tmpdir(), 'wisp-test-'));
    const archive = join(source, 'test.tar.br');
    const key = `test-${process.pid}`;
    writeFileSync(archive, brotliCompressSync(Buffer.concat([member('lib/a', 'hello'), member('b', 'more')])));
    const open = () => unpackCached(key, ['lib/a', 'b'], [{ archive }]);
    const [folder, again] = await Promise.all([open(), open()]);
    try {
      assert.equal(folder, again);
      assert.equal(readFileSync(join(folder, 'lib/a'), 'utf8'), 'hello');
      assert.equal(statSync(join(folder, 'b')).mode & 0o777, 0o755);
      rmSync(join(folder, 'b'));
      assert.equal(await open(), folder);
      assert.equal(readFileSync(join(folder, 'b'), 'utf8'), 'more');
    } finally {
      rmSync(folder, { recursive: true, force: true });
      rmSync(source, { recursive: true, force: true });
    }
  });
});
