// Headless Chromium with WebGPU on SwiftShader, from npm alone: the browser, its fonts and the libraries that a bare
// machine lacks (NSS) all come from `@sparticuz/chromium`, playwright drives it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { chromiumPackage } from '../../prover/gpu/software_adapter.ts';
import { unpackCached } from '../../prover/gpu/unpack.ts';

/** A host that is this machine, but none that browsers trust with WebGPU or threads: it is neither https nor localhost. */
export const INSECURE_HOST = 'wisp.test';
const ARGUMENTS = ['--no-sandbox', '--no-zygote', `--host-resolver-rules=MAP ${INSECURE_HOST} localhost`];
/** What the browser offers of WebGPU: a software adapter, or no adapter. */
export type WebGpuKind = 'software' | 'no adapter';
const WEBGPU_ARGUMENTS: Readonly<Record<WebGpuKind, readonly string[]>> = {
  software: [
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    '--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension',
  ],
  'no adapter': [],
};
const REQUIRED = ['chromium', 'libvk_swiftshader.so', 'libvulkan.so.1', 'lib/libnss3.so', 'fonts'];

/** The package's own configuration names folders of another machine; without any font the browser ends at a form. */
const fontConfig = (folder: string, cache: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(folder, 'fonts')}</dir><dir>/usr/share/fonts</dir><cachedir>${cache}</cachedir></fontconfig>
`;

/** The packaged browser is built for this platform only; elsewhere the browser tests are skipped. */
export const browserSupported: boolean = process.platform === 'linux' && process.arch === 'x64';

export async function launchChromium(webGpu: WebGpuKind = 'software'): Promise<Browser> {
  const { bin, version } = chromiumPackage();
  const names = ['chromium.br', 'swiftshader.tar.br', 'al2023.tar.br', 'fonts.tar.br'];
  const archives = names.map((name) => ({ archive: join(bin, name) }));
  const folder = await unpackCached(`chromium-${version}`, REQUIRED, archives);
  const home = mkdtempSync(join(tmpdir(), 'wisp-browser-'));
  writeFileSync(join(home, 'fonts.conf'), fontConfig(folder, join(home, 'fonts')));
  const browser = await chromium.launch({
    executablePath: join(folder, 'chromium'),
    headless: true,
    args: [...ARGUMENTS, ...WEBGPU_ARGUMENTS[webGpu]],
    env: {
      ...process.env,
      HOME: home,
      FONTCONFIG_FILE: join(home, 'fonts.conf'),
      LD_LIBRARY_PATH: [join(folder, 'lib'), folder, process.env.LD_LIBRARY_PATH ?? ''].filter(Boolean).join(':'),
    },
  });
  // Its last processes may still write there.
  browser.on('disconnected', () => rmSync(home, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 }));
  return browser;
}
