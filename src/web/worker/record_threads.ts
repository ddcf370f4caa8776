// Segments are recorded in a worker of their own while the one before is proven, as in Node.
import type { RecordThread } from '../../machine/worker/pool.ts';
import type { Reply } from '../../machine/worker/protocol.ts';

export async function spawnRecordThread(): Promise<RecordThread> {
  const worker = new Worker(new URL('../../machine/worker/thread.ts', import.meta.url), { type: 'module' });
  return {
    post: (request) => worker.postMessage(request),
    listen: (reply, death) => {
      worker.onmessage = ({ data }: MessageEvent<Reply>) => reply(data);
      worker.onmessageerror = () => death('a message was damaged');
      worker.onerror = (event) => death(event.message);
    },
    // A page has no process to keep alive.
    hold: () => {},
    terminate: async () => worker.terminate(),
  };
}
