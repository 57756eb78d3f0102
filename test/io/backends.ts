/** Which backend is taken. */
import t from 'tap';
import { chooseBackend } from '../../src/io/backends.js';
import { BACKEND_NAMES, type BackendName, type EngineOptions } from '../../src/plan/mirror-plan.js';

interface Row {
  readonly name: string;
  readonly wanted: EngineOptions['io'];
  readonly broken: readonly BackendName[];
  readonly want: { readonly io: BackendName; readonly reason: string } | RegExp;
}

const rows: readonly Row[] = [
  { name: 'the first that works', wanted: 'auto', broken: [], want: { io: 'ring', reason: '' } },
  {
    name: 'the next, and why',
    wanted: 'auto',
    broken: ['ring'],
    want: { io: 'libpcap', reason: 'no ring' },
  },
  { name: 'none', wanted: 'auto', broken: BACKEND_NAMES, want: /no libpcap/ },
  {
    name: 'the one that is asked for',
    wanted: 'libpcap',
    broken: ['ring'],
    want: { io: 'libpcap', reason: '' },
  },
  { name: 'and no other', wanted: 'ring', broken: ['ring'], want: /no ring/ },
];

for (const { name, wanted, broken, want } of rows) {
  t.test(name, async (t) => {
    const choice = chooseBackend(wanted, async (io) => {
      if (broken.includes(io)) throw new Error(`no ${io}`);
    });
    if (want instanceof RegExp) await t.rejects(choice, { message: want });
    else t.same(await choice, want);
  });
}
