/** What is in the package, for scanners: CycloneDX, as `npm sbom` writes it, and the runtime. */
import { run } from './command.js';
import type { Module } from './production-modules.js';

/** What is read and written of CycloneDX 1.5. */
export interface Bom {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly cpe?: string;
  readonly licenses?: readonly object[];
}

const NAME = 'traffic-mirror';
const NODE_REF = 'node';
/** Names in `process.versions` that are interfaces and data, not libraries. */
const NOT_LIBRARIES = ['node', 'modules', 'napi', 'cldr', 'tz', 'unicode'];

/**
 * @returns its text.
 * @param modules those in the package. `npm sbom --omit=dev` leaves out what a development dependency uses as well, so all
 * are asked for.
 */
export function sbom(root: string, version: string, modules: readonly Module[], time: Date): string {
  const printed = run('npm', ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application'], {
    directory: root,
  });
  const bom = JSON.parse(printed) as Bom;
  return `${JSON.stringify(completeBom(bom, version, modules, process.versions, time), null, 2)}\n`;
}

/** @param versions of Node.js and of the libraries in it, as `process.versions`. */
export function completeBom(
  bom: Bom,
  version: string,
  modules: readonly Module[],
  versions: Readonly<Record<string, string | undefined>>,
  time: Date,
): object {
  const { serialNumber: _, ...kept } = bom;
  const packaged = new Set(modules.map((module) => `${module.name}@${module.version}`));
  const components = bom.components.filter((component) =>
    packaged.has(`${component.name}@${component.version}`),
  );
  const libraries = runtimeLibraries(versions);
  const refs = new Set([...components.map((component) => component['bom-ref']), rootRef(bom)]);
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({
      ref,
      dependsOn: [
        ...dependsOn.filter((other) => refs.has(other)),
        ...(ref === rootRef(bom) ? [NODE_REF] : []),
      ],
    }));
  return {
    ...kept,
    metadata: {
      ...bom.metadata,
      timestamp: time.toISOString(),
      // npm calls it by the name of its folder.
      component: {
        ...bom.metadata.component,
        name: NAME,
        version,
        purl: `pkg:npm/${NAME}@${version}`,
      },
    },
    components: [...components, runtime(versions.node ?? ''), ...libraries],
    dependencies: [
      ...dependencies,
      { ref: NODE_REF, dependsOn: libraries.map((library) => library['bom-ref']) },
    ],
  };
}

function rootRef({ metadata }: Bom): string {
  return metadata.component['bom-ref'];
}

function runtime(version: string): Component {
  return {
    'bom-ref': NODE_REF,
    type: 'platform',
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:-:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
  };
}

function runtimeLibraries(versions: Readonly<Record<string, string | undefined>>): Component[] {
  return Object.entries(versions)
    .filter(([name]) => !NOT_LIBRARIES.includes(name))
    .map(([name, version = '']) => ({
      'bom-ref': `${NODE_REF}|${name}@${version}`,
      type: 'library',
      name,
      version,
      purl: `pkg:generic/${name}@${encodeURIComponent(version)}`,
    }));
}
