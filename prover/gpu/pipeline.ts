// Stages of a proof, recorded and handed to the device one after another: none waits for the results of the one before.
import { type Download, Recording } from './recording.ts';
import type { GpuRuntime, Started } from './runtime.ts';

export type Words = (download: Download) => Uint32Array;

export interface Pipeline {
  /** Records a stage in its turn; the function that `record` returns makes the answer of what the stage downloads. */
  stage<T>(record: (recording: Recording) => (words: Words) => T): Promise<T>;
  /** Nothing is recorded any more. */
  close(): void;
}

/** `isRoomy`: whether a stage may be recorded while the device has those before it yet to do. */
export const openPipeline = (runtime: GpuRuntime, isRoomy: () => boolean): Pipeline => {
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();
  return {
    stage: (record) => {
      const started = last.then(async () => {
        if (isClosed) throw new Error('the session has ended');
        const recording = new Recording();
        const read = record(recording);
        return { read, work: await runtime.start(recording) };
      });
      last = started.then(({ work }): Started | Promise<unknown> => (isRoomy() ? work : work.done));
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
