// The node's one port: JSON-RPC over HTTP and WebSocket, and routes of others (health, metrics, prover jobs).
// Everything that a client can make large or slow is bounded here.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Subscriber } from './context.ts';
import type { Dispatcher } from './dispatch.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Names besides localhost and addresses that requests may be for; others are refused, as DNS may rebind. */
  readonly hosts: readonly string[];
  /** What `Access-Control-Allow-Origin` says; none if absent. */
  readonly cors?: string | undefined;
  readonly limits?: Partial<ServerLimits>;
  readonly routes: readonly Route[];
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** The whole path, or with a trailing `/*` all below it. */
  readonly path: string;
  readonly maxBytes?: number;
  handle(request: RouteRequest): Promise<RouteResponse>;
}

export interface RouteRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Uint8Array;
}

export interface RouteResponse {
  readonly status: number;
  readonly type?: string;
  readonly body: string | Uint8Array;
}

export interface ServerLimits {
  readonly bodyBytes: number;
  /** Of a WebSocket's message. */
  readonly messageBytes: number;
  /** Bytes of requests that are being received, and of answers that are not read yet, of all connections together. */
  readonly heldBytes: number;
  readonly connections: number;
  readonly webSockets: number;
  /** Milliseconds for a request's headers, and for all of it. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** Milliseconds after which a connection on which nothing moves is closed. */
  readonly idleMs: number;
  /** Bytes that a WebSocket may leave unread. */
  readonly unreadBytes: number;
  /** Requests of one WebSocket that are under way. */
  readonly inFlight: number;
}

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  bodyBytes: 5 * 2 ** 20,
  messageBytes: 2 ** 20,
  heldBytes: 512 * 2 ** 20,
  connections: 8192,
  webSockets: 2048,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 300_000,
  unreadBytes: 16 * 2 ** 20,
  inFlight: 20_000,
};

export interface RunningServer {
  readonly port: number;
  readonly connections: { readonly http: number; readonly webSockets: number };
  /** Lets answers under way go out, then closes. */
  close(): Promise<void>;
}

const PING_MS = 30_000;

class TooLarge extends Error {}
class TooMuch extends Error {}

/** Bytes held for clients, of all connections together. */
interface Held {
  bytes: number;
  readonly limit: number;
}

async function readBody(request: IncomingMessage, maxBytes: number, held: Held): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw new TooLarge();
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      length += part.length;
      held.bytes += part.length;
      if (length > maxBytes) throw new TooLarge();
      if (held.bytes > held.limit) throw new TooMuch();
      parts.push(part);
    }
  } finally {
    held.bytes -= length;
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

/** Whether the request is for us by name. A page elsewhere whose name was made to resolve to us is not. */
function isOwnHost(header: string | undefined, hosts: readonly string[]): boolean {
  if (header === undefined || hosts.includes('*')) return true;
  const name = header.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || isIP(name) !== 0 || hosts.includes(name);
}

export async function startServer(dispatcher: Dispatcher, options: ServerOptions): Promise<RunningServer> {
  const limits: ServerLimits = { ...DEFAULT_SERVER_LIMITS, ...options.limits };
  const { WebSocketServer } = createRequire(import.meta.url)('ws') as typeof import('ws');

  const held: Held = { bytes: 0, limit: limits.heldBytes };
  const send = (response: ServerResponse, { status, type = 'application/json', body }: RouteResponse): void => {
    if (response.destroyed) return;
    const length = Buffer.byteLength(body as string);
    // Who reads slowly is not given more.
    if (held.bytes + length > held.limit) {
      response.destroy();
      return;
    }
    held.bytes += length;
    response.once('close', () => {
      held.bytes -= length;
    });
    response.writeHead(status, {
      'content-type': type,
      'content-length': length,
      ...(options.cors === undefined ? {} : { 'access-control-allow-origin': options.cors }),
    });
    response.end(body);
  };

  const routeOf = (method: string, path: string): Route | undefined =>
    options.routes.find(
      (route) =>
        route.method === method &&
        (route.path.endsWith('/*') ? path.startsWith(route.path.slice(0, -1)) : route.path === path),
    );

  const respond = async (request: IncomingMessage): Promise<RouteResponse> => {
    const { method = 'GET', headers } = request;
    if (!isOwnHost(headers.host, options.hosts)) return { status: 403, body: '{"error":"host not allowed"}' };
    const url = new URL(request.url ?? '/', 'http://node');
    const route = routeOf(method, url.pathname);
    if (route !== undefined) {
      const body = await readBody(request, route.maxBytes ?? limits.bodyBytes, held);
      return route.handle({ path: url.pathname, query: url.searchParams, headers, body });
    }
    if (method === 'OPTIONS') return { status: 204, body: '' };
    if (url.pathname !== '/') return { status: 404, body: '{"error":"not found"}' };
    if (method !== 'POST') return { status: 405, body: '{"error":"JSON-RPC is spoken with POST"}' };
    const text = (await readBody(request, limits.bodyBytes, held)).toString('utf8');
    const answer = await dispatcher.handle(text, undefined);
    return { status: answer === undefined ? 204 : 200, body: answer ?? '' };
  };

  const server = createServer(
    { connectionsCheckingInterval: Math.min(1000, limits.headersMs), keepAlive: true, noDelay: true },
    (request, response) => {
      if (request.method === 'OPTIONS' && options.cors !== undefined) {
        response.setHeader('access-control-allow-methods', 'POST, GET, PUT');
        response.setHeader('access-control-allow-headers', 'content-type, authorization');
        response.setHeader('access-control-max-age', '600');
        // Asked for where a public page reaches a node of this network.
        if (request.headers['access-control-request-private-network'] === 'true') {
          response.setHeader('access-control-allow-private-network', 'true');
        }
      }
      respond(request).then(
        (answer) => send(response, answer),
        (error: unknown) => {
          const [status, why] =
            error instanceof TooLarge
              ? [413, 'too large']
              : error instanceof TooMuch
                ? [503, 'too much at once']
                : [400, 'bad request'];
          if (status !== 400) response.setHeader('connection', 'close');
          send(response, { status, body: `{"error":"${why}"}` });
          if (status !== 400) request.destroy();
        },
      );
    },
  );
  server.maxConnections = limits.connections;
  server.headersTimeout = limits.headersMs;
  server.requestTimeout = limits.requestMs;
  server.keepAliveTimeout = 65_000;
  server.timeout = limits.idleMs;

  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes, perMessageDeflate: false });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refuse = (status: string): void => {
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    };
    if (!isOwnHost(request.headers.host, options.hosts)) refuse('403 Forbidden');
    else if (request.headers.origin !== undefined && !isAllowedOrigin(request.headers.origin, options)) {
      refuse('403 Forbidden');
    } else if (sockets.clients.size >= limits.webSockets) refuse('503 Service Unavailable');
    else sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, socket));
  });
  /** Those that answered since the last ping, or are new. */
  const alive = new WeakSet<WebSocket>();
  sockets.on('connection', (client: WebSocket, socket: Duplex) => {
    alive.add(client);
    client.on('pong', () => alive.add(client));
    serveSocket(client, socket, dispatcher, limits, held);
  });
  const pinging = setInterval(() => {
    for (const client of sockets.clients) {
      if (alive.delete(client)) client.ping();
      else client.terminate();
    }
  }, PING_MS);
  pinging.unref();

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  let open = 0;
  server.on('connection', (socket) => {
    open++;
    socket.once('close', () => open--);
  });

  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return { http: open - sockets.clients.size, webSockets: sockets.clients.size };
    },
    close: () =>
      new Promise((resolve) => {
        clearInterval(pinging);
        for (const client of sockets.clients) client.close(1001, 'the node is stopping');
        const force = setTimeout(() => {
          for (const client of sockets.clients) client.terminate();
          server.closeAllConnections();
        }, 2000);
        server.close(() => {
          clearTimeout(force);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** Browsers say where a page is from; a WebSocket is not bound by CORS, so it is checked here. */
function isAllowedOrigin(origin: string, { cors, hosts }: ServerOptions): boolean {
  if (cors === '*' || cors === origin) return true;
  return URL.canParse(origin) && isOwnHost(new URL(origin).host, hosts);
}

function serveSocket(
  client: WebSocket,
  socket: Duplex,
  dispatcher: Dispatcher,
  limits: ServerLimits,
  held: Held,
): void {
  let inFlight = 0;
  /** A block answers hundreds of requests at once: what goes out in one turn is written together. */
  let isCorked = false;
  const cork = (): void => {
    if (isCorked) return;
    isCorked = true;
    socket.cork();
    setImmediate(() => {
      isCorked = false;
      socket.uncork();
    });
  };
  const send = (text: string): void => {
    if (client.readyState !== client.OPEN) return;
    // Who does not read is not waited for.
    if (client.bufferedAmount > limits.unreadBytes || held.bytes + text.length > held.limit) {
      client.terminate();
      return;
    }
    let waiting = text.length;
    held.bytes += waiting;
    cork();
    client.send(text, () => {
      held.bytes -= waiting;
      waiting = 0;
    });
  };
  const subscriber: Subscriber = {
    subscriptions: new Map(),
    notify: (subscription, { text }) =>
      send(
        `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${subscription}","result":${text}}}`,
      ),
  };
  client.on('message', (data: Buffer, isBinary: boolean) => {
    if (inFlight >= limits.inFlight) {
      client.close(1013, 'too many requests under way');
      return;
    }
    inFlight++;
    const text = isBinary ? '' : data.toString('utf8');
    void dispatcher.handle(text, subscriber).then((answer) => {
      inFlight--;
      if (answer !== undefined) send(answer);
    });
  });
  client.on('error', () => client.terminate());
  client.on('close', () => {
    for (const end of subscriber.subscriptions.values()) end();
    subscriber.subscriptions.clear();
  });
}
