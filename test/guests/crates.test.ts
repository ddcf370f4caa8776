// Usual crates by the chips, as a project on the guest library has them: built for the machine where there is a toolchain
// for it, run, and compared with other implementations.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { buildProgram, type Execution, execute, loadElf } from '../../src/machine/index.ts';

const GUESTS = fileURLToPath(new URL('../../guests', import.meta.url));
const TARGET = 'riscv32imac-unknown-none-elf';

const output = (command: string, ...args: readonly string[]): string =>
  spawnSync(command, args, { encoding: 'utf8' }).stdout?.trim() ?? '';
const libraries = join(output('rustc', '--print', 'sysroot'), 'lib', 'rustlib', TARGET);
const host = /^host: (.+)$/m.exec(output('rustc', '-vV'))?.[1];
const skip = output('cargo', '--version') !== '' && existsSync(libraries) ? false : `no cargo with ${TARGET} here`;

const folder = mkdtempSync(join(tmpdir(), 'wisp-crates-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const env = { ...process.env, CARGO_TARGET_DIR: join(folder, 'target'), CARGO_NET_OFFLINE: 'true' };

interface Project {
  readonly name: string;
  readonly dependencies: string;
  readonly main: string;
}

/** Builds a guest; undefined where a crate that it needs was never downloaded. */
const build = ({ name, dependencies, main }: Project): Uint8Array | undefined => {
  const path = join(folder, name);
  mkdirSync(join(path, 'src'), { recursive: true });
  const profile = '[profile.release]\nlto = true\ncodegen-units = 1\npanic = "abort"\n[workspace]\n';
  const wisp = `[dependencies]\nwisp = { path = ${JSON.stringify(join(GUESTS, 'sdk'))} }\n`;
  const head = `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n`;
  writeFileSync(join(path, 'Cargo.toml'), head + wisp + dependencies + profile);
  writeFileSync(join(path, 'src', 'main.rs'), `#![no_std]\n#![no_main]\nwisp::entry!(guest);\n${main}`);
  const rustflags = `-Clink-arg=-T${join(GUESTS, 'lib', 'wisp.ld')}`;
  const args = ['build', '--release', '--target', TARGET];
  const built = spawnSync('cargo', args, { cwd: path, env: { ...env, RUSTFLAGS: rustflags }, encoding: 'utf8' });
  if (/no matching package|failed to (download|load source|get)/.test(built.stderr)) return undefined;
  assert.equal(built.status, 0, built.stderr);
  return new Uint8Array(readFileSync(join(folder, 'target', TARGET, 'release', name)));
};

const run = (elf: Uint8Array, input: Uint8Array): Execution => execute(buildProgram(loadElf(elf)), input);

const sdk = (path: string): string => JSON.stringify(join(GUESTS, 'sdk', path));
const number = (bytes: Uint8Array): bigint => bytes.reduceRight((n, byte) => 256n * n + BigInt(byte), 0n);

describe('crates by the chips', { skip }, () => {
  for (const [path, passed, only] of [
    ['patches/blake3', 4],
    ['bigint', 3],
    ['precompiles', 4, 'dot'],
    ['precompiles', 5, 'secp256k1'],
    ['k256', 1],
  ] as const) {
    it(`tests of sdk/${path} pass${only ? `: ${only}` : ''}`, (t) => {
      const cwd = join(GUESTS, 'sdk', path);
      const args = ['test', '--release', '--target', host ?? '', ...(only ? ['--test', only] : [])];
      const tested = spawnSync('cargo', args, { cwd, env, encoding: 'utf8', timeout: 900_000 });
      if (/no matching package|failed to (download|load source|get)/.test(tested.stderr)) {
        t.skip('a crate that was never downloaded');
        return;
      }
      assert.equal(tested.status, 0, tested.stdout + tested.stderr);
      assert.match(tested.stdout, new RegExp(`test result: ok. ${passed} passed`));
    });
  }

  it('blake3: the chip compresses, the digests are equal', () => {
    const elf = build({
      name: 'by_blake3',
      dependencies: `blake3 = { version = "1", default-features = false }\n[patch.crates-io]\nblake3 = { path = ${sdk('patches/blake3')} }\n`,
      main: `
        fn guest() {
            let input = wisp::read_rest();
            wisp::commit_slice(blake3::hash(&input).as_bytes());
            let mut hasher = blake3::Hasher::new_keyed(&[7; 32]);
            hasher.update(&input[..input.len() / 2]).update(&input[input.len() / 2..]);
            let mut long = [0; 100];
            hasher.finalize_xof().fill(&mut long);
            wisp::commit_slice(&long);
        }`,
    });
    assert.ok(elf);
    const key = new Uint8Array(32).fill(7);
    for (const length of [0, 64, 1000, 1025, 3000]) {
      const input = Uint8Array.from({ length }, (_, i) => i * 7 + length);
      const { journal, records } = run(elf, input);
      const wanted = Buffer.concat([blake3(input), blake3(input, { key, dkLen: 100 })]);
      assert.deepEqual(Buffer.from(journal), wanted, `${length} bytes`);
      // Each block and each parent once for the digest, once for the output but for its last, which is software; and three
      // blocks of the journal.
      const chunks = Math.max(1, Math.ceil(length / 1024));
      const compressions = Math.max(1, Math.ceil(length / 64)) + chunks - 1;
      assert.equal(records.blake3.nRows, 2 * compressions - 1 + 3, `${length} bytes`);
    }
  });

  it('crypto-bigint: a call of the chip for a product', (t) => {
    const elf = build({
      name: 'by_bigint',
      dependencies: `crypto-bigint = { version = "0.5", default-features = false }\nwisp-bigint = { path = ${sdk('bigint')} }\n`,
      main: `
        use crypto_bigint::U256;
        use wisp_bigint::{DynResidue, DynResidueParams, LIMBS};
        fn read() -> U256 {
            let mut words = [0; 8];
            for word in &mut words { *word = wisp::read_u32(); }
            U256::from_words(words)
        }
        fn commit(n: U256) {
            for word in n.to_words() { wisp::commit_u32(word); }
        }
        fn guest() {
            let params = DynResidueParams::<LIMBS>::new(&read());
            let (x, y) = (DynResidue::new(&read(), params), DynResidue::new(&read(), params));
            commit((x * y).retrieve());
            commit((x - y).retrieve());
            commit(x.invert().0.retrieve());
        }`,
    });
    if (!elf) {
      t.skip('crypto-bigint was never downloaded');
      return;
    }
    const p = 2n ** 255n - 19n;
    const [x, y] = [2n ** 256n - 12345n, 2n ** 200n + 77n];
    const bytes = (n: bigint): Uint8Array =>
      Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n));
    const { journal, records } = run(elf, Uint8Array.from([...bytes(p), ...bytes(x), ...bytes(y)]));
    const [product, difference, inverse] = [0, 32, 64].map((at) => number(journal.subarray(at, at + 32))) as [
      bigint,
      bigint,
      bigint,
    ];
    assert.equal(product, (x * y) % p);
    assert.equal(difference, (((x - y) % p) + p) % p);
    assert.equal((inverse * x) % p, 1n);
    // Two residues, 1 for the check of the inverse, the product, its check; p - 2 has 255 bits, two of them zero.
    assert.equal(records.modmul.nRows, 3 + 1 + 1 + 254 + 252);
  });

  it('k256: the chips verify and recover', (t) => {
    const elf = build({
      name: 'by_k256',
      dependencies: `k256 = { package = "wisp-k256", path = ${sdk('k256')}, default-features = false, features = ["ecdsa"] }\n`,
      main: `
        use k256::ecdsa::{signature::hazmat::PrehashVerifier, RecoveryId, Signature, VerifyingKey};
        fn guest() -> u32 {
            let (mut id, mut rs, mut digest) = ([0; 1], [0; 64], [0; 32]);
            wisp::read_slice(&mut id);
            wisp::read_slice(&mut rs);
            wisp::read_slice(&mut digest);
            let Ok(signature) = Signature::from_slice(&rs) else { return 1 };
            let Some(id) = RecoveryId::from_byte(id[0]) else { return 2 };
            let Ok(key) = VerifyingKey::recover_from_prehash(&digest, &signature, id) else { return 3 };
            if key.verify_prehash(&digest, &signature).is_err() { return 4 }
            wisp::commit_slice(key.to_encoded_point(false).as_bytes());
            0
        }`,
    });
    if (!elf) {
      t.skip('k256, or what it needs, was never downloaded');
      return;
    }
    const digest = sha256(Uint8Array.of(1, 2, 3));
    const secret = new Uint8Array(32).fill(5);
    const signature = secp256k1.sign(digest, secret, { prehash: false, format: 'recovered' });
    const { exitCode, journal, records } = run(elf, Uint8Array.from([...signature, ...digest]));
    assert.equal(exitCode, 0);
    assert.deepEqual(Buffer.from(journal), Buffer.from(secp256k1.getPublicKey(secret, false)));
    assert.ok(records.secp256k1.nRows > 2 * 240 && records.modmul.nRows > 2 * 295);
    const high = secp256k1.Point.Fn.toBytes(secp256k1.Point.Fn.neg(secp256k1.Point.Fn.fromBytes(signature.slice(33))));
    assert.equal(run(elf, Uint8Array.from([...signature.slice(0, 33), ...high, ...digest])).exitCode, 3);
  });
});
