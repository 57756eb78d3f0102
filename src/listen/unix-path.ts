/** Paths of unix sockets. */

/** unix(7): sun_path, less its final zero. The kernel would cut a longer one, and listen somewhere else. */
export const MAXIMUM_UNIX_PATH_BYTES = 107;

/** In the state directory. */
export const STATUS_SOCKET_NAME = 'status.sock';

/** True when a socket of that path can be made and reached. */
export function fitsUnixPath(path: string): boolean {
  return Buffer.byteLength(path) <= MAXIMUM_UNIX_PATH_BYTES;
}
