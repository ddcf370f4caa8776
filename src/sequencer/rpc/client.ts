// A small JSON-RPC client over HTTP, for the node's own commands.
import { RpcError } from './errors.ts';

export interface RpcClient {
  call<T>(method: string, ...params: readonly unknown[]): Promise<T>;
  /** In one request; fails as the first call that fails. */
  batch<T>(calls: readonly (readonly [method: string, ...params: unknown[]])[]): Promise<T[]>;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

const resultOf = ({ result, error }: Answer): unknown => {
  if (error !== undefined) throw new RpcError(error.code, error.message, error.data);
  return result;
};

export function rpcClient(url: string, timeoutMs = 30_000): RpcClient {
  const post = async (body: unknown): Promise<unknown> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return response.json();
  };
  const request = (id: number, method: string, params: readonly unknown[]): object => ({
    ...{ jsonrpc: '2.0', id, method, params },
  });
  return {
    call: async <T>(method: string, ...params: readonly unknown[]) =>
      resultOf((await post(request(1, method, params))) as Answer) as T,
    batch: async <T>(calls: readonly (readonly [string, ...unknown[]])[]) => {
      const answers = await post(calls.map(([method, ...params], id) => request(id, method, params)));
      // A refused batch is answered with one error.
      if (!Array.isArray(answers)) throw new RpcError(-32603, (answers as Answer).error?.message ?? 'no answers');
      const byId = new Map((answers as Answer[]).map((answer) => [answer.id, answer]));
      return calls.map((_, id) => resultOf(byId.get(id) ?? { id, error: { code: -32603, message: 'no answer' } }) as T);
    },
  };
}
