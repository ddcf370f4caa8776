// Stages of a proof, recorded and handed to the device one after another: none waits for the results of the one before.
import { type Download, Recording } from './recording.ts';
import type { GpuRuntime, Started } from './runtime.ts';

export type Words = (download: Download) => Uint32Array;

export interface Pipeline<Name> {
  /** Records a stage in its turn; the function that `record` returns makes the answer of what the stage downloads. */
  stage<T>(name: Name, record: (recording: Recording) => (words: Words) => T): Promise<T>;
  /** Nothing is recorded any more. */
  close(): void;
}

/**
 * `hasRoom`: whether a stage can be recorded without destroying buffers. If not, it waits until the device is done with
 * the stage before it, because only then does it get their memory back.
 */
export const openPipeline = <Name extends string>(
  runtime: GpuRuntime,
  hasRoom: (stage: Name) => boolean,
): Pipeline<Name> => {
  let isClosed = false;
  let last: Promise<Started | undefined> = Promise.resolve(undefined);
  return {
    stage: (name, record) => {
      const previous = last;
      const start = async () => {
        const before = await previous;
        if (before && !hasRoom(name)) await before.done;
        if (isClosed) throw new Error('the session has ended');
        const recording = new Recording();
        const read = record(recording);
        return { read, work: await runtime.start(recording, { stage: name }) };
      };
      const started = start();
      last = started.then(({ work }) => work);
      last.catch(() => {});
      const answer = started.then(async ({ read, work }) => read((await work.done).words));
      answer.catch(() => {}); // who asks for it is told
      return answer;
    },
    close: () => {
      isClosed = true;
    },
  };
};
