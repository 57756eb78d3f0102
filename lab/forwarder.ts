/**
 * `node forwarder.js PORT`, in a namespace: takes a listening socket from its parent, and passes each connection on to
 * 127.0.0.1:PORT of the namespace. Ends with its parent.
 */
import { connect, type Server, type Socket } from 'node:net';

const MAXIMUM_CONNECTIONS = 128;

const port = Number(process.argv[2]);

process.on('disconnect', () => process.exit());
process.on('message', (_message, server: Server) => {
  server.maxConnections = MAXIMUM_CONNECTIONS;
  server.on('connection', forward);
  process.send?.('accepting');
});

function forward(near: Socket): void {
  const far = connect(port, '127.0.0.1');
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
  near.on('close', () => far.destroy());
  far.on('close', () => near.destroy());
  near.pipe(far).pipe(near);
}
