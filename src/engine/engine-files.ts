/**
 * All that an engine may open: its own program, and what tells of the machine. No state, no key, no configuration, no
 * home; and nothing to write to.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AllowedPath } from '../linux/process-rights.js';

const CODE = fileURLToPath(new URL('../', import.meta.url));
/** Packages of the engine that may lie elsewhere, behind a symbolic link. */
const PACKAGES: readonly string[] = ['koffi', '@koromix', 'cap', 'raw-socket'];

/** Programs' libraries and data, wherever distributions have them. Nothing secret lies there. */
const LIBRARIES: readonly string[] = [
  '/lib',
  '/lib32',
  '/lib64',
  '/usr/lib',
  '/usr/lib32',
  '/usr/lib64',
  '/usr/local/lib',
  '/usr/share',
  '/nix/store',
  '/gnu/store',
];
/** Settings of the dynamic linker, OpenSSL and the clock: files, not their folders, since some folders hold keys too. */
const SETTINGS: readonly string[] = [
  '/etc/ld.so.cache',
  '/etc/ld.so.preload',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/ssl/openssl.cnf',
  '/etc/pki/tls/openssl.cnf',
  '/etc/crypto-policies',
  '/usr/local/ssl/openssl.cnf',
  '/etc/localtime',
];
/**
 * Devices, processors, memory and its limits. Of /proc only what belongs to this process or to nobody: with
 * CAP_SYS_ADMIN, which entering namespaces takes, the kernel would show the environment of the daemon too.
 */
const KERNEL: readonly string[] = [
  '/proc/self',
  '/proc/sys',
  '/proc/cgroups',
  '/proc/cpuinfo',
  '/proc/filesystems',
  '/proc/loadavg',
  '/proc/meminfo',
  '/proc/stat',
  '/proc/uptime',
  '/proc/version',
  '/proc/version_signature',
  '/sys/class/net',
  '/sys/devices',
  '/sys/fs/cgroup',
  '/sys/kernel/mm/transparent_hugepage',
];
const RANDOM: readonly string[] = ['/dev/urandom', '/dev/random'];

/** To be asked in a process of the same program, which has loaded what the engine will. */
export function engineFiles(): AllowedPath[] {
  const read = [
    CODE,
    ...packageFiles(CODE),
    ...PACKAGES.flatMap(packageElsewhere),
    ...LIBRARIES,
    ...SETTINGS,
    ...KERNEL,
    ...RANDOM,
    process.env.OPENSSL_CONF ?? '',
  ];
  return [
    ...[...new Set(read)].filter((path) => path !== '').map((path) => ({ path, access: 'read' }) as const),
    // Of this program: node itself, and what the kernel starts to load its libraries.
    ...mappedFiles().map((path) => ({ path, access: 'execute' }) as const),
    { path: '/dev/null', access: 'write' },
  ];
}

/** Where modules of a directory are looked for, and what says how they are to be read. */
function packageFiles(directory: string): string[] {
  const ancestors = [directory];
  while (dirname(ancestors[0] ?? '/') !== ancestors[0]) ancestors.unshift(dirname(ancestors[0] ?? '/'));
  const modules = ancestors.map((ancestor) => join(ancestor, 'node_modules'));
  const description = ancestors.map((ancestor) => join(ancestor, 'package.json')).findLast(existsSync);
  return [...modules, description ?? ''];
}

function packageElsewhere(name: string): string[] {
  const link = packageFiles(CODE)
    .map((modules) => join(modules, name))
    .findLast(existsSync);
  if (link === undefined) return [];
  const directory = realpathSync(link);
  return [directory, ...packageFiles(directory)];
}

/** What the kernel starts a program by, where /proc does not tell: ABIs of x64 and arm64, of glibc and musl. */
const DYNAMIC_LINKERS: readonly string[] = [
  '/lib64/ld-linux-x86-64.so.2',
  '/lib/ld-linux-aarch64.so.1',
  '/lib/ld-musl-x86_64.so.1',
  '/lib/ld-musl-aarch64.so.1',
];

/** proc(5): the sixth field is a path. */
function mappedFiles(): string[] {
  const maps = ownMaps();
  if (maps === undefined) return [executable(), ...DYNAMIC_LINKERS];
  const paths = [...maps.matchAll(/ (\/.*)$/gm)].map(([, path = '']) => path);
  return [...new Set([executable(), ...paths])];
}

/** Undefined where /proc is hidden or not mounted. */
function ownMaps(): string | undefined {
  try {
    return readFileSync('/proc/self/maps', 'utf8');
  } catch {
    return undefined;
  }
}

/** The path of this program. Without /proc, Node knows only the name that it was called by. */
export function executable(): string {
  const { execPath } = process;
  if (execPath.includes('/')) return execPath;
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, execPath)).find(existsSync) ?? execPath;
}
