// Where things are: in the repository, compiled in dist/, or in a bundle.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'guests', 'elf'))) {
    if (dirname(folder) === folder) throw new Error('no folder with guests/elf above the benchmark');
    folder = dirname(folder);
  }
  return folder;
}

/** The repository, or the folder of a bundle that stands for it. */
export const ROOT: string = findRoot();

/** The command line as users run it. */
export const CLI_ENTRY: string = join(ROOT, 'dist', 'src', 'cli', 'main.js');

export const RESULTS: string = join(ROOT, 'bench', 'results');
export const PLOTS: string = join(ROOT, 'bench', 'plots');

export const guestPath = (guest: string): string => join(ROOT, 'guests', 'elf', `${guest}.elf`);

/** A bundle says which sources it was made of. */
export function bundleSource(): { readonly commit: string; readonly dirty: boolean } | undefined {
  const path = join(ROOT, 'bundle.json');
  if (!existsSync(path)) return undefined;
  const { commit, dirty } = JSON.parse(readFileSync(path, 'utf8')) as { commit: string; dirty: boolean };
  return { commit, dirty };
}
