// Reads the import statements of the sources, for the tests of the architecture.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('..', import.meta.url));

export interface Import {
  /** A path relative to the repository, or a package's specifier. */
  readonly target: string;
  readonly isLocal: boolean;
  /** `import type` and `export type`: gone at run time. */
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

/** The files below a folder whose names end in one of the extensions, as paths relative to the repository. */
export function filesBelow(folder: string, extensions: readonly string[]): string[] {
  const absolute = join(ROOT, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path).replaceAll('\\', '/'))
    .filter((path) => extensions.some((extension) => path.endsWith(extension)))
    .sort();
}

const STATIC = /^[ \t]*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*(?:\/\*.*?\*\/\s*)?['"]([^'"]+)['"]/g;

export function importsOf(file: string, text: string = readFileSync(join(ROOT, file), 'utf8')): Import[] {
  const make = (specifier: string, typeOnly: boolean, dynamic: boolean): Import => {
    const isLocal = specifier.startsWith('.');
    const target = isLocal ? relative(ROOT, join(ROOT, dirname(file), specifier)).replaceAll('\\', '/') : specifier;
    return { target, isLocal, typeOnly, dynamic };
  };
  return [
    ...[...text.matchAll(STATIC)].map((match) => make(match[2] ?? '', match[1] !== undefined, false)),
    ...[...text.matchAll(DYNAMIC)].map((match) => make(match[1] ?? '', false, true)),
  ];
}

/** All that is loaded when `entry` is: files and packages, each with the chain of files that leads to it. */
export function loadedBy(entry: string): Map<string, readonly string[]> {
  const seen = new Map<string, readonly string[]>([[entry, [entry]]]);
  const queue = [entry];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const { target, isLocal, typeOnly, dynamic } of importsOf(file)) {
      if (typeOnly || dynamic || seen.has(target)) continue;
      seen.set(target, [...(seen.get(file) ?? []), target]);
      if (isLocal && existsSync(join(ROOT, target))) queue.push(target);
    }
  }
  return seen;
}

/** A cycle among the run-time imports of the files, or undefined. */
export function findCycle(files: readonly string[]): string[] | undefined {
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (state.get(file) === 'done') return undefined;
    if (state.get(file) === 'open') return [...path.slice(path.indexOf(file)), file];
    state.set(file, 'open');
    path.push(file);
    for (const { target, isLocal, typeOnly, dynamic } of importsOf(file)) {
      if (!isLocal || typeOnly || dynamic || !existsSync(join(ROOT, target))) continue;
      const cycle = visit(target);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    state.set(file, 'done');
    return undefined;
  };
  for (const file of files) {
    const cycle = visit(file);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
