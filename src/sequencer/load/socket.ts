// A WebSocket that answers calls by their number.
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

export interface CallAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

export interface LoadSocket {
  /** Sends `{method, params: [text]}`; `done` is called with the answer. */
  send(method: string, param: string, done: (answer: CallAnswer) => void): void;
  /** What `sends` sends goes out in one piece: a write to the system takes longer than all else of a request. */
  together(sends: () => void): void;
  readonly unsentBytes: number;
  close(): void;
}

const FRONT = '{"jsonrpc":"2.0","id":';
const SUCCESS = Buffer.from('"status":"0x1"');

/** A receipt of a transaction that succeeded, without reading all of it: the tool shares the machine with the node. */
function receiptOf(data: Buffer): (CallAnswer & { readonly id: number }) | undefined {
  const front = data.toString('latin1', 0, 48);
  if (!front.startsWith(FRONT) || !data.includes(SUCCESS)) return undefined;
  const id = Number.parseInt(front.slice(FRONT.length), 10);
  return Number.isNaN(id) ? undefined : { id, result: true };
}

export async function openSocket(url: string): Promise<LoadSocket> {
  const { WebSocket } = createRequire(import.meta.url)('ws') as typeof import('ws');
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { perMessageDeflate: false });
  const waiting = new Map<number, (answer: CallAnswer) => void>();
  let id = 0;
  socket.on('message', (data: Buffer) => {
    const { id: of, ...answer } = receiptOf(data) ?? (JSON.parse(data.toString('utf8')) as CallAnswer & { id: number });
    waiting.get(of)?.(answer);
    waiting.delete(of);
  });
  let stream: Socket | undefined;
  socket.once('upgrade', (response: IncomingMessage) => {
    stream = response.socket;
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('close', () => {
    for (const done of waiting.values()) done({ error: { code: 0, message: 'connection closed' } });
    waiting.clear();
  });
  socket.on('error', () => {});
  return {
    send: (method, param, done) => {
      waiting.set(++id, done);
      socket.send(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":["${param}"]}`);
    },
    together: (sends) => {
      stream?.cork();
      sends();
      stream?.uncork();
    },
    get unsentBytes() {
      return socket.bufferedAmount;
    },
    close: () => socket.close(),
  };
}
