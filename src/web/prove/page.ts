// The prove page: form, live view and result around the prover's worker.
import { type ProverClient, proveWith, WorkerEnded } from '../client.ts';
import { fill, h, part } from '../dom.ts';
import { InputError } from '../inputs.ts';
import { verdictOn } from '../support.ts';
import { formatMs, plural } from '../text.ts';
import type { Failure, Hardware, PlanReport, ProveReport, ProverNews } from '../worker/api.ts';
import { createForm, type ProgramBytes } from './form.ts';
import { createHardware } from './hardware.ts';
import { createLive } from './live.ts';
import { createResult } from './result.ts';

export interface ProvePage {
  redraw(): void;
}

/** No news for so long while the page is hidden: the browser has slowed the worker down. */
const SILENCE_MS = 10_000;

const ADVICE: Readonly<Record<string, string>> = {
  out_of_memory: ' Choose less memory, or close other tabs, and try again.',
  budget_too_small: ' Choose more memory.',
  device_lost: ' The GPU was reset or taken away, three times over. Try again, or choose WebAssembly.',
  no_gpu: ' Choose WebAssembly, which needs none.',
};

const failureText = ({ code, message }: Failure): string =>
  `${message}${/[.!?]$/.test(message) ? '' : '.'}${ADVICE[code] ?? ''}`;

function showVerdict(hardware: Hardware): void {
  const { tone, title, text } = verdictOn(hardware, { userAgent: navigator.userAgent, isSecure: isSecureContext });
  const box = part('verdict', HTMLElement);
  box.className = `notice ${tone}`;
  fill(box, h('strong', {}, title), text);
}

/** Runs `work` while holding a lock: browsers do not freeze hidden pages that hold one. */
const unfrozen = <T>(work: () => Promise<T>): Promise<T> =>
  'locks' in navigator ? navigator.locks.request('wisp-prove', { mode: 'shared' }, work) : work();

export function startProvePage(
  client: ProverClient,
  verifyHere: (proof: Blob, program: ProgramBytes) => void,
): ProvePage {
  const form = createForm();
  const live = createLive();
  const result = createResult();
  const machine = createHardware();
  let busy = false;

  let plans = 0;
  const plan = async (): Promise<void> => {
    const own = ++plans;
    machine.planning(true);
    const made = await client
      .call<PlanReport | Failure>(async (api) => await api.plan(form.tier()))
      .catch(() => undefined);
    // Answers come in any order: only that to what is chosen now counts.
    if (own !== plans) return;
    if (made) machine.plan(made);
    machine.planning(false);
  };
  form.onTier(() => void plan());
  const learn = async (): Promise<void> => {
    try {
      const hardware = await client.call((api) => api.hardware());
      showVerdict(hardware);
      machine.hardware(hardware);
      if (hardware.adapter === null) form.refuseGpu();
      document.documentElement.dataset.machine = 'known';
      performance.mark('wisp-machine');
      void plan();
    } catch (error) {
      // A proof that was asked for before, and cancelled, took the worker with it that was asked here.
      if (error instanceof WorkerEnded && error.cancelled) return learn();
      const box = part('verdict', HTMLElement);
      box.className = 'notice poor';
      fill(box, h('strong', {}, 'The prover could not be started'), (error as Error).message);
    }
  };
  void learn();

  /** By the worker's clock: its messages may lie here for a while before a page that was stopped reads them. */
  const watchSilence = (): { heard(at: number): void; stop(): void } => {
    let last = performance.timeOrigin + performance.now();
    let wasHidden = document.hidden;
    const onVisibility = (): void => {
      wasHidden ||= document.hidden;
    };
    document.addEventListener('visibilitychange', onVisibility);
    return {
      heard: (at) => {
        if (wasHidden && at - last > SILENCE_MS)
          live.notice(
            `The browser slowed this tab down while it was hidden: no progress for ${formatMs(at - last)}. It goes on now.`,
            'fair',
          );
        last = at;
        wasHidden = document.hidden;
      },
      stop: () => document.removeEventListener('visibilitychange', onVisibility),
    };
  };

  const finish = (answer: ProveReport | Failure, program: ProgramBytes): void => {
    if (!answer.ok) {
      live.notice(failureText(answer), 'poor');
      live.finish('No proof was made.', false);
      return;
    }
    const { proveMs, segments } = answer;
    live.finish(`Proved in ${formatMs(proveMs)}, in ${plural(segments, 'segment')}.`, true);
    result.show(answer, live.spans, program.name, () => verifyHere(answer.proof, program));
  };

  const prove = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    result.hide();
    try {
      const request = await form.request();
      const { name, isOwn } = form.program();
      form.setBusy(true);
      live.start();
      const silence = watchSilence();
      let isOver = false;
      const onNews = (news: ProverNews): void => {
        // What a worker said before it was ended may come after.
        if (isOver) return;
        silence.heard(news.at);
        live.news(news);
      };
      const answer = await unfrozen(() => proveWith(client, request, onNews)).finally(() => {
        isOver = true;
        silence.stop();
      });
      finish(answer, { name, isOwn, elf: request.elf });
    } catch (error) {
      if (error instanceof InputError) return;
      const cancelled = error instanceof WorkerEnded && error.cancelled;
      if (!cancelled) live.notice(`${(error as Error).message}. A new one takes its place: try again.`, 'poor');
      live.finish(cancelled ? 'Cancelled.' : 'No proof was made.', false);
    } finally {
      busy = false;
      form.setBusy(false);
    }
  };

  // What the machine offers is still being found out: a proof that is asked for now waits for it in the worker.
  part('prove-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void prove();
  });
  part('cancel', HTMLButtonElement).addEventListener('click', () => {
    client.cancel();
    part('prove', HTMLButtonElement).focus();
  });
  form.setBusy(false);
  performance.mark('wisp-ready');
  return { redraw: live.redraw };
}
