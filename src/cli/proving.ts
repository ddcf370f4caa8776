// Proves a run into a file: the core of src/host with a folder for its parts and lines for the terminal.
import type { BackendRequest } from '../host/backends.ts';
import type { ProveEvent, ProvenRun } from '../host/proving.ts';
import type { Program } from '../machine/index.ts';
import type { ProgressEvent } from './progress.ts';

export type SecurityName = 'standard' | 'compact';

export interface ProveRequest extends BackendRequest {
  readonly program: Program;
  readonly input: Uint8Array;
  readonly security: SecurityName;
  /** Where the proof goes. */
  readonly out: string;
  /** Folder of proven segments; one beside `out`, removed at the end, if absent. */
  readonly workDir: string | undefined;
  /** Most micro-ops of a segment; what memory allows if absent. */
  readonly segmentSteps: number | undefined;
  readonly onProgress: (event: ProgressEvent) => void;
  /** One line about something that went wrong and was dealt with. */
  readonly onNotice: (text: string) => void;
}

const progressOf = ({ stage, segment, segments, cycles }: ProveEvent): ProgressEvent => {
  const name = stage === 'plan' ? 'execute' : stage;
  if (cycles !== undefined) return { stage: name, done: cycles, total: cycles, unit: 'cycles' };
  const place = segment === undefined ? '' : `segment ${segment + 1} of ${segments}, `;
  return { stage: `${place}${name}`, done: 0, total: 0, unit: '' };
};

export async function proveProgram(request: ProveRequest): Promise<ProvenRun> {
  const { program, input, segmentSteps, onNotice, out, workDir } = request;
  const [{ presets }, { openDevice }, { proveRun }, { folderStores, writeParts }, { recordPool }] = await Promise.all([
    import('../core/params.ts'),
    import('../host/device.ts'),
    import('../host/proving.ts'),
    import('../host/work_dir.ts'),
    import('../machine/worker/pool.ts'),
  ]);
  const onEvent = (event: ProveEvent): void => request.onProgress(progressOf(event));
  onEvent({ stage: 'open device' });
  const device = await openDevice(request);
  try {
    const proven = await proveRun({
      ...{ program, input, segmentSteps, device, onEvent, onNotice },
      params: presets[request.security],
      recorder: recordPool,
      stores: folderStores(workDir, out),
    });
    writeParts(out, proven.parts());
    proven.forget();
    return proven;
  } finally {
    device.close();
  }
}
