// The verify page: a proof and a program in, an answer out.
import type { ProverClient } from './client.ts';
import { facts, fill, h, part } from './dom.ts';
import { fileBox } from './drop.ts';
import { type ProgramBytes, programSelect, readElf } from './prove/form.ts';
import { journalFacts, securityTable } from './prove/outcome.ts';
import { formatBits, formatBytes, formatMs, grouped } from './text.ts';
import type { Failure, VerifyReport } from './worker/api.ts';

export interface VerifyPage {
  /** Verifies a proof that is at hand. */
  verify(proof: Blob, program: ProgramBytes): void;
}

/** Refusals in words, by the verifier's codes; others are said as they are. */
const REASONS: Readonly<Record<string, string>> = {
  wrong_program: 'The proof is of another program.',
  proof_magic: 'This file is no proof.',
  proof_truncated: 'The file ends too early.',
  proof_trailing: 'The file goes on after the proof.',
  weak_parameters: 'The proof promises less security than you ask for.',
};

function answerOf(answer: VerifyReport | Failure, name: string, size: number): HTMLElement[] {
  if (!answer.ok) {
    return [
      h('p', { class: 'verdict poor' }, `Refused: ${name}`),
      h('p', {}, REASONS[answer.code] ?? 'The proof does not hold.', ' Nothing that it says is to be believed.'),
      facts([
        ['code', h('code', {}, answer.code)],
        ['the verifier says', answer.message],
      ]),
    ];
  }
  const { exitCode, journal, securityBits, segments, parameters, verifyMs, terms } = answer;
  return [
    h('p', { class: 'verdict good' }, `Accepted: ${name}`),
    h('p', {}, 'This program, run on some input, ended with this exit code and made this journal public.'),
    journalFacts(journal),
    facts([
      ['exit code', String(exitCode)],
      ['security', formatBits(securityBits)],
      ['segments', grouped(segments)],
      ['proof size', formatBytes(size)],
      ['checked in', formatMs(verifyMs)],
    ]),
    securityTable(terms),
    h('details', {}, h('summary', {}, 'Parameters'), h('code', {}, parameters)),
  ];
}

export function startVerifyPage(client: ProverClient, show: () => void): VerifyPage {
  const select = part('verify-program', HTMLSelectElement);
  const minimum = part('min-security', HTMLInputElement);
  const proofInput = part('proof-file', HTMLInputElement);
  const card = part('verify-result', HTMLElement);
  const body = part('verify-body', HTMLElement);
  const button = part('verify', HTMLButtonElement);
  const programs = programSelect(select);

  const say = (...content: HTMLElement[]): void => {
    card.hidden = false;
    fill(body, ...content);
  };
  const problem = (text: string): HTMLElement => h('p', { class: 'error' }, text);

  let runs = 0;
  const run = async (proof: Blob, name: string, read: () => Promise<Uint8Array>): Promise<void> => {
    const own = ++runs;
    /** The answer to the proof that was chosen last; a large one before it may take longer. */
    const conclude = (...content: HTMLElement[]): void => {
      if (own !== runs) return;
      say(...content);
      button.disabled = false;
    };
    button.disabled = true;
    say(h('p', {}, `Verifying ${name}…`));
    try {
      const elf = await read();
      const minSecurityBits = Number(minimum.value);
      const answer = await client.call<VerifyReport | Failure>(
        async (api) => await api.verify({ elf, proof, minSecurityBits }),
      );
      conclude(...answerOf(answer, name, proof.size));
    } catch (error) {
      conclude(problem((error as Error).message));
    }
  };

  fileBox(part('verify-elf-drop', HTMLElement), part('verify-elf', HTMLInputElement), ([file]) => {
    if (!file) return;
    readElf(file).then(
      (elf) => programs.addOwn(file.name, elf),
      (error: Error) => say(problem(error.message)),
    );
  });
  const submit = (): void => {
    const proof = proofInput.files?.[0];
    if (!proof) say(problem('Choose a proof first.'));
    else void run(proof, proof.name, programs.chosen().read);
  };
  fileBox(part('proof-drop', HTMLElement), proofInput, submit);
  part('verify-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  return {
    verify: (proof, program) => {
      show();
      programs.choose(program);
      void run(proof, `${program.name}.proof`, async () => program.elf);
    },
  };
}
