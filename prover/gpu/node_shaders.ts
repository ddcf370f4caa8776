// Node: the shader files from disk.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ShaderSources } from './shader_source.ts';

/** Reads shaders/ next to this package's prover/ (or above it, when running from a build folder). */
export function readShaders(folder: string = shaderFolder()): ShaderSources {
  const sources: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.wgsl')) continue;
    const name = entry.slice(0, -'.wgsl'.length).replaceAll('\\', '/');
    sources[name] = readFileSync(join(folder, entry), 'utf8');
  }
  return sources;
}

function shaderFolder(): string {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'shaders')) && dirname(root) !== root) root = dirname(root);
  return join(root, 'shaders');
}
