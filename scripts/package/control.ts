/** Metadata of the Debian package: deb-control(5). */

export interface ControlFields {
  readonly version: string;
  readonly architecture: string;
  readonly maintainer: string;
  /** Packages with the libraries that the programs are linked with, as dpkg-shlibdeps names them. */
  readonly libraries: string;
  readonly installedKibibytes: number;
}

const DESCRIPTION = `mirrors packets of network interfaces to monitoring targets
 Copies the traffic of Linux network interfaces to intrusion detection and
 other monitoring, the way cloud Traffic Mirroring does: with targets, filters
 and sessions, in VXLAN or GENEVE. Its control API is that of the cloud.
 .
 The daemon runs as a user of its own with the capability CAP_NET_RAW alone.
 The package brings its own Node.js runtime, which nothing else uses.`;

/** The file DEBIAN/control. */
export function control(fields: ControlFields): string {
  const { version, architecture, maintainer, libraries, installedKibibytes } = fields;
  return [
    'Package: traffic-mirror',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${maintainer}`,
    `Installed-Size: ${installedKibibytes}`,
    `Depends: ${['adduser', libraries].filter((names) => names !== '').join(', ')}`,
    'Section: net',
    'Priority: optional',
    `Description: ${DESCRIPTION}`,
    '',
  ].join('\n');
}

/** The changelog in Debian's form: deb-changelog(5). What changed is in CHANGELOG.md, for all ways to install. */
export function debianChangelog(version: string, maintainer: string, time: Date): string {
  return [
    `traffic-mirror (${version}) unstable; urgency=medium`,
    '',
    '  * What changed is in CHANGELOG.md.gz.',
    '',
    ` -- ${maintainer}  ${time.toUTCString().replace('GMT', '+0000')}`,
    '',
  ].join('\n');
}

/**
 * Whoever builds says who they are as for any Debian package: DEBFULLNAME and DEBEMAIL. Else it is the author that
 * package.json names, without an address where mail arrives.
 */
export function maintainer(author: string, environment: NodeJS.ProcessEnv): string {
  const { DEBFULLNAME = author, DEBEMAIL = 'nobody@traffic-mirror.example' } = environment;
  return `${DEBFULLNAME} <${DEBEMAIL}>`;
}

/** @returns a version of npm as a version of Debian, where a pre-release comes before its release: deb-version(7). */
export function debianVersion(version: string): string {
  return version.replace('-', '~').replaceAll('-', '.');
}

/** Whether dpkg takes it, without an epoch or a revision. */
export function isDebianVersion(version: string): boolean {
  return /^\d[A-Za-z0-9.+~]*$/.test(version);
}
