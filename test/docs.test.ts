import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { replacePart } from '../scripts/docs/markdown.ts';
import { outdated } from '../scripts/docs_tables.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'guests/README.md',
];

/** Anchors that GitHub gives to a document's headings. */
const anchors = (text: string): Set<string> =>
  new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );

describe('documents', () => {
  it('have their generated parts up to date (node --import tsx scripts/docs_tables.ts)', () => {
    assert.deepEqual([...outdated().keys()], []);
  });

  it('link to files and headings that exist', () => {
    const broken: string[] = [];
    for (const path of documents) {
      const text = readFileSync(join(ROOT, path), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [file = '', anchor] = target.split('#');
        const at = file === '' ? path : relative(ROOT, join(ROOT, dirname(path), file));
        const found = existsSync(join(ROOT, at));
        if (!found || (anchor !== undefined && !anchors(readFileSync(join(ROOT, at), 'utf8')).has(anchor)))
          broken.push(`${path}: ${target}`);
      }
    }
    assert.deepEqual(broken, []);
  });

  it('have each generated part once', () => {
    const text = 'a\n<!-- begin: x -->\nold\n<!-- end: x -->\nb';
    assert.equal(replacePart(text, 'x', 'new\n'), 'a\n<!-- begin: x -->\nnew\n<!-- end: x -->\nb');
    assert.throws(() => replacePart(text, 'y', ''), /no single part/);
    assert.throws(() => replacePart(text + text, 'x', ''), /no single part/);
  });
});
