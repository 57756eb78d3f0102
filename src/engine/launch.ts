/**
 * Entry of the process that becomes the engine: it gives up what the engine does not need, and executes it. Landlock
 * binds the thread that asks for it and what that executes; the engine itself has several before any of our code runs.
 */

// As in `main.ts`.
for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {});
}
const { launch } = await import('./launch-engine.js');
await launch(process.argv[2] ?? '');

export {};
