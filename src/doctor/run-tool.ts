/** Runs a tool of the host, bounded in time and in what it may print. */
import { spawn } from 'node:child_process';

const LIMIT_MS = 3000;
/** A ruleset with ten thousand rules has about that. */
const MOST_BYTES = 8 << 20;
/** Where tools are, those of administrators too, which the path of other users leaves out. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/bin', '/bin'];

export type ToolResult =
  | { readonly ok: true; readonly output: string }
  /** @param reason for people: `nft is not installed`. */
  | { readonly ok: false; readonly reason: string };

/**
 * Never rejects.
 * @param enter runs what starts the process: it lives in the namespace of the thread at that moment.
 */
export function runTool(
  command: string,
  args: readonly string[],
  enter: <T>(act: () => T) => T = (act) => act(),
): Promise<ToolResult> {
  return new Promise((resolve) => {
    const fail = (reason: string): void => resolve({ ok: false, reason });
    try {
      const env = {
        ...process.env,
        PATH: toolPath(process.env.PATH),
        LC_ALL: 'C',
        NODE_OPTIONS: '',
      };
      const child = enter(() => spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }));
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        fail(`${command} did not end within ${LIMIT_MS / 1000} s`);
      }, LIMIT_MS);
      let output = '';
      let complaint = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.length <= MOST_BYTES) return;
        child.kill('SIGKILL');
        fail(`${command} printed more than ${MOST_BYTES >> 20} MiB`);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        complaint = (complaint + text).slice(0, 1000);
      });
      child.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        fail(error.code === 'ENOENT' ? `${command} is not installed` : `${command}: ${error.message}`);
      });
      child.on('close', (code) => {
        clearTimeout(timer);
        if (code === 0) resolve({ ok: true, output });
        else fail(`${command}: ${complaint.trim().split('\n')[0] || `exit code ${code}`}`);
      });
    } catch (error) {
      fail(`${command}: ${(error as Error).message}`);
    }
  });
}

/**
 * The folders in which a tool is looked for. Empty and relative entries lead to the current directory, in which anybody may
 * have put a program: they are left out.
 * @param path of the environment
 */
function toolPath(path = ''): string {
  const absolute = path.split(':').filter((folder) => folder.startsWith('/'));
  return [...absolute, ...SYSTEM_FOLDERS].join(':');
}
