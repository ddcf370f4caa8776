// Linking of WGSL modules. A source says `// import lib/m31` on a line of its own; the linker puts every imported file in
// once, before its importers. Names are paths under shaders/ without `.wgsl`. WGSL needs no order of declarations, so
// that is all there is to it.

/** Every file of shaders/ by name. Node reads them from disk, a bundler puts them into the page. */
export type ShaderSources = Readonly<Record<string, string>>;

/** Which file stands in for an imported name or a kernel: the same, written for another kind of adapter. */
export type ShaderVariants = Readonly<Record<string, string>>;

/** Fewest instructions on GPUs. */
export const GPU_VARIANTS: ShaderVariants = {
  'lib/m31_mul': 'lib/m31_mul_a',
  'lib/blake3_rounds': 'lib/blake3_rounds_unrolled',
  'lib/blake3_rotate': 'lib/blake3_rotate_shift',
};

/** Compiles and runs fastest on SwiftShader. */
export const SOFTWARE_VARIANTS: ShaderVariants = {
  'lib/m31_mul': 'lib/m31_mul_s',
  'lib/blake3_rounds': 'lib/blake3_rounds_rolled',
  'lib/blake3_rotate': 'lib/blake3_rotate_float',
  deep_accumulate: 'deep_accumulate_software',
  ood_dot: 'ood_dot_software',
};

/** The variants for a kind of adapter. On a GPU a probe chooses the multiplication (multiply.ts). */
export const defaultVariants = (isSoftware: boolean): ShaderVariants => (isSoftware ? SOFTWARE_VARIANTS : GPU_VARIANTS);

/** The linked text of a kernel; `code` replaces the file's own text (for generated kernels). */
export function linkShader(sources: ShaderSources, id: string, variants: ShaderVariants, code?: string): string {
  const parts: string[] = [];
  const seen = new Set<string>();
  const include = (name: string, text: string): void => {
    seen.add(name);
    for (const match of text.matchAll(/^\/\/ import (\S+)$/gm)) {
      const asked = match[1] as string;
      const imported = variants[asked] ?? asked;
      if (!seen.has(imported)) include(imported, fileText(sources, imported, name));
    }
    parts.push(text.replace(/^\/\/ import \S+\n?/gm, ''));
  };
  include(id, code ?? fileText(sources, variants[id] ?? id, 'the kernel cache'));
  return parts.join('\n');
}

function fileText(sources: ShaderSources, name: string, importer: string): string {
  const text = sources[name];
  if (text === undefined) throw new Error(`no shader ${name} (wanted by ${importer})`);
  return text;
}
