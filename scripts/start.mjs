#!/usr/bin/env node
// npm start: proves SHA-256 over 2,048 bytes and verifies the proof, on the GPU or, where there is none, in WebAssembly.
// Further arguments go to `wisp prove`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = join(root, 'dist', 'src', 'cli', 'main.js');
const node = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;

// Sources may have changed since the install built them.
if (node(join(root, 'scripts', 'build.mjs')) !== 0 || !existsSync(entry)) process.exit(1);

const message = Uint8Array.from({ length: 2048 }, (_, i) => (i * 7 + 3) & 255);
const input = join(root, 'dist', 'start-input.bin');
writeFileSync(input, message);
console.log('proving SHA-256 of 2,048 bytes (guests/elf/sha256.elf)');
console.log(`expected journal: ${createHash('sha256').update(message).digest('hex')}\n`);
process.exit(
  node(
    entry,
    'prove',
    'guests/elf/sha256.elf',
    '--input',
    input,
    '--out',
    'dist/sha256.proof',
    ...process.argv.slice(2),
  ),
);
