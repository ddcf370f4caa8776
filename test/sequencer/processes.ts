// Nodes in processes of their own.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** With the test double, or as `module` has it; blocks of 15 ms. */
export async function startProcess(
  folder: string,
  module = './node_process.ts',
): Promise<{ child: ChildProcess; url: string }> {
  const program = fileURLToPath(new URL(module, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program, folder, '15'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve(String(data).trim()));
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}`)));
  });
  return { child, url: `http://127.0.0.1:${port}` };
}
