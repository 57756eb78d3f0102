/**
 * Entry of the engine process, started by the daemon with three connections: descriptors 3 (orders and reports), 4
 * (network namespaces) and 5 (copies for those who peek).
 */

// Before anything else is loaded: by default SIGUSR1 opens node's inspector, and the others end the process. The daemon
// gets the same signals (a terminal sends them to the whole group), and orders what is due.
for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {});
}
await import('./run-engine.js');

export {};
