/** The schema of the section `metrics`: where the metrics are, and who may read them. */
import type { z } from 'zod';
import {
  absolutePath,
  atStart,
  atStartWhether,
  isLocal,
  mapping,
  parsed,
  parseListen,
  secretFile,
} from './schema-parts.js';
import { LISTEN } from './schema-patterns.js';

/** In messages about `listen`. */
const EXAMPLE_PORT = 9464;

const tls = mapping(
  {
    certificateFile: absolutePath('The certificate, with its chain, in PEM.'),
    keyFile: absolutePath('The private key, in PEM.'),
    clientCaFile: atStartWhether(
      absolutePath(
        'Certificates of authorities, in PEM: only clients with a certificate by one of them are served.',
      ).exactOptional(),
    ),
  },
  'Encryption, TLS 1.2 and later.',
);

/** The section `metrics`; without it nothing listens. */
export const metrics = mapping(
  {
    listen: atStart(
      parsed((value) => parseListen(value, EXAMPLE_PORT), {
        type: 'string',
        pattern: LISTEN,
        description:
          'Where /metrics, /healthz, /livez and /readyz are: an address and port, or unix: and an absolute path.',
      }),
    ),
    tls: atStart(tls.exactOptional()),
    bearerTokenFile: secretFile(
      'A file that holds a token, or two on two lines: only clients that send one of them are served.',
    ).exactOptional(),
  },
  'What Prometheus and others read.',
)
  .superRefine((settings, context) => {
    for (const { path, message } of protectionProblems(settings)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .optional();

/** The section, checked. */
type MetricsSettings = NonNullable<z.output<typeof metrics>>;

interface ProtectionProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** Who else can reach the address must be kept from reading along, and from asking. */
function protectionProblems({ listen, tls, bearerTokenFile }: MetricsSettings): ProtectionProblem[] {
  if (isLocal(listen)) return [];
  if (tls === undefined && bearerTokenFile !== undefined) {
    const message =
      'without tls, whoever sees the requests on their way has the token; give tls, or listen on a loopback address';
    return [{ path: ['bearerTokenFile'], message }];
  }
  if (tls === undefined) {
    const message =
      'only a loopback address or a unix socket can do without tls; give tls, with clientCaFile or bearerTokenFile';
    return [{ path: ['listen'], message }];
  }
  if (tls.clientCaFile !== undefined || bearerTokenFile !== undefined) return [];
  const message =
    'anybody could read the metrics; give tls.clientCaFile or bearerTokenFile, or listen on a loopback address';
  return [{ path: ['tls'], message }];
}
