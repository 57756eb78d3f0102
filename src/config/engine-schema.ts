/** The schema of the section `engine`: a key is here, and in `EngineOptions` of the plan where the data path reads it. */
import { BACKEND_NAMES, UNMIRRORED_TYPES } from '../plan/mirror-plan.js';
import { parseIpAddress } from '../resources/address.js';
import type { IntegerRange } from '../resources/numbers.js';
import { DEFAULT_AMAZON_DNS, DEFAULT_UNMIRRORED } from '../resources/traffic-defaults.js';
import { bitRate } from './resource-values.js';
import { atStart, integer, integerOr, list, mapping, oneOf, parsed } from './schema-parts.js';
import { IP_ADDRESS } from './schema-patterns.js';

/** More than a GiB per source and direction is a typing error. */
const RING_MEGABYTES_RANGE = { minimum: 1, maximum: 1024 } as const satisfies IntegerRange;

/** AF_XDP locks memory: more than 64 GiB is a typing error. */
const XDP_MEGABYTES_RANGE = { minimum: 0, maximum: 65536 } as const satisfies IntegerRange;

/** From one mebibyte to one tebibyte. */
const RING_MEMORY_RANGE = { minimum: 1, maximum: 1 << 20 } as const satisfies IntegerRange;

/** Each worker is one more socket at every device, which costs the source. */
const WORKERS_RANGE = { minimum: 1, maximum: 8 } as const satisfies IntegerRange;

/** CONFIG_NR_CPUS is at most 8192. */
const CPU_RANGE = { minimum: 0, maximum: 8191 } as const satisfies IntegerRange;

/** The section `engine`. */
export const engine = mapping(
  {
    io: atStart(
      oneOf(
        ['auto', ...BACKEND_NAMES],
        'How frames are captured and sent; auto: kernel rings where they work, else libpcap.',
      ).prefault('auto'),
    ),
    workers: atStart(
      integer(
        WORKERS_RANGE,
        'Engines that share the frames of each source, flow by flow. More than one takes ring I/O.',
      ).prefault(1),
    ),
    workerCpus: atStart(
      list(
        integer(CPU_RANGE, 'Number of a processor, from 0.'),
        'The processor of each worker, in their order; without it the kernel chooses.',
      ).prefault([]),
    ),
    ringMegabytes: atStart(
      integerOr(
        'auto',
        RING_MEGABYTES_RANGE,
        'Capture buffer per source and worker, for both directions together; auto: 4, and up to 64 for a source that needs it.',
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
      ['auto', 'routed', 'direct'],
      'routed: the kernel routes the copies; direct: straight to the device of the next hop, past firewall, queues and taps of the host; auto: direct to each target while nobody else needs its device, else routed.',
    ).prefault('auto'),
    xdpMegabytes: atStart(
      integer(
        XDP_MEGABYTES_RANGE,
        'Memory of rings that AF_XDP may lock to send from; 0: it is not used.',
      ).prefault(256),
    ),
    oversize: oneOf(
      ['truncate', 'fragment'],
      'What to do with a copy above the path MTU. truncate: cut it to fit, and count it; fragment: send it in fragments.',
    ).prefault('truncate'),
    dscp: integer(
      { minimum: 0, maximum: 63 },
      'Differentiated services code point of the copies; 8 (CS1) has networks prefer everything else, 0 asks for nothing.',
    ).prefault(8),
    maximumBitsPerSecond: bitRate('all copies together').exactOptional(),
    unmirroredTraffic: list(
      oneOf(UNMIRRORED_TYPES, 'A type of traffic.'),
      'Types of traffic that are never mirrored. amazon-time-sync is the part of ntp with the Amazon service.',
    ).prefault([...DEFAULT_UNMIRRORED]),
    amazonDnsAddresses: list(
      parsed(parseIpAddress, { type: 'string', anyOf: IP_ADDRESS, description: 'An IP address.' }),
      'Where the amazon-dns network service answers.',
    ).prefault([...DEFAULT_AMAZON_DNS]),
  },
  'Settings of the data path.',
)
  .superRefine(({ io, workers, workerCpus }, context) => {
    if (io === 'libpcap' && workers > 1) {
      const message =
        'libpcap I/O has an engine for each source and direction; more workers take `io: ring` or `auto`';
      context.addIssue({ code: 'custom', path: ['workers'], message });
    }
    if (workerCpus.length > 0 && workerCpus.length !== workers) {
      const message = `must have one processor for each worker, or none; there are ${workerCpus.length} for ${workers}`;
      context.addIssue({ code: 'custom', path: ['workerCpus'], message });
    }
  })
  .prefault({});
