/** The number of a group, by its name. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Groups of a directory service are asked for over the network. */
const LIMIT_MS = 5000;

/**
 * Looks in /etc/group, and asks getent(1) for a group that is not there.
 * @throws Error that says why there is none (rejects)
 */
export async function groupId(name: string): Promise<number> {
  const local = gidIn(await readFile('/etc/group', 'utf8').catch(() => ''), name);
  if (local !== undefined) return local;
  const { stdout } = await promisify(execFile)('getent', ['group', name], { timeout: LIMIT_MS }).catch(
    () => ({
      stdout: '',
    }),
  );
  const found = gidIn(stdout, name);
  if (found === undefined) throw new Error(`there is no group ${name}`);
  return found;
}

/** group(5): name, password, number, members. */
function gidIn(text: string, name: string): number | undefined {
  const fields = text
    .split('\n')
    .map((line) => line.split(':'))
    .find(([group]) => group === name);
  return /^\d+$/.test(fields?.[2] ?? '') ? Number(fields?.[2]) : undefined;
}
