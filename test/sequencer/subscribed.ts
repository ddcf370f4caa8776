// ethers subscribes in the background: `on` resolves before the node knows of it.
import type { WebSocketProvider } from 'ethers';

/** Resolves when the node has what was subscribed to before. */
export async function subscribed(socket: WebSocketProvider): Promise<void> {
  // By the answer to the first all is queued, and the second is answered after what was queued before it.
  for (let i = 0; i < 2; i++) await socket.send('eth_chainId', []);
}
