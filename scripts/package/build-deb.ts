/** The package's control files, and dpkg-deb. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PackageError, run } from './command.js';
import { type ControlFields, control } from './control.js';
import { LAYOUT } from './layout.js';
import type { Stage } from './stage.js';

/** How Debian calls what Node.js calls `process.arch`. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'armhf',
  ia32: 'i386',
  loong64: 'loong64',
  ppc64: 'ppc64el',
  riscv64: 'riscv64',
  s390x: 's390x',
};
/** Of xz: a sixth of the default's time, for a sixth more to fetch. */
const XZ_LEVEL = 1;
const MAINTAINER_SCRIPTS = ['postinst', 'prerm', 'postrm'];

/** @throws PackageError when the machine's packages are not of this Node.js's architecture. */
export function architecture(): string {
  const machine = run('dpkg', ['--print-architecture']).trim();
  const here = ARCHITECTURES[process.arch];
  if (here !== machine)
    throw new PackageError(`Node.js is for ${process.arch}, and packages here for ${machine}`);
  return machine;
}

/** @returns what packages the binaries need, as a value of Depends. @param binaries paths of the package. */
export function libraryPackages(stage: Stage, binaries: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-package-'));
  try {
    mkdirSync(join(directory, 'debian'));
    writeFileSync(
      join(directory, 'debian/control'),
      'Source: traffic-mirror\n\nPackage: traffic-mirror\nArchitecture: any\n',
    );
    const files = binaries.map((binary) => `-e${stage.at(binary)}`);
    const printed = run('dpkg-shlibdeps', ['-O', ...files], { directory });
    return /^shlibs:Depends=(.*)$/m.exec(printed)?.[1] ?? '';
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Writes DEBIAN/ and has dpkg-deb pack the stage. @param scripts the directory of the maintainer scripts. */
export function buildDeb(
  stage: Stage,
  scripts: string,
  fields: Omit<ControlFields, 'installedKibibytes'>,
  output: { readonly file: string; readonly compression: string; readonly time: Date },
): void {
  const files = stage.files();
  const installedKibibytes = files.reduce(
    (sum, file) => sum + Math.ceil(statSync(stage.at(file)).size / 1024),
    0,
  );
  stage.write('/DEBIAN/control', control({ ...fields, installedKibibytes }));
  stage.write('/DEBIAN/conffiles', `${LAYOUT.configuration}\n`);
  const unchanged = files.filter((file) => file !== LAYOUT.configuration);
  stage.write(
    '/DEBIAN/md5sums',
    unchanged.map((file) => `${md5(stage.read(file))}  ${file.slice(1)}\n`).join(''),
  );
  for (const script of MAINTAINER_SCRIPTS) {
    stage.writeExecutable(`/DEBIAN/${script}`, readFileSync(join(scripts, script), 'utf8'));
  }
  stage.openDirectories();
  // No file is newer than the source, so that one source makes one package.
  const environment = { ...process.env, SOURCE_DATE_EPOCH: String(Math.floor(output.time.getTime() / 1000)) };
  const level = output.compression === 'xz' ? [`-z${XZ_LEVEL}`] : [];
  const method = [`-Z${output.compression}`, ...level];
  run('dpkg-deb', ['--root-owner-group', ...method, '--build', stage.root, output.file], { environment });
}

/** dpkg compares with it what is installed. */
function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
