/** Who may import whom. Every ban says why; the folders are those of docs/architecture.md. */
const DATA_PATH =
  '^src/(wire|linux|decode|match|encapsulate|offload|counters|targets|io|peek|mirror|engine)/';

/** Each folder may import those that stand before it, and none behind it: so no two folders can need each other. */
const FOLDERS = [
  'wire',
  'plan',
  'decode',
  'print',
  'linux',
  'resources',
  'encapsulate',
  'listen',
  'match',
  'offload',
  'counters',
  'api',
  'targets',
  'config',
  'transfer',
  'io',
  'peek',
  'mirror',
  'explain',
  'status',
  'engine',
  'metrics',
  'doctor',
  'select',
  'daemon',
  'receive',
  'cli',
];

/** Folders that the console may import: they are pure functions over bytes and resources. */
const BROWSER = [
  'wire',
  'plan',
  'decode',
  'print',
  'resources',
  'encapsulate',
  'match',
  'offload',
  'explain',
];

const ban = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    ban('no-cycle', 'A cycle means that two files are one.', {}, { circular: true }),
    ...FOLDERS.slice(0, -1).map((folder, index) =>
      ban(
        `folder-order-${folder}`,
        'A folder that needs one behind it is not understood without it.',
        { path: `^src/${folder}/` },
        { path: `^src/(${FOLDERS.slice(index + 1).join('|')})/` },
      ),
    ),
    ban(
      'folder-has-place',
      'A new folder says where it stands.',
      { path: '^(src|lab|bench)/' },
      { path: '^src/', pathNot: `^src/(${FOLDERS.join('|')})/` },
    ),
    ban(
      'plan-imports-nothing',
      'What the data path is told is plain data.',
      { path: '^src/plan/' },
      { pathNot: '^src/plan/' },
    ),
    ban(
      'backends-know-no-other',
      'A way to capture or send is a folder and a row: it can be added and taken away by itself. AF_XDP sends out of rings.',
      { path: '^src/io/([a-z]+)/' },
      { path: '^src/io/[a-z]+/', pathNot: ['^src/io/$1/', '^src/io/xdp/'] },
    ),
    ban(
      'data-path-alone',
      'The data path must not wait for, or be broken by, what manages it; a log line per frame is an outage.',
      { path: DATA_PATH },
      {
        path: '^src/(config|api|metrics|daemon|cli|resources)/|node_modules/(pino|pino-pretty|zod|yaml|commander)/',
      },
    ),
    ban(
      'wire-imports-nothing',
      'Layouts are pure functions over bytes.',
      { path: '^src/wire/' },
      { pathNot: '^src/wire/' },
    ),
    ban(
      'no-node-below',
      'A browser runs these folders too: they see no Node module and no package. biome.json denies them Node’s globals.',
      { path: '^src/(wire|decode|print|match|encapsulate|offload)/|^src/plan/mirror-plan\\.ts$' },
      { pathNot: '^src/' },
    ),
    ban(
      'console-sees-what-a-browser-runs',
      'The rest of src needs Node, or is the daemon’s own: the console asks the API for it, as every client does.',
      { path: '^console/' },
      { path: '^src/', pathNot: `^src/(${BROWSER.join('|')})/` },
    ),
    {
      name: 'console-reaches-no-node',
      comment:
        'A browser has no modules of Node: the page would fail when it is opened, not when it is built.',
      severity: 'error',
      from: { path: '^console/src/' },
      // Paths of files have an ending, and those of packages are below node_modules.
      to: { path: '^[a-z_0-9/:]+$', reachable: true },
    },
    ban(
      'console-model-knows-no-page',
      'What the resources are, and what a form sends, is tried without a browser.',
      { path: '^console/src/(model|forms)/' },
      { path: 'node_modules/(react|react-dom|@cloudscape-design)/|^console/src/(pages|parts)/|\\.tsx$' },
    ),
    ban(
      'decode-sees-wire',
      'Decoding depends on nothing but the layouts.',
      { path: '^src/decode/' },
      { pathNot: '^src/(decode|wire)/' },
    ),
    ban(
      'print-sees-wire',
      'A line of text depends on nothing but the layouts.',
      { path: '^src/print/' },
      { pathNot: '^src/(print|wire)/' },
    ),
    ban(
      'match-sees-decoded',
      'Filters judge decoded fields, whatever captured or sends them.',
      { path: '^src/match/' },
      { path: '^src/', pathNot: '^src/(match|encapsulate|decode|wire|plan/mirror-plan)' },
    ),
    ban(
      'plan-meets-ir-in-one-file',
      'Passes after lowering must not depend on the plan; the interpreter is the oracle and must not depend on the IR.',
      { path: '^src/match/', pathNot: '^src/match/(lower|compile|interpret|verdict)\\.ts$' },
      { path: '^src/plan/' },
    ),
    ban(
      'encapsulate-is-pure',
      'Headers come from decoded fields and layouts; of the plan they know the names of encapsulations.',
      { path: '^src/encapsulate/' },
      { path: '^src/', pathNot: '^src/(encapsulate|decode|wire)/|^src/plan/mirror-plan\\.ts$' },
    ),
    ban(
      'offload-is-pure',
      'What the network card was to do needs decoded fields and layouts.',
      { path: '^src/offload/' },
      { path: '^src/', pathNot: '^src/(offload|decode|wire)/' },
    ),
    ban(
      'resources-are-pure',
      'The nouns are shared by file and API, and know neither.',
      { path: '^src/resources/' },
      { path: '^src/', pathNot: '^src/(resources/|wire/|plan/mirror-plan)' },
    ),
    ban(
      'api-services-know-no-http',
      'A service answers calls; what a request looks like on the wire is the server’s.',
      { path: '^src/api/(ec2|ram|monitoring|state|authorization)/' },
      { path: '^src/api/(http|authentication)/' },
    ),
    ban(
      'api-state-knows-no-service',
      'Tables and journal hold whatever services put there.',
      { path: '^src/api/state/' },
      { path: '^src/', pathNot: '^src/api/(state/|service|errors)' },
    ),
    ban(
      'api-knows-no-daemon',
      'It says what is to be mirrored; who does it is joined in run.',
      { path: '^src/api/' },
      { path: '^src/(daemon|engine|cli|config|linux|targets|io|mirror|match)/' },
    ),
    ban(
      'cap-in-one-file',
      'cap aborts and drains; one file knows how to live with it.',
      { pathNot: '^src/io/libpcap/handle\\.ts$' },
      { path: 'node_modules/cap/' },
    ),
    ban(
      'raw-socket-in-one-file',
      'Its send queue has no bound; one file goes around it.',
      { pathNot: '^src/io/libpcap/raw-socket-sink\\.ts$' },
      { path: 'node_modules/raw-socket/' },
    ),
    ban(
      'ip-num-in-one-file',
      'Addresses are words everywhere else.',
      { pathNot: '^src/resources/address\\.ts$' },
      { path: 'node_modules/ip-num/' },
    ),
    ban('no-orphan', 'Nobody reaches it: delete it.', { orphan: true, pathNot: '\\.d\\.ts$' }, {}),
    ban(
      'src-is-complete',
      'The product runs without its lab, bench and tests, and its API without the console.',
      { path: '^src/' },
      { path: '^(lab|bench|test|scripts|console)/' },
    ),
    ban(
      'no-dev-dependency-in-src',
      'It is not installed where the product runs.',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
