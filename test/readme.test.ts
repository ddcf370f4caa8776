import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const TSX = pathToFileURL(join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
interface Example {
  readonly language: string;
  readonly text: string;
}
const examples = (mark: string): Example[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`(sh|ts) ${mark}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, language = '', text = '']) => ({ language, text }),
  );
const blocks = examples('run');
/** Those that a running node is needed for, at the port that a node has by default. */
const nodeBlocks = examples('node');

let folder = '';

interface Ran {
  readonly status: number | null;
  readonly output: string;
}

const ran = new Map<string, Ran>();

/** Runs a block, once, in a folder where `npx wisp` is this tree's sources, so that no build has to be fresh. */
function run(language: string, text: string): Ran {
  const known = ran.get(text);
  if (known) return known;
  const options = { cwd: folder, encoding: 'utf8', timeout: 600_000 } as const;
  const entry = pathToFileURL(join(ROOT, 'src', 'index.ts')).href;
  writeFileSync(join(folder, 'example.ts'), text.replaceAll("from 'wisp'", `from '${entry}'`));
  const result =
    language === 'ts'
      ? spawnSync(process.execPath, ['--import', TSX, 'example.ts'], options)
      : spawnSync('bash', ['-euc', text], {
          ...options,
          env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
        });
  const now = { status: result.status, output: `${result.stdout}${result.stderr}` };
  ran.set(text, now);
  return now;
}

describe('README', { skip: process.platform === 'win32' }, () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wisp-readme-'));
    symlinkSync(join(ROOT, 'guests'), join(folder, 'guests'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const main = join(ROOT, 'src', 'cli', 'main.ts');
    const npx = `#!/bin/sh\n[ "$1" = wisp ] || exit 127\nshift\nexec "${process.execPath}" --import "${TSX}" "${main}" "$@"\n`;
    writeFileSync(join(folder, 'npx'), npx, { mode: 0o755 });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has examples that run', () => {
    assert.ok(blocks.length >= 3, 'blocks marked "run"');
    for (const { language, text } of blocks) {
      const { status, output } = run(language, text);
      assert.equal(status, 0, `${text}\n${output}`);
    }
  });

  it('has examples that run against a node', async () => {
    const main = join(ROOT, 'src', 'cli', 'main.ts');
    const node = spawn(process.execPath, ['--import', TSX, main, 'node', '--dev', '--port', '0']);
    try {
      let text = '';
      const port = await new Promise<string>((resolve, reject) => {
        for (const stream of [node.stdout, node.stderr]) {
          stream.on('data', (data: Buffer) => {
            text += data;
            const found = /"port":(\d+)\D/.exec(text)?.[1];
            if (found !== undefined) resolve(found);
          });
        }
        node.once('exit', () => reject(new Error(text)));
      });
      const outputs = nodeBlocks.map(({ language, text: block }) => {
        const { status, output } = run(language, block.replaceAll('127.0.0.1:8545', `127.0.0.1:${port}`));
        assert.equal(status, 0, `${block}\n${output}`);
        return output;
      });
      assert.match(
        outputs[0] ?? '',
        /"result":"0x[0-9a-f]{64}"[\s\S]*"result":"0xd3c2[0-9a-f]*"[\s\S]*wisp_head_block [12]/,
      );
      assert.match(outputs[1] ?? '', /block \d+n success\nthe next call is number 2n/);
    } finally {
      node.kill('SIGTERM');
    }
  });

  it('says what the examples print', () => {
    const [fibonacci, library] = [blocks.find((b) => b.language === 'sh'), blocks.find((b) => b.language === 'ts')];
    assert.match(run('sh', fibonacci?.text ?? '').output, /journal +6d1a0000/);
    assert.match(run('ts', library?.text ?? '').output, /not a proof proof_magic/);
    const proving = blocks.filter((b) => b.language === 'ts')[1];
    assert.match(run('ts', proving?.text ?? '').output, /^1515 6765$/m);
  });

  it('names all commands, and options that exist', () => {
    const rows = [...readme.matchAll(/^\| `wisp (\w+)(.*?)` \|/gm)];
    const commands = [...run('sh', 'npx wisp --help').output.matchAll(/^ {2}wisp (\w+)/gm)];
    assert.deepEqual(rows.map(([, name]) => name).sort(), commands.map(([, name]) => name).sort());
    for (const [, name = '', rest = ''] of rows) {
      const { status, output } = run('sh', `npx wisp ${name} --help`);
      assert.equal(status, 0, name);
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) assert.ok(output.includes(option), `${name} ${option}`);
    }
  });
});
