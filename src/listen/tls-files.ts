/** Certificates and keys of a server, from the files that a configuration names. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { ServerCertificate } from './http-server.js';
import { readBounded } from './private-file.js';

const MAXIMUM_CERTIFICATE_BYTES = 256 * 1024;
const MAXIMUM_KEY_BYTES = 64 * 1024;
/** Those of a distribution together have a quarter of it. */
const MAXIMUM_CA_BYTES = 1024 * 1024;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Where they are. */
export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string | undefined;
}

/** A file that a server needs is not usable. */
export class ListenFileError extends Error {
  readonly code = 'listen-file';
}

/**
 * Reads them, and tries whether they fit together.
 * @param key the section of the configuration, for errors. @throws ListenFileError (rejects)
 */
export async function readTlsFiles(key: string, files: TlsFiles): Promise<ServerCertificate> {
  const { certificateFile, keyFile, clientCaFile } = files;
  const read = (
    name: keyof TlsFiles,
    path: string,
    maximumBytes: number,
    isSecret = false,
  ): Promise<string> => readListenFile(`${key}.${name}`, path, maximumBytes, isSecret);
  const certificate = await read('certificateFile', certificateFile, MAXIMUM_CERTIFICATE_BYTES);
  requireCertificates(`${key}.certificateFile`, certificateFile, certificate);
  const privateKey = await read('keyFile', keyFile, MAXIMUM_KEY_BYTES, true);
  const clientCa =
    clientCaFile === undefined ? undefined : await read('clientCaFile', clientCaFile, MAXIMUM_CA_BYTES);
  if (clientCa !== undefined) requireCertificates(`${key}.clientCaFile`, clientCaFile ?? '', clientCa);
  try {
    createSecureContext({ cert: certificate, key: privateKey, ca: clientCa });
  } catch (error) {
    const why = `does not go with the certificate ${certificateFile}: ${(error as Error).message}`;
    throw new ListenFileError(`${key}.keyFile ${keyFile}: ${why}`, { cause: error });
  }
  return { certificate, key: privateKey, ...(clientCa !== undefined && { clientCa }) };
}

/** Reads a file of text. @param key of the configuration, for errors. @throws ListenFileError (rejects) */
export async function readListenFile(
  key: string,
  path: string,
  maximumBytes: number,
  isSecret: boolean,
): Promise<string> {
  try {
    return (await readBounded(path, { maximumBytes, isSecret })).toString('latin1');
  } catch (error) {
    throw new ListenFileError(`${key} ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** When the certificate of a server ends; the first of its file is its own. */
export function expiryOf({ certificate }: ServerCertificate): Date {
  return new Date(new X509Certificate(certificate).validTo);
}

/** @throws ListenFileError when one cannot be read, or there is none. */
function requireCertificates(key: string, path: string, text: string): void {
  const certificates = text.match(PEM_CERTIFICATE) ?? [];
  if (certificates.length === 0) throw new ListenFileError(`${key} ${path}: holds no certificate in PEM`);
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      const why = `certificate ${index + 1} of the file cannot be read: ${(error as Error).message}`;
      throw new ListenFileError(`${key} ${path}: ${why}`, { cause: error });
    }
  }
}
