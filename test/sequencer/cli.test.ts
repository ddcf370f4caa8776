import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSettings } from '../../src/sequencer/config.ts';
import { runCli } from '../cli/harness.ts';
import { temporary, until } from './service.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = temporary();
const children = new Set<ChildProcess>();
after(() => {
  // Those of a test that failed.
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface NodeProcess {
  readonly url: string;
  readonly text: () => string;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
}

async function startNode(...argv: string[]): Promise<NodeProcess> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', MAIN, 'node', ...argv]);
  children.add(child);
  let text = '';
  const port = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        text += data;
        const found = /"port":(\d+)[,}]/.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
  // Not its exit, after which what it printed may still be on its way.
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    text: () => text,
    stop: () => {
      child.kill('SIGTERM');
      return exit;
    },
  };
}

describe('wisp node', () => {
  it('runs a development chain that wisp load loads, stops in order, and goes on', async () => {
    const data = join(folder, 'chain');
    const node = await startNode('--dev', '--data', data, '--port', '0');
    const load = await runCli('load', node.url, '--rate', '50', '--seconds', '2', '--senders', '10', '--json');
    assert.equal(load.exitCode, 0, load.out + load.err);
    const report = JSON.parse(load.out) as { sent: number; confirmed: number; p50Ms: number };
    assert.deepEqual([report.sent, report.confirmed], [100, 100]);
    assert.ok(report.p50Ms > 0);
    assert.equal(await node.stop(), 0);
    assert.match(node.text(), /0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80/);
    const head = Number(/stopped at block (\d+)/.exec(node.text())?.[1]);
    assert.ok(head > 0);

    const again = await startNode('--data', data, '--port', '0', '--log-level', 'info');
    const follower = await startNode('--data', join(folder, 'follower'), '--port', '0', '--follow', again.url);
    const headOf = async (): Promise<number> =>
      ((await (await fetch(`${follower.url}/health`)).json()) as { head: number }).head;
    await until(async () => (await headOf()) >= head, 'the follower has all blocks');
    assert.equal(await follower.stop(), 0);
    assert.equal(await again.stop(), 0);
    assert.match(again.text(), new RegExp(`"head":${head},"replayed":0`));
  });

  it('says what is wrong with its settings', async () => {
    assert.equal((await runCli('node')).exitCode, 2);
    const bad = await runCli('node', '--dev', '--port', '99999');
    assert.deepEqual([bad.exitCode, /port must be/.test(bad.err)], [1, true]);
    assert.equal((await runCli('load', 'ftp://x')).exitCode, 2);
    assert.equal((await runCli('worker', 'x')).exitCode, 2);
  });
});

describe('settings', () => {
  it('come from flags, then the environment, then the file', () => {
    const file = join(folder, 'settings.json');
    writeFileSync(file, JSON.stringify({ port: 1, 'block-ms': 2, host: '0.0.0.0' }));
    const settings = readSettings({ port: '3' }, { WISP_NODE_PORT: '4', WISP_NODE_BLOCK_MS: '5' }, file);
    assert.deepEqual([settings.number('port'), settings.number('block-ms'), settings.host], [3, 5, '0.0.0.0']);
    writeFileSync(file, JSON.stringify({ prot: 1 }));
    assert.throws(() => readSettings({}, {}, file), { code: 'bad_config', message: /no setting "prot"/ });
  });
});
