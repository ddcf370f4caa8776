// Nodes in processes of their own.
import { type ChildProcess, spawn } from 'node:child_process';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Those that a test that failed left behind. */
const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** With the test double, or as `module` has it; blocks of 15 ms. */
export async function startProcess(
  folder: string,
  module = './node_process.ts',
): Promise<{ child: ChildProcess; url: string }> {
  const program = fileURLToPath(new URL(module, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program, folder, '15'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let text = '';
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (data: Buffer) => {
      text += data;
      if (text.includes('\n')) resolve(text.trim());
    });
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}`)));
  });
  return { child, url: `http://127.0.0.1:${port}` };
}
