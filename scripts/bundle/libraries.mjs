// Libraries that stand between Dawn and an installed Vulkan driver. Each lies in a folder of its own, so that run.sh can
// add those that a machine lacks, and none that it has.
//
// Dawn opens libvulkan.so.1, the loader. NVIDIA's Vulkan driver is libGLX_nvidia.so.0, which needs libX11 and libXext even
// without a screen, or libEGL_nvidia.so.0, which needs libEGL's dispatcher; headless machines often lack these. Mesa's
// drivers (AMD, Intel) come with packages that name all they need. Node and Dawn need the C++ runtime.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

export const LIBRARIES = [
  { soname: 'libvulkan.so.1', package: 'libvulkan1' },
  { soname: 'libX11.so.6', package: 'libx11-6' },
  { soname: 'libXext.so.6', package: 'libxext6' },
  { soname: 'libxcb.so.1', package: 'libxcb1' },
  { soname: 'libXau.so.6', package: 'libxau6' },
  { soname: 'libXdmcp.so.6', package: 'libxdmcp6' },
  { soname: 'libbsd.so.0', package: 'libbsd0' },
  { soname: 'libmd.so.0', package: 'libmd0' },
  { soname: 'libEGL.so.1', package: 'libegl1' },
  { soname: 'libGLdispatch.so.0', package: 'libglvnd0' },
  { soname: 'libstdc++.so.6', package: 'libstdc++6', licence: 'gcc-12-base' },
  { soname: 'libgcc_s.so.1', package: 'libgcc-s1', licence: 'gcc-12-base' },
];

const FOLDERS = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu', 'usr/lib64', 'usr/lib'];

const quiet = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };

/** The folder with a Debian package's files, downloaded through apt and unpacked; undefined where apt cannot. */
function unpackPackage(name, cache) {
  const unpacked = join(cache, `deb-${name}`);
  if (existsSync(unpacked)) return unpacked;
  const folder = mkdtempSync(join(cache, 'deb-'));
  try {
    execFileSync('apt-get', ['download', `${name}:amd64`], { ...quiet, cwd: folder });
    const [file] = readdirSync(folder).filter((path) => path.endsWith('.deb'));
    if (file === undefined) return undefined;
    execFileSync('dpkg-deb', ['-x', join(folder, file), join(folder, 'files')], quiet);
    writeFileSync(join(folder, 'files', 'version'), decodeURIComponent(file.split('_')[1] ?? ''));
    renameSync(join(folder, 'files'), unpacked);
    return unpacked;
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fromPackage(library, cache) {
  const unpacked = unpackPackage(library.package, cache);
  if (unpacked === undefined) return undefined;
  const path = FOLDERS.map((folder) => join(unpacked, folder, library.soname)).find(existsSync);
  if (path === undefined) return undefined;
  const version = readFileSync(join(unpacked, 'version'), 'utf8');
  // Some packages' licence is another package's.
  const { licence = library.package } = library;
  const documented = licence === library.package ? unpacked : unpackPackage(licence, cache);
  const copyright = documented && join(documented, 'usr', 'share', 'doc', licence, 'copyright');
  return { path: realpathSync(path), source: `Debian ${library.package} ${version}`, copyright };
}

function fromSystem({ soname }) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const path = FOLDERS.map((folder) => join('/', folder, soname)).find(existsSync);
  return path === undefined
    ? undefined
    : { path: realpathSync(path), source: 'the packing system', copyright: undefined };
}

/** The Vulkan loader that comes with the software adapter. */
function fromSoftwareAdapter({ soname }, root, cache) {
  const archive = join(root, 'node_modules', '@sparticuz', 'chromium', 'bin', 'swiftshader.tar.br');
  if (soname !== 'libvulkan.so.1' || !existsSync(archive)) return undefined;
  const folder = mkdtempSync(join(cache, 'loader-'));
  writeFileSync(join(folder, 'loader.tar'), brotliDecompressSync(readFileSync(archive)));
  execFileSync('tar', ['xf', 'loader.tar', soname], { ...quiet, cwd: folder });
  return { path: join(folder, soname), source: '@sparticuz/chromium', copyright: undefined };
}

/** Copies what can be found to lib/<soname>/<soname>, with licences; returns what and from where. */
export function placeLibraries({ cache, offline, root, folder }) {
  const placed = [];
  for (const library of LIBRARIES) {
    const found =
      (offline ? undefined : fromPackage(library, cache)) ??
      fromSystem(library) ??
      fromSoftwareAdapter(library, root, cache);
    if (found === undefined) continue;
    const target = join(folder, 'lib', library.soname);
    mkdirSync(target, { recursive: true });
    copyFileSync(found.path, join(target, library.soname));
    if (found.copyright !== undefined && existsSync(found.copyright))
      copyFileSync(found.copyright, join(target, 'copyright'));
    placed.push({ soname: library.soname, file: basename(found.path), source: found.source });
  }
  return placed;
}
