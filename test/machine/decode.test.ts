import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blake3 } from '@noble/hashes/blake3.js';
import { decode, formatInstruction, MNEMONICS } from '../../src/machine/decode.ts';
import { lower } from '../../src/machine/lower_rules.ts';
import { compressedWords, describeWord, wideWords } from './decode_words.ts';

interface Vectors {
  readonly count: number;
  readonly digest: string;
  readonly samples: readonly string[];
}
const vectors = JSON.parse(readFileSync(new URL('vectors/decode.json', import.meta.url), 'utf8')) as Record<
  'compressed' | 'wide',
  Vectors
>;

for (const name of ['compressed', 'wide'] as const) {
  const words = name === 'wide' ? wideWords() : compressedWords();
  test(`${name} encodings decode as objdump decodes them`, () => {
    for (const sample of vectors[name].samples) {
      const [word = '', ...expected] = sample.split(' ');
      assert.equal(describeWord(Number.parseInt(word, 16)), expected.join(' '), word);
    }
    const all = new TextEncoder().encode(words.map(describeWord).join('\n'));
    assert.equal(words.length, vectors[name].count);
    assert.equal(Buffer.from(blake3(all)).toString('hex'), vectors[name].digest);
  });
}

test('every mnemonic occurs, has a lowering and a text', () => {
  const seen = new Set<string>();
  for (const word of [...compressedWords(), ...wideWords()]) {
    const insn = decode(word | 0);
    if (insn === null) continue;
    seen.add(insn.mnemonic);
    assert.equal(insn.len, (word & 3) === 3 ? 4 : 2);
    assert.equal(lower(insn, 0x10000).length === 0, insn.mnemonic === 'ebreak');
    assert.ok(formatInstruction(insn, 0x10000).startsWith(insn.mnemonic));
  }
  assert.deepEqual([...seen].sort(), [...MNEMONICS].sort());
});
