/**
 * Signals that mean nothing here. Node opens its inspector for SIGUSR1, to whoever can connect to 127.0.0.1; SIGUSR2
 * ends a process. Both are sent by mistake now and then, as by a rule for log files that was made for another program.
 */

for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {});

export {};
