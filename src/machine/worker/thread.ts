// The program of a recording thread: a Node worker thread, or a Worker of a browser.

import { type Request, recordServer } from './protocol.ts';

interface BrowserScope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { data: Request }) => void): void;
}

const serve = recordServer();

if (typeof process === 'undefined') {
  const scope = globalThis as unknown as BrowserScope;
  scope.addEventListener('message', ({ data }) => {
    const answer = serve(data);
    if (answer) scope.postMessage(answer.reply, answer.transfer);
  });
} else {
  const { parentPort } = await import('node:worker_threads');
  parentPort?.on('message', (request: Request) => {
    const answer = serve(request);
    if (answer) parentPort.postMessage(answer.reply, answer.transfer);
  });
}
