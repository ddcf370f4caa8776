// What a measurement was made on.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { GpuContext } from '../prover/gpu/device.ts';
import { deviceOf } from './device.ts';
import { bundleSource, guestPath, ROOT } from './paths.ts';
import type { Device, Host } from './schema.ts';

export const describeDevice = ({ device, adapter }: GpuContext): Device =>
  deviceOf(adapter, device.adapterInfo.description);

export function describeHost(): Host {
  const webgpu = join(ROOT, 'node_modules', 'webgpu', 'package.json');
  const { version } = createRequire(import.meta.url)(webgpu) as { version: string };
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()} ${process.arch}`,
    node: process.version,
    webgpu: version,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** The commit of the sources; `unknown` outside of a repository. */
export function describeSource(): { readonly commit: string; readonly dirty: boolean } {
  const bundled = bundleSource();
  if (bundled !== undefined) return bundled;
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain', '--untracked-files=no') !== '' };
  } catch {
    return { commit: 'unknown', dirty: true };
  }
}

export const guestDigest = (guest: string): string =>
  createHash('sha256')
    .update(readFileSync(guestPath(guest)))
    .digest('hex');
