/** Who may read the metrics, and by which certificate: from files that are read anew at each reload. */
import { type BearerTokens, readBearerTokens } from '../listen/bearer-tokens.js';
import type { ServerCertificate } from '../listen/http-server.js';
import type { ListenAddress } from '../listen/listen.js';
import { expiryOf, readTlsFiles, type TlsFiles } from '../listen/tls-files.js';

/** The section `metrics` of a configuration. */
export interface MetricsSettings {
  readonly listen: ListenAddress;
  readonly tls?: TlsFiles | undefined;
  readonly bearerTokenFile?: string | undefined;
}

/** What the files hold. */
export interface MetricsAccess {
  /** Absent: without encryption. */
  readonly certificate?: ServerCertificate | undefined;
  /** Absent: nobody needs one. */
  readonly tokens?: BearerTokens | undefined;
}

/** @throws ListenFileError (rejects) */
export async function readMetricsAccess({ tls, bearerTokenFile }: MetricsSettings): Promise<MetricsAccess> {
  return {
    certificate: tls && (await readTlsFiles('metrics.tls', tls)),
    tokens:
      bearerTokenFile === undefined
        ? undefined
        : await readBearerTokens('metrics.bearerTokenFile', bearerTokenFile),
  };
}

/** @returns when the certificate has ended; undefined: it has not, or there is none. */
export function expiredSince({ certificate }: MetricsAccess, now: Date): Date | undefined {
  const expiry = certificate && expiryOf(certificate);
  return expiry !== undefined && expiry < now ? expiry : undefined;
}
