// What a measurement was made on.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { GpuContext } from '../prover/gpu/device.ts';
import { bundleSource, guestPath, ROOT } from './paths.ts';
import type { Device, Host } from './schema.ts';

export function describeDevice({ device, adapter }: GpuContext): Device {
  const { name, vendor, architecture, isSoftware, subgroupMinSize, subgroupMaxSize, features, limits } = adapter;
  const driver = device.adapterInfo.description;
  return {
    ...{ name, vendor, architecture, driver, isSoftware, subgroupMinSize, subgroupMaxSize },
    features: [...features].filter((feature) => /timestamp|subgroup|f16|immediate/.test(feature)),
    limits: { ...limits },
  };
}

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
