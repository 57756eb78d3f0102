/** Files with secrets that the configuration names: there, readable, and not for others. */
import type { Facts, SecretFile, SecretFileFacts } from './facts.js';
import { type Finding, finding } from './finding.js';

/** Keys whose value is the path of a file with a secret. A certificate is none. */
const SECRET_KEY = /^(?:secret\w*|key|\w*[tT]oken)File$/;
/** The daemon refuses these while others may open them. */
const REFUSED_KEY = 'secretAccessKeyFile';
const OTHERS = 0o007;
const MOST_FILES = 1000;

/** Reports `secret-unreadable` and `secret-exposed`. */
export function checkSecrets({ secrets, process }: Facts): Finding[] {
  return secrets.flatMap((file) => checkFile(file, process.daemon !== undefined));
}

/** The files that a section of the configuration names. @param value its value. @param key its path. */
export function secretFilesIn(value: unknown, key: string): SecretFile[] {
  const found: SecretFile[] = [];
  collect(value, key, found);
  return found.slice(0, MOST_FILES);
}

function collect(value: unknown, key: string, found: SecretFile[]): void {
  if (typeof value !== 'object' || value === null || found.length >= MOST_FILES) return;
  for (const [name, member] of Object.entries(value)) {
    const path = Array.isArray(value) ? `${key}[${name}]` : `${key}.${name}`;
    if (typeof member === 'string' && SECRET_KEY.test(name)) {
      found.push({ key: path, path: member, isRefusedWhenOpen: name === REFUSED_KEY });
    } else collect(member, path, found);
  }
}

function checkFile(file: SecretFileFacts, runs: boolean): Finding[] {
  const { key, problem, mode, hiddenFrom, isRefusedWhenOpen } = file;
  if (problem === 'ENOENT' || problem === 'ENOTDIR') {
    const text = `the file of ${key} does not exist, so that the daemon does not start`;
    const remedy = `install -m 0640 -g traffic-mirror /dev/null FILE, with the secret in it, or correct ${key}`;
    return [finding('error', 'secret-unreadable', key, text, remedy)];
  }
  if (problem !== undefined && problem !== 'EACCES' && problem !== 'EPERM') {
    return [
      finding(
        'error',
        'secret-unreadable',
        key,
        `the file of ${key} cannot be read: ${problem}`,
        `ls -l FILE, or correct ${key}`,
      ),
    ];
  }
  if (hiddenFrom !== undefined) {
    const { userId, groupId } = hiddenFrom;
    const text = `the daemon runs as user ${userId}, who may not read the file of ${key} (mode ${octal(mode)}): its next start or reload fails`;
    const remedy = `chgrp ${groupId} FILE; chmod 0640 FILE # the one that ${key} names`;
    return [finding('warning', 'secret-unreadable', key, text, remedy)];
  }
  if ((mode & OTHERS) === 0) return [];
  const text = `everybody on this host may open the file of ${key} (mode ${octal(mode)})`;
  // A daemon that runs has read it before it was opened to others.
  const severity = isRefusedWhenOpen && !runs ? 'error' : 'warning';
  const effect = isRefusedWhenOpen ? ', and the daemon does not start with it' : '';
  return [
    finding(severity, 'secret-exposed', key, text + effect, `chmod o= FILE # the one that ${key} names`),
  ];
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
