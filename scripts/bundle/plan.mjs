// Which files of this tree a bundle holds: the build, the guests, and of each package only what runs on Linux x64.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const below = (root, folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path).replaceAll('\\', '/'))
    .filter((path) => statSync(join(root, path)).isFile());

const BUILT = ['src', 'prover', 'bench'];

/** Those of our dependencies that the built code imports. */
export function importedPackages(root) {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const found = new Set();
  const built = BUILT.flatMap((folder) => below(root, `dist/${folder}`));
  for (const path of built.filter((file) => file.endsWith('.js'))) {
    const text = readFileSync(join(root, path), 'utf8');
    const imports =
      /(?:^|[\s;])(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
    for (const [, fixed, dynamic] of text.matchAll(imports)) {
      const specifier = fixed ?? dynamic ?? '';
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      if (name in dependencies) found.add(name);
    }
  }
  return [...found].sort();
}

const LICENCE = /(^|\/)(licen[cs]e|copying|notice)[^/]*$/i;

/** The part of a package's files that is needed. */
const KEPT = {
  webgpu: (path) => /^(package\.json|index\.js)$/.test(path) || path === 'dist/linux-x64/dawn.node',
  '@sparticuz/chromium': (path) =>
    path === 'package.json' || path === 'bin/swiftshader.tar.br' || /^build\/(esm|cjs)\/index\.(js|cjs)$/.test(path),
};
const keptByDefault = (path) => path === 'package.json' || /\.(js|mjs|cjs|node|wasm)$/.test(path);

/** `from`: absolute; `to`: within the bundle. */
export function planFiles(root, { withSoftware }) {
  if (!existsSync(join(root, 'dist', 'bench', 'main.js'))) throw new Error('no build: npm run build');
  const here = (path, to = path) => ({ from: join(root, path), to });
  const packages = [...importedPackages(root), ...(withSoftware ? ['@sparticuz/chromium'] : [])];
  const modules = packages.flatMap((name) => {
    const folder = `node_modules/${name}`;
    const keep = KEPT[name] ?? keptByDefault;
    return below(root, folder)
      .filter((path) => keep(path.slice(folder.length + 1)) || LICENCE.test(path.slice(folder.length)))
      .filter((path) => !path.slice(folder.length + 1).includes('node_modules/'))
      .map((path) => here(path));
  });
  const built = [...BUILT, 'shaders']
    .flatMap((folder) => below(root, `dist/${folder}`))
    .filter((path) => /\.(js|wgsl|wasm|json)$/.test(path));
  const guests = below(root, 'guests/elf').filter((path) => path.endsWith('.elf'));
  return [
    here('scripts/bundle/run.sh', 'run.sh'),
    here('scripts/bundle/README.txt', 'README.txt'),
    ...['nvidia_egl.json', 'nvidia_glx.json'].map((file) => here(`scripts/bundle/${file}`, `drivers/${file}`)),
    ...['package.json', 'LICENSE-MIT', 'LICENSE-APACHE'].map((path) => here(path)),
    ...[...built, ...guests].map((path) => here(path)),
    ...modules,
  ];
}
