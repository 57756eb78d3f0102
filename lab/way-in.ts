/**
 * A way from this machine to a listener in a namespace: a port of loopback here, whose connections a process in the
 * namespace takes and passes on to that one listener.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespaces.js';

const FORWARDER = fileURLToPath(
  new URL(
    import.meta.url.includes('/dist/') ? './forwarder.js' : '../dist/lab/forwarder.js',
    import.meta.url,
  ),
);

export interface WayIn {
  /** Of 127.0.0.1 on this machine. */
  readonly port: number;
  /** Closes the port and what was connected. */
  close(): void;
}

/** Resolves when it is open. It ends with this process too. @param port of 127.0.0.1 in the namespace */
export async function openWayIn(namespace: Namespace, port: number): Promise<WayIn> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the way in has no port');
  const child = namespace.spawn(process.execPath, [FORWARDER, `${port}`], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  // A socket belongs to the namespace that it was made in, whoever accepts its connections.
  child.send('accept', server);
  const outcome = await Promise.race([once(child, 'message'), ended]);
  server.close();
  if (outcome[0] !== 'accepting') throw new Error('the forwarder ended');
  return { port: address.port, close: () => child.kill() };
}
