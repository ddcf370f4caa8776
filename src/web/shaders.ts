// Browsers: the shader files as the bundler packs them.
import type { ShaderSources } from '../../prover/gpu/shader_source.ts';

declare global {
  interface ImportMeta {
    /** Vite's compile-time file import. */
    glob(
      pattern: string,
      options: { readonly query: '?raw'; readonly import: 'default'; readonly eager: true },
    ): Readonly<Record<string, unknown>>;
  }
}

/** The texts of shaders/ by name, as `readShaders` gives them in Node. */
export const bundledShaders = (): ShaderSources => {
  const files = import.meta.glob('../../shaders/**/*.wgsl', { query: '?raw', import: 'default', eager: true });
  const sources: Record<string, string> = {};
  for (const [path, text] of Object.entries(files)) sources[path.replace(/^.*shaders\/|\.wgsl$/g, '')] = String(text);
  return sources;
};
