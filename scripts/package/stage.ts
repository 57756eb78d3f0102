/** The files of the package below a directory, with the modes that they will have. */
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { filesBelow } from './files-below.js';

const PLAIN = 0o644;
const EXECUTABLE = 0o755;

export class Stage {
  /** The directory that becomes `/`. */
  readonly root: string;

  constructor(root: string) {
    this.root = root;
    mkdirSync(root, { recursive: true });
  }

  /** Where a file of the package is now. */
  at(path: string): string {
    return join(this.root, path);
  }

  write(path: string, text: string | Uint8Array, mode = PLAIN): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text);
    chmodSync(this.at(path), mode);
  }

  writeExecutable(path: string, text: string): void {
    this.write(path, text, EXECUTABLE);
  }

  /** As Debian's policy wants manual pages and changelogs: no time of packing is in it. */
  writeCompressed(path: string, text: string): void {
    this.write(`${path}.gz`, gzipSync(text, { level: 9 }));
  }

  copy(source: string, path: string, mode = PLAIN): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    copyFileSync(source, this.at(path));
    chmodSync(this.at(path), mode);
  }

  /** Every file, sorted, as paths of the installed machine. */
  files(below = '/'): string[] {
    return filesBelow(this.at(below)).map((path) => join(below, path));
  }

  /** Directories get the mode that dpkg expects, whatever the umask was. */
  openDirectories(): void {
    chmodSync(this.root, EXECUTABLE);
    for (const entry of readdirSync(this.root, { recursive: true, encoding: 'utf8' })) {
      const path = join(this.root, entry);
      if (lstatSync(path).isDirectory()) chmodSync(path, EXECUTABLE);
    }
  }

  read(path: string): Uint8Array {
    return readFileSync(this.at(path));
  }
}
