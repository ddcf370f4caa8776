// JSON-RPC 2.0: text in, text out. Whatever comes in, one answer goes out.
import type { Method, RpcContext, Subscriber } from './context.ts';
import {
  INVALID_PARAMS,
  INVALID_REQUEST,
  LIMIT_EXCEEDED,
  METHOD_NOT_FOUND,
  PARSE_ERROR,
  RpcError,
  toErrorObject,
} from './errors.ts';
import { chainMethods } from './methods/chain.ts';
import { debugMethods } from './methods/debug.ts';
import { devMethods } from './methods/dev.ts';
import { generalMethods } from './methods/general.ts';
import { refusedMethods } from './methods/refused.ts';
import { stateMethods } from './methods/state.ts';
import { subscriptionMethods } from './methods/subscriptions.ts';
import { txpoolMethods } from './methods/txpool.ts';
import { wispMethods } from './methods/wisp.ts';
import { jsonText } from './raw_json.ts';

export const MAX_BATCH = 1000;
/** Bytes of a batch's answers, after which the rest is refused; go-ethereum's limit. */
const MAX_RESPONSE_BYTES = 25_000_000;
/** Requests of a batch are answered for this long before others are served. */
const SLICE_MS = 8;
/** Brackets within brackets: more than any method's parameters have. */
const MAX_DEPTH = 32;

const METHODS: ReadonlyMap<string, Method> = new Map(
  Object.entries({
    ...{ ...chainMethods, ...stateMethods, ...generalMethods, ...subscriptionMethods },
    ...{ ...debugMethods, ...txpoolMethods, ...wispMethods, ...devMethods, ...refusedMethods },
  }),
);

type Id = string | number | null;

export interface DispatchHooks {
  /** After each request. */
  readonly onRequest: (method: string, ms: number, ok: boolean) => void;
  readonly onUnexpected: (method: string, error: unknown) => void;
}

export interface Dispatcher {
  /** The answer's text, or undefined where none is due. */
  handle(text: string, subscriber: Subscriber | undefined): Promise<string | undefined>;
}

/** Whether there are more opening brackets than `limit`, those in strings too. */
function hasMoreBrackets(text: string, limit: number): boolean {
  let count = 0;
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) if (++count > limit) return true;
  }
  return false;
}

/** Whether brackets outside strings nest deeper than `limit`; before parsing, which would follow them. */
export function isTooDeep(text: string, limit: number = MAX_DEPTH): boolean {
  // A search is some ten times faster than a look at each character, and most requests have two brackets.
  if (!hasMoreBrackets(text, limit)) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > limit) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}

const answer = (id: Id, body: object): string => JSON.stringify({ jsonrpc: '2.0', id, ...body });
const success = (id: Id, result: unknown): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${jsonText(result)}}`;
const refusal = (code: number, message: string): string => answer(null, { error: { code, message } });

export function dispatcher(context: RpcContext, hooks: DispatchHooks): Dispatcher {
  const one = async (request: unknown, subscriber: Subscriber | undefined): Promise<string | undefined> => {
    if (typeof request !== 'object' || request === null || Array.isArray(request)) {
      return refusal(INVALID_REQUEST, 'invalid request');
    }
    const { jsonrpc, id, method, params } = request as Record<string, unknown>;
    const isNotification = id === undefined;
    const known: Id = typeof id === 'string' || typeof id === 'number' ? id : null;
    if (jsonrpc !== '2.0' || typeof method !== 'string' || (!isNotification && known === null && id !== null)) {
      return answer(known, { error: { code: INVALID_REQUEST, message: 'invalid request' } });
    }
    const started = performance.now();
    const handler = METHODS.get(method);
    const label = handler === undefined ? 'unknown' : method;
    try {
      if (handler === undefined) {
        const message = `the method ${method.slice(0, 100)} does not exist/is not available`;
        throw new RpcError(METHOD_NOT_FOUND, message);
      }
      if (params !== undefined && params !== null && !Array.isArray(params)) {
        throw new RpcError(INVALID_PARAMS, 'non-array args');
      }
      const result = await handler(context, params ?? [], subscriber);
      hooks.onRequest(label, performance.now() - started, true);
      return isNotification ? undefined : success(known, result);
    } catch (error) {
      hooks.onRequest(label, performance.now() - started, false);
      const body = toErrorObject(error, (e) => hooks.onUnexpected(label, e));
      return isNotification ? undefined : answer(known, { error: body });
    }
  };

  /** One after another, but what is sent to the pool, and may wait for a block, together. */
  const many = async (
    requests: readonly unknown[],
    subscriber: Subscriber | undefined,
  ): Promise<string | undefined> => {
    if (requests.length === 0) return refusal(INVALID_REQUEST, 'empty batch');
    if (requests.length > MAX_BATCH) return refusal(LIMIT_EXCEEDED, 'batch too large');
    let bytes = 0;
    let slice = performance.now();
    const answers: (string | undefined | Promise<string | undefined>)[] = [];
    for (const request of requests) {
      const { id, method } = (request ?? {}) as { id?: Id; method?: unknown };
      if (performance.now() - slice > SLICE_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        slice = performance.now();
      }
      if (bytes > MAX_RESPONSE_BYTES) {
        answers.push(answer(id ?? null, { error: { code: LIMIT_EXCEEDED, message: 'response too large' } }));
        continue;
      }
      const pending = one(request, subscriber);
      if (typeof method === 'string' && method.startsWith('eth_sendRawTransaction')) answers.push(pending);
      else {
        const text = await pending;
        bytes += text?.length ?? 0;
        answers.push(text);
      }
    }
    const due = (await Promise.all(answers)).filter((text) => text !== undefined);
    return due.length === 0 ? undefined : `[${due.join(',')}]`;
  };

  return {
    handle: async (text, subscriber) => {
      if (isTooDeep(text)) return refusal(PARSE_ERROR, 'parse error: nested too deep');
      let request: unknown;
      try {
        request = JSON.parse(text);
      } catch {
        return refusal(PARSE_ERROR, 'parse error');
      }
      return Array.isArray(request) ? many(request, subscriber) : one(request, subscriber);
    },
  };
}
