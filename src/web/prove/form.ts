// The form of the prove page: program, input and options.
import { fill, h, part } from '../dom.ts';
import { fileBox } from '../drop.ts';
import { encodeInput, INPUT_KINDS, InputError, type InputKind } from '../inputs.ts';
import { fetchProgram, PROGRAMS } from '../programs.ts';
import type { BackendChoice, ProveRequest, SecurityName, TierOptions } from '../worker/api.ts';

export const OWN_PROGRAM = 'own';
const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const MIN_SEGMENT_STEPS = 256;

/** A program that was chosen: its bytes are read when they are needed. */
export interface ChosenProgram {
  readonly name: string;
  readonly isOwn: boolean;
  read(): Promise<Uint8Array>;
}

/** A program that was proven. */
export interface ProgramBytes extends Pick<ChosenProgram, 'name' | 'isOwn'> {
  readonly elf: Uint8Array;
}

export const isElf = (bytes: Uint8Array): boolean => ELF_MAGIC.every((byte, i) => bytes[i] === byte);

/** Reads a file that should be an ELF. Throws `InputError`. */
export async function readElf(file: File): Promise<Uint8Array> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!isElf(bytes)) throw new InputError(`${file.name} is no ELF executable`);
  return bytes;
}

/** A select of the bundled programs, and of one's own once there is one. */
export function programSelect(select: HTMLSelectElement): {
  chosen(): ChosenProgram;
  addOwn(name: string, elf: Uint8Array): void;
  choose(program: ProgramBytes): void;
} {
  const loaded = new Map<string, Uint8Array>();
  let own: { readonly name: string; readonly elf: Uint8Array } | undefined;
  const addOwn = (name: string, elf: Uint8Array): void => {
    own = { name: name.replace(/\.elf$/, ''), elf };
    select.querySelector(`option[value="${OWN_PROGRAM}"]`)?.remove();
    select.append(h('option', { value: OWN_PROGRAM }, name));
    select.value = OWN_PROGRAM;
  };
  fill(select, ...PROGRAMS.map(({ name, title }) => h('option', { value: name }, title)));
  return {
    chosen: () => {
      const bundled = PROGRAMS.find(({ name }) => name === select.value);
      if (!bundled) return { name: own?.name ?? '', isOwn: true, read: async () => own?.elf ?? new Uint8Array(0) };
      return {
        name: bundled.name,
        isOwn: false,
        read: async () => {
          const elf = loaded.get(bundled.name) ?? (await fetchProgram(bundled));
          loaded.set(bundled.name, elf);
          return elf;
        },
      };
    },
    addOwn,
    choose: ({ name, isOwn, elf }) => {
      if (isOwn) addOwn(name, elf);
      else select.value = name;
    },
  };
}

export interface ProveForm {
  tier(): TierOptions;
  program(): ChosenProgram;
  /** Throws `InputError` and shows it at its field. */
  request(): Promise<ProveRequest>;
  /** What is chosen has changed, as far as the memory plan goes. */
  onTier(listener: () => void): void;
  setBusy(busy: boolean): void;
  refuseGpu(): void;
}

export function createForm(): ProveForm {
  const form = part('prove-form', HTMLFormElement);
  const select = part('program', HTMLSelectElement);
  const about = part('program-about', HTMLElement);
  const kindSelect = part('input-kind', HTMLSelectElement);
  const text = part('input-text', HTMLTextAreaElement);
  const textBox = part('input-text-box', HTMLElement);
  const inputFile = part('input-file', HTMLInputElement);
  const inputDrop = part('input-drop', HTMLElement);
  const inputError = part('input-error', HTMLElement);
  const elfError = part('elf-error', HTMLElement);
  const backend = part('backend', HTMLSelectElement);
  const memory = part('memory', HTMLSelectElement);
  const security = part('security', HTMLSelectElement);
  const steps = part('segment-steps', HTMLInputElement);
  const prove = part('prove', HTMLButtonElement);
  const cancel = part('cancel', HTMLButtonElement);
  const programs = programSelect(select);

  const kind = (): InputKind => INPUT_KINDS.find((k) => k === kindSelect.value) ?? 'none';
  const showKind = (): void => {
    textBox.hidden = kind() === 'file' || kind() === 'none';
    inputDrop.hidden = kind() !== 'file';
  };
  const showError = (element: HTMLElement, message: string): void => {
    element.textContent = message;
    element.hidden = message === '';
  };
  const showProgram = (): void => {
    const bundled = PROGRAMS.find(({ name }) => name === select.value);
    about.textContent = bundled?.about ?? 'Your own program.';
    if (!bundled) return;
    kindSelect.value = bundled.input;
    text.value = bundled.example;
    showKind();
    showError(inputError, '');
  };
  select.addEventListener('change', showProgram);
  kindSelect.addEventListener('change', showKind);
  text.addEventListener('input', () => {
    showError(inputError, '');
    text.removeAttribute('aria-invalid');
  });
  fileBox(part('elf-drop', HTMLElement), part('elf-file', HTMLInputElement), ([file]) => {
    if (!file) return;
    showError(elfError, '');
    readElf(file).then(
      (elf) => {
        programs.addOwn(file.name, elf);
        showProgram();
      },
      (error: Error) => showError(elfError, error.message),
    );
  });
  fileBox(inputDrop, inputFile, () => showError(inputError, ''));
  showProgram();

  const input = async (): Promise<Uint8Array> => {
    const chosen = kind();
    if (chosen !== 'file') return encodeInput(chosen, text.value);
    const file = inputFile.files?.[0];
    if (!file) throw new InputError('choose the file that holds the input');
    return new Uint8Array(await file.arrayBuffer());
  };

  const tier = (): TierOptions => ({
    backend: backend.value as BackendChoice,
    memory: memory.value,
    security: security.value as SecurityName,
    segmentSteps: steps.value === '' ? undefined : Math.max(MIN_SEGMENT_STEPS, Math.floor(Number(steps.value))),
  });

  return {
    tier,
    program: programs.chosen,
    request: async () => {
      try {
        return { ...tier(), input: await input(), elf: await programs.chosen().read() };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        showError(inputError, message);
        text.setAttribute('aria-invalid', 'true');
        if (!textBox.hidden) text.focus();
        throw error instanceof InputError ? error : new InputError(message);
      }
    },
    onTier: (listener) => {
      for (const control of [backend, memory, security]) control.addEventListener('change', listener);
    },
    setBusy: (busy) => {
      prove.disabled = busy;
      cancel.hidden = !busy;
      form.setAttribute('aria-busy', String(busy));
      // Whoever pressed Prove is on a button that no longer works.
      if (busy) cancel.focus();
    },
    refuseGpu: () => {
      const gpu = backend.querySelector<HTMLOptionElement>('option[value="gpu"]');
      if (gpu) gpu.disabled = true;
    },
  };
}
