/** The schema of everything that is not a resource, with its defaults. */
import { join } from 'node:path';
import { fitsUnixPath, MAXIMUM_UNIX_PATH_BYTES, STATUS_SOCKET_NAME } from '../listen/unix-path.js';
import { BACKEND_NAMES, UNMIRRORED_TYPES } from '../plan/mirror-plan.js';
import { parseIpAddress } from '../resources/address.js';
import type { IntegerRange } from '../resources/numbers.js';
import { type Parsed, refused } from '../resources/parsed.js';
import { DEFAULT_QUOTAS, QUOTA_RANGE, type Quotas } from '../resources/quotas.js';
import { parseLocalListen } from './listen-address.js';
import {
  atStart,
  integer,
  integerOr,
  list,
  mapping,
  oneOf,
  parseAbsolutePath,
  parsed,
} from './schema-parts.js';

/** Where the status socket is when no configuration says otherwise. */
export const DEFAULT_STATE_DIRECTORY = '/var/lib/traffic-mirror';

/** pino's, from the quietest. */
const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** Above a gibibyte per source, it is a slip of the hand. */
const RING_MEGABYTES_RANGE = { minimum: 1, maximum: 1024 } as const satisfies IntegerRange;

/** A mebibyte for one source, to a tebibyte. */
const RING_MEMORY_RANGE = { minimum: 1, maximum: 1 << 20 } as const satisfies IntegerRange;

const DEFAULT_UNMIRRORED = UNMIRRORED_TYPES.filter((type) => type !== 'amazon-time-sync');

const DEFAULT_AMAZON_DNS = ['169.254.169.253', 'fd00:ec2::253'];

/** The section `engine`. */
export const engine = mapping(
  {
    io: atStart(
      oneOf(
        ['auto', ...BACKEND_NAMES],
        'How frames are captured and sent; auto: kernel rings where they work, else libpcap.',
      ).prefault('auto'),
    ),
    ringMegabytes: atStart(
      integerOr(
        'auto',
        RING_MEGABYTES_RANGE,
        'Capture buffer per source, for both directions together; auto: 4, and up to 64 for a source that needs it.',
      ).prefault(32),
    ),
    ringMemoryMegabytes: atStart(
      integerOr(
        'auto',
        RING_MEMORY_RANGE,
        'Most that the capture buffers of all sources have together; auto: a quarter of the memory.',
      ).prefault('auto'),
    ),
    emit: oneOf(
      ['routed', 'direct'],
      'routed: the kernel routes the copies; direct: straight to the device of the next hop, past firewall and queues.',
    ).prefault('routed'),
    oversize: oneOf(
      ['truncate', 'fragment'],
      'What to do with a copy above the path MTU. truncate: cut it to fit, and count it; fragment: send it in fragments.',
    ).prefault('truncate'),
    unmirroredTraffic: list(
      oneOf(UNMIRRORED_TYPES, 'A type of traffic.'),
      'Types of traffic that are never mirrored. amazon-time-sync is the part of ntp with the Amazon service.',
    ).prefault(DEFAULT_UNMIRRORED),
    amazonDnsAddresses: list(
      parsed(parseIpAddress, { type: 'string', description: 'An IP address.' }),
      'Where the amazon-dns network service answers.',
    ).prefault(DEFAULT_AMAZON_DNS),
  },
  'Settings of the data path.',
).prefault({});

/** The section `quotas`. */
export const quotas = mapping(
  {
    sessionsPerNetworkInterface: quota('sessionsPerNetworkInterface', 'Sessions on one source.'),
    rulesPerFilter: quota('rulesPerFilter', 'Rules in one filter, both directions together.'),
    sessions: quota('sessions', 'Sessions.'),
    targets: quota('targets', 'Targets.'),
    filters: quota('filters', 'Filters.'),
  },
  'The most there may be of each.',
).prefault({});

/** The section `state`. */
export const state = mapping(
  {
    directory: atStart(
      parsed(parseStateDirectory, {
        type: 'string',
        description: 'Absolute path: the status socket, and what clients of the control API made.',
      }).prefault(DEFAULT_STATE_DIRECTORY),
    ),
  },
  'Where the daemon keeps what is its own.',
).prefault({});

/** The section `metrics`; without it nothing listens. */
export const metrics = mapping(
  {
    listen: atStart(
      parsed(parseLocalListen, {
        type: 'string',
        description:
          'Where /metrics and /healthz are: a loopback address and port, or unix: and an absolute path.',
      }),
    ),
  },
  'What Prometheus and others read.',
).optional();

/** The section `log`. */
export const log = mapping(
  { level: oneOf(LOG_LEVELS, 'The least important lines to log.').prefault('info') },
  'What the daemon logs.',
).prefault({});

function quota(name: keyof Quotas, meaning: string) {
  return integer(QUOTA_RANGE, meaning).prefault(DEFAULT_QUOTAS[name]);
}

/** The status socket must fit into it, whatever else does. */
function parseStateDirectory(value: unknown): Parsed<string> {
  const path = parseAbsolutePath(value);
  if (!path.ok || fitsUnixPath(join(path.value, STATUS_SOCKET_NAME))) return path;
  const maximum = MAXIMUM_UNIX_PATH_BYTES - `/${STATUS_SOCKET_NAME}`.length;
  const why = `the path of the socket ${STATUS_SOCKET_NAME} in it has at most ${MAXIMUM_UNIX_PATH_BYTES} bytes`;
  return refused(`an absolute path of at most ${maximum} bytes, since ${why}`, value);
}
