/** What the package puts into the system: unit, command, configuration, documents. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from './files-below.js';
import { LAYOUT } from './layout.js';
import type { Runtime } from './runtime.js';
import type { Stage } from './stage.js';

/** Documents at the top of the checkout. */
const TOP_DOCUMENTS = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md'];
/** Its group is the service's, once that exists: DEBIAN/postinst. */
const CONFIGURATION_MODE = 0o640;

export function stageSystemFiles(stage: Stage, root: string, runtime: Runtime): void {
  stage.write(
    LAYOUT.unit,
    packagedUnit(readFileSync(join(root, 'config/traffic-mirror.service'), 'utf8'), runtime),
  );
  stage.writeExecutable(
    LAYOUT.command,
    `#!/bin/sh\nexec ${LAYOUT.node} ${runtime.noInspector} ${LAYOUT.main} "$@"\n`,
  );
  stage.write(
    LAYOUT.configuration,
    readFileSync(join(root, 'package/debian/config.yaml'), 'utf8'),
    CONFIGURATION_MODE,
  );
}

/** The unit of the repository, with the places of the package. @throws Error when it does not name what it is to run. */
export function packagedUnit(unit: string, { noInspector }: Pick<Runtime, 'noInspector'>): string {
  const placed = unit
    .replace(/^(#.*\n)+\n/, '')
    .replace(
      'Documentation=file:///opt/traffic-mirror/docs/operations.md',
      `Documentation=man:traffic-mirror(1)\nDocumentation=file://${LAYOUT.documents}/docs/operations.md`,
    )
    .replaceAll('/opt/traffic-mirror', LAYOUT.program)
    .replace(/^ExecStart=\/usr\/bin\/node/m, `$& ${noInspector}`)
    .replaceAll('/usr/bin/node', LAYOUT.node);
  const start = `ExecStart=${LAYOUT.node} ${noInspector} ${LAYOUT.main} run --config ${LAYOUT.configuration}`;
  if (!placed.split('\n').includes(start)) throw new Error(`the unit has no ${start}`);
  return placed;
}

/** Documents keep their places to each other, so that their links hold. */
export function stageDocuments(stage: Stage, root: string): void {
  for (const file of TOP_DOCUMENTS) stage.copy(join(root, file), `${LAYOUT.documents}/${file}`);
  const changes = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  stage.writeCompressed(`${LAYOUT.documents}/CHANGELOG.md`, changes);
  for (const folder of ['docs', 'config']) {
    for (const file of filesBelow(join(root, folder)).filter((name) => !name.endsWith('.service'))) {
      stage.copy(join(root, folder, file), join(LAYOUT.documents, folder, file));
    }
  }
}
